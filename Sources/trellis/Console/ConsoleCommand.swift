import ArgumentParser
import TrellisConsole
import TrellisPrincipals

/// Prints a link that signs a browser in to the console of a running server.
struct ConsoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console",
        abstract: "Print a link that signs you in to the console of a running server.",
        discussion: """
            Open the link in a browser. It works once and for ten minutes, and lets its user do everything in the account of
            the data directory: treat it as a secret. docs/console.md shows the console.
            """)

    @Option(help: "The data directory of the server.")
    var dataDir = ServerConfiguration().dataDirectory

    func run() async throws {
        try await reportingFailure {
            let endpoints = try EndpointsFile.ofRunningServer(inDataDirectory: dataDir)
            StandardStream.output.write(try ConsoleLink.make(for: endpoints, inDataDirectory: dataDir) + "\n")
        }
    }
}

/// Sign-in links of a server, made by whoever may read its credentials.
enum ConsoleLink {
    static func make(for endpoints: EndpointsFile, inDataDirectory dataDirectory: String) throws -> String {
        let path = CredentialsFile.path(inDataDirectory: dataDirectory)
        guard let file = try CredentialsFile.load(from: path) else {
            throw CommandFailure(.unavailable, "\(path) is missing: restart the server")
        }
        return SignInLinks(secret: file.home.key.secret, processID: endpoints.pid).makeLink(
            operatorURL: endpoints.operator, at: SystemWallClock().now(), random: SystemRandomSource())
    }
}
