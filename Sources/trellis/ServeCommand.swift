import ArgumentParser
import Foundation
import NIOCore

/// Runs everything until it is told to stop.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the APIs, the data plane and the function host.",
        discussion: """
            Needs no configuration. Everything listens on loopback unless you say otherwise; listener ports under
            1024 are bound 8000 higher (80 becomes 8080), so no privilege is needed.

            The same settings can stand in trellis.yaml (dataDir, api, operator, portOffset, bind, account,
            accounts, organizationId, organizationPath, region, anyKey, transitionDelayMs, drainDelayMs,
            eventRetryDelayMs, workers, maxEnvironments,
            maxEnvironmentsPerFunction, accountConcurrency, memoryBudgetMb, invocationQueueLength,
            invocationQueueWaitMs, environmentFreezeDelayMs, environmentIdleTimeoutMs, terminationGraceMs, isolation,
            maxLogMb, maxConnections, maxStreams, bodyBudgetMb, requestsPerSecond, sourceVpcs, proxyProtocolPorts,
            proxyProtocolPeers, quotas, certificateDirectory, targetCertificates, accessLogs, logLevel) or in TRELLIS_…
            variables; flags win over the environment, the environment over the file. A quota is a key under quotas, for example
            rulesPerListener, or a variable such as TRELLIS_QUOTAS_RULES_PER_LISTENER.

            accessLogs says where access logs go: docs/access-logs.md.

            vpcEndpoints and domainVerification can stand in the file only: docs/resources.md shows them. So can
            remoteFunctions, functions that are at other Lambda endpoints: docs/remote-functions.md; and certificates:
            docs/https.md shows it and certificateDirectory; webIdentityProviders: docs/iam.md; and targetAddresses:
            docs/targets.md.

            SIGTERM or Ctrl-C drains and stops; a second one ends at once. docs/limits.md has what clients get at most,
            how long, and --take-over.
            """)

    @Option(help: "Where everything is kept. (default: ./trellis-data)")
    var dataDir: String?

    @Option(
        help: ArgumentHelp(
            "Address of the AWS APIs; port 0 takes a free one. (default: 127.0.0.1:7070)", valueName: "host:port"))
    var api: String?

    @Option(
        name: .customLong("operator"),
        help: ArgumentHelp(
            "Address of health, readiness, metrics and the console. (default: 127.0.0.1:7071)", valueName: "host:port"))
    var operatorAddress: String?

    @Option(help: "Added to listener ports under 1024; 0 binds them as they are. (default: 8000)")
    var portOffset: String?

    @Option(help: "Address of the data plane's listeners. (default: 127.0.0.1)")
    var bind: String?

    @Option(help: "Account id of a fresh data directory. (default: a random one)")
    var account: String?

    @Option(help: "Region that 'trellis env' hands out. (default: us-east-1)")
    var region: String?

    @Flag(help: "Take every access key and signature as the root of the account; only on loopback.")
    var anyKey = false

    @Option(help: "How functions are kept apart: auto, none or bubblewrap. (default: auto)")
    var isolation: String?

    @Option(help: "A configuration file. (default: trellis.yaml, if it is there)")
    var config: String?

    @Option(help: "trace, debug, info, notice, warning, error or critical. (default: info)")
    var logLevel: String?

    @Flag(help: "Take the place of the server that runs on the data directory, if any; no connection is refused.")
    var takeOver = false

    func run() async throws {
        try await reportingFailure {
            let configuration = try await loadConfiguration()
            // Before anything asks for an event loop.
            if let workers = configuration.workers { NIOSingletons.groupLoopCountSuggestion = workers }
            try await TrellisServer(configuration: configuration, takesOver: takeOver).run { endpoints, _ in
                StandardStream.output.write(
                    "trellis is ready: AWS APIs at \(endpoints.api), operator at \(endpoints.operator); "
                        + "eval \"$(trellis env --data-dir \(configuration.dataDirectory))\" points your tools here\n")
                // Standard output is a log of requests then, which others may keep; `trellis console` prints a link.
                guard configuration.accessLogs.output != .stdout else { return }
                let link = try ConsoleLink.make(for: endpoints, inDataDirectory: configuration.dataDirectory)
                StandardStream.output.write("the console, for ten minutes and one sign-in: \(link)\n")
            }
        }
    }

    private func loadConfiguration() async throws -> ServerConfiguration {
        let given: [ServerConfiguration.Key: String?] = [
            .dataDir: dataDir, .api: api, .operator: operatorAddress, .portOffset: portOffset, .bind: bind,
            .account: account, .region: region, .anyKey: anyKey ? "true" : nil, .isolation: isolation,
            .logLevel: logLevel,
        ]
        do {
            return try await ServerConfiguration.load(
                flags: given.compactMapValues(\.self), environment: ProcessInfo.processInfo.environment, file: config)
        } catch let error as ConfigurationProblems {
            let list = error.problems.map { "  - \($0)" }.joined(separator: "\n")
            throw CommandFailure(.badConfiguration, "the configuration has problems:\n\(list)")
        }
    }
}
