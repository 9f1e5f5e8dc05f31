import ArgumentParser
import Foundation
import TrellisFunctionHost
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
            belong to nobody, records that cannot be read, creations and deletions that never ended, and packages of
            functions and layers that are not on the disk.

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
            var packages = PackageReferences()
            let revision = try readStore { entry in
                check.note(entry)
                // A record that cannot be read is a finding already.
                try? packages.add(entry)
                count += 1
            }
            let findings = check.result().map(\.description) + (try missingPackages(of: packages))
            for finding in findings { StandardStream.output.write("\(finding)\n") }
            let summary = "\(count) keys at revision \(revision)"
            guard findings.isEmpty else {
                throw CommandFailure(.badInput, "\(findings.count) findings in \(summary)")
            }
            StandardStream.error.write("trellis: nothing wrong in \(summary)\n")
        }
    }

    private func readStore(_ visit: (StoreEntry) -> Void) throws -> Revision {
        do {
            return try StoreImage.read(at: "\(dataDir)/trellis.sqlite", visit)
        } catch {
            throw CommandFailure(.unavailable, "\(error); name the directory of a server with --data-dir")
        }
    }

    /// Zips that a function or a layer refers to and that are not in the package directory.
    private func missingPackages(of references: PackageReferences) throws -> [String] {
        func isMissing(_ sha256: String) -> Bool {
            !FileManager.default.fileExists(atPath: "\(dataDir)/packages/\(sha256).zip")
        }
        let missing = references.packages.filter(isMissing)
        guard !missing.isEmpty else { return [] }
        // A server that runs may have removed what the records read before were the last to refer to.
        var now = PackageReferences()
        _ = try readStore { try? now.add($0) }
        return missing.filter { now.packages.contains($0) && isMissing($0) }.sorted().map {
            "packages/\($0).zip is missing"
        }
    }
}
