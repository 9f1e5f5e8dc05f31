import ArgumentParser
import Foundation

/// Says what on this machine keeps Trellis from working, or from working well.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check this machine: isolation of functions, interpreters, ports, rights, limits.",
        discussion: """
            trellis doctor
            trellis doctor --data-dir /var/lib/trellis

            Reads the same configuration as 'trellis serve' and changes nothing. Each finding is one line on standard
            output: ok, warn or fail, what was looked at, and what to do next.

            Exit status: 0 nothing fails (there may be warnings); 69 something needed is missing; 78 bad configuration.
            """)

    @Option(help: "The data directory of the server. (default: ./trellis-data)")
    var dataDir: String?

    @Option(help: "How functions are kept apart: auto, none or bubblewrap. (default: auto)")
    var isolation: String?

    @Option(help: "A configuration file. (default: trellis.yaml, if it is there)")
    var config: String?

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let given: [ServerConfiguration.Key: String?] = [.dataDir: dataDir, .isolation: isolation]
        var findings: [DoctorFinding] = []
        var configuration = ServerConfiguration()
        do {
            configuration = try await ServerConfiguration.load(
                flags: given.compactMapValues(\.self), environment: environment, file: config)
        } catch let error as ConfigurationProblems {
            findings += error.problems.map { .failure("configuration", $0, status: .badConfiguration) }
        }
        findings += await DoctorChecks(configuration: configuration, environment: environment).all()
        for finding in findings { StandardStream.output.write(finding.line) }
        let failures = findings.filter { $0.verdict == .failure }
        guard let worst = failures.first else { return }
        StandardStream.error.write("trellis: \(failures.count) of \(findings.count) checks fail\n")
        throw ExitCode(worst.status.rawValue)
    }
}
