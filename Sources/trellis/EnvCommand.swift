import ArgumentParser
import Foundation
import TrellisModel

/// Prints what points AWS tools at a running server.
struct EnvCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "env",
        abstract: "Print the environment that points AWS tools at a running server.",
        discussion: """
            eval "$(trellis env)"          # AWS CLI, boto3, Terraform and every SDK in this shell
            trellis env --format json      # for other programs
            trellis env --wait 10          # right after starting the server in the background
            trellis env --account 444455556666   # one of the accounts in the configuration

            The output holds the root access key of an account: treat it as a secret.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case sh
        case json
    }

    @Option(help: "The data directory of the server.")
    var dataDir = ServerConfiguration().dataDirectory

    @Option(help: "Shell assignments or a JSON object.")
    var format = Format.sh

    @Option(help: ArgumentHelp("How long to wait for a server that is just starting.", valueName: "seconds"))
    var wait = 0

    @Option(help: "One of the further accounts of the server. (default: the account of the data directory)")
    var account: String?

    func validate() throws {
        guard (0...3600).contains(wait) else { throw ValidationError("--wait takes 0 to 3600 seconds.") }
    }

    func run() async throws {
        try await reportingFailure {
            let endpoints = try await runningServer()
            let path = CredentialsFile.path(inDataDirectory: dataDir)
            guard let file = try CredentialsFile.load(from: path) else {
                throw CommandFailure(.unavailable, "\(path) is missing: restart the server")
            }
            let credentials = try credentials(in: file)
            let variables = [
                ("AWS_ENDPOINT_URL", endpoints.api),
                ("AWS_ACCESS_KEY_ID", credentials.accessKeyID),
                ("AWS_SECRET_ACCESS_KEY", credentials.secretAccessKey),
                ("AWS_REGION", endpoints.region),
                ("AWS_DEFAULT_REGION", endpoints.region),
            ]
            StandardStream.output.write(try render(variables))
        }
    }

    private func credentials(in file: CredentialsFile) throws -> RootCredentials {
        guard let account else { return file.home }
        if let credentials = AccountID(account).flatMap(file.credentials) { return credentials }
        throw CommandFailure(
            .badInput,
            "the server has no account \(account): add it to accounts in trellis.yaml and restart the server")
    }

    private func runningServer() async throws -> EndpointsFile {
        let deadline = ContinuousClock.now + .seconds(wait)
        while ContinuousClock.now < deadline {
            if let endpoints = try? EndpointsFile.ofRunningServer(inDataDirectory: dataDir) { return endpoints }
            try await Task.sleep(for: .milliseconds(50))
        }
        return try EndpointsFile.ofRunningServer(inDataDirectory: dataDir)
    }

    private func render(_ variables: [(name: String, value: String)]) throws -> String {
        switch format {
        case .sh:
            // A session token of another account would be sent along with this key and refused.
            return variables.map { "export \($0.name)='\($0.value)'\n" }.joined()
                + "unset AWS_SESSION_TOKEN AWS_PROFILE\n"
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            let object = Dictionary(variables.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
            return String(decoding: try encoder.encode(object), as: UTF8.self) + "\n"
        }
    }
}
