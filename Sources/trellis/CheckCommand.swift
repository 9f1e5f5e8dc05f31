import ArgumentParser
import Foundation
import TrellisIdentityAPI
import TrellisLambdaAPI
import TrellisLatticeAPI
import TrellisStore

/// Says whether everything in a data directory fits together.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check that everything stored in a data directory fits together.",
        discussion: """
            trellis check                            # ./trellis-data
            trellis check --data-dir /var/lib/trellis && echo sound

            Reads the whole store at one revision and changes nothing; the server may run meanwhile. Looked for are
            references to resources that are not there, names, priorities, ports and index entries that are missing or
            belong to nobody, records that cannot be read, and creations and deletions that never ended.

            Each finding is one line on standard output, the key in the store and what is wrong with it; the summary
            goes to standard error. Exit status: 0 nothing found; 65 findings; 69 no store that can be read.

            A finding is a defect of Trellis or of the disk: keep a copy of the directory and report it.
            """)

    @Option(help: "The data directory to check.")
    var dataDir = ServerConfiguration().dataDirectory

    func run() async throws {
        try await reportingFailure {
            var check = ConsistencyCheck(
                LatticeConsistency.records + LambdaConsistency.records + IdentityConsistency.records,
                indexKinds: IdentityConsistency.indexKinds,
                freeKeys: LatticeConsistency.freeKeys + LambdaConsistency.freeKeys)
            var count = 0
            let revision: Revision
            do {
                revision = try StoreImage.read(at: "\(dataDir)/trellis.sqlite") { entry in
                    check.note(entry)
                    count += 1
                }
            } catch {
                throw CommandFailure(
                    .unavailable, "\(error); name the directory of a server with --data-dir")
            }
            let findings = check.result()
            for finding in findings { StandardStream.output.write("\(finding)\n") }
            let summary = "\(count) keys at revision \(revision)"
            guard findings.isEmpty else {
                throw CommandFailure(.badInput, "\(findings.count) findings in \(summary)")
            }
            StandardStream.error.write("trellis: nothing wrong in \(summary)\n")
        }
    }
}
