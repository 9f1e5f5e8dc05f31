import ArgumentParser

/// Shows the certificate authority of a data directory.
struct CACommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ca",
        abstract: "Print the certificate of the local authority, which HTTPS clients have to trust.",
        discussion: """
            trellis ca > trellis-ca.pem       # the authority's certificate, as PEM
            trellis ca install                # how to make curl, Python, Node, Java, browsers… trust it

            Every data directory has an authority of its own, made by the first 'trellis serve'. It issues the
            certificates of the generated names of services, and of <service name>.localhost.
            """,
        subcommands: [Show.self, Install.self], defaultSubcommand: Show.self)

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Print the certificate as PEM; the default.")

        @Option(help: "The data directory of the server.")
        var dataDir = ServerConfiguration().dataDirectory

        func run() async throws {
            try await reportingFailure {
                StandardStream.output.write(try AuthorityFiles.certificate(inDataDirectory: dataDir))
            }
        }
    }

    struct Install: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "install", abstract: "Explain how clients are made to trust it; changes nothing.")

        @Option(help: "The data directory of the server.")
        var dataDir = ServerConfiguration().dataDirectory

        func run() async throws {
            try await reportingFailure {
                _ = try AuthorityFiles.certificate(inDataDirectory: dataDir)
                StandardStream.output.write(
                    TrustInstructions.text(certificate: AuthorityFiles.certificatePath(inDataDirectory: dataDir)))
            }
        }
    }
}
