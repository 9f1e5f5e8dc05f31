import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import SystemPackage
import TrellisAPI
import TrellisAccessLog
import TrellisConsole
import TrellisDataPlane
import TrellisFunctionHost
import TrellisIdentityAPI
import TrellisInvoke
import TrellisLambdaAPI
import TrellisLatticeAPI
import TrellisLogs
import TrellisLogsAPI
import TrellisModel
import TrellisPolicy
import TrellisPrincipals
import TrellisRouting
import TrellisSignature
import TrellisStore
import TrellisTraffic
import UnixSignals

/// The services of a running Trellis and how they meet: in the store, its changes, and the snapshot.
struct ServerParts: Sendable {
    private let configuration: ServerConfiguration
    private let credentials: CredentialsFile
    private let store: SQLiteStore
    private let eventLoopGroup = MultiThreadedEventLoopGroup.singleton
    private let clock = SystemWallClock()
    private let random = SystemRandomSource()
    private let logger: Logger
    private let functionHost: FunctionHost
    /// Where functions are at other endpoints.
    private let remoteInvoker: RemoteInvoker?
    /// Asynchronous invocations, from the API to the worker.
    private let events: EventInvocationQueue
    private let dataPlane: DataPlane
    private let traffic: TrafficMonitor
    private let healthChecks: HealthChecks
    private let accessLogs: AccessLogDelivery
    /// Of all services' names.
    private let certificates: ServerCertificates
    /// Who may call the AWS APIs and sign requests to services.
    private let accessKeys: AccessKeyPolicy
    /// Users, roles and their policies, as callers are made of them.
    private let principals: PrincipalDirectory
    private let seal: ServerSeal
    private let snapshotProgress = RevisionProgress()
    private let inherited: InheritedSockets

    init(
        configuration: ServerConfiguration, store: SQLiteStore, credentials: CredentialsFile,
        sealingKeys: SealingKeys, authority: LocalAuthority, sourceVPCs: SourceVPCMap?, inherited: InheritedSockets
    ) throws {
        self.configuration = configuration
        self.inherited = inherited
        self.credentials = credentials
        self.store = store
        var logger = Logger(label: "trellis", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = configuration.logLevel
        self.logger = logger

        events = EventInvocationQueue(store: store, clock: clock)
        seal = ServerSeal(sealingKeys)
        // An account that is not asked for any more keeps its resources, and nobody reaches them.
        let roots = [credentials.home] + configuration.otherAccounts.compactMap { credentials.credentials(of: $0) }
        let principals = PrincipalDirectory(
            rootKeys: roots.map(\.key), seal: seal, organization: configuration.organization
        ) { [logger] policy in
            logger.error(
                "a stored policy cannot be evaluated, so that whoever has it may do nothing",
                metadata: ["policy": "\(policy.owner)", "reason": "\(policy.reason)"])
        }
        self.principals = principals

        var hostConfiguration = FunctionHostConfiguration(
            // Functions run in directories of their own, where a relative path would mean another place.
            dataDirectory: FilePath(URL(fileURLWithPath: configuration.dataDirectory).path),
            searchPath: ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin")
        hostConfiguration.maximumLogBytes = configuration.maximumLogMB * 1024 * 1024
        hostConfiguration.maximumEnvironments = configuration.maximumEnvironments
        hostConfiguration.maximumEnvironmentsPerFunction = configuration.maximumEnvironmentsPerFunction
        hostConfiguration.isolation = configuration.isolation
        hostConfiguration.accountConcurrency = configuration.accountConcurrency
        hostConfiguration.memoryBudgetMB = configuration.memoryBudgetMB ?? MachineMemory.functionBudgetMB
        hostConfiguration.queueLength = configuration.invocationQueueLength
        hostConfiguration.queueWait = configuration.invocationQueueWait
        hostConfiguration.freezeDelay = configuration.environmentFreezeDelay
        hostConfiguration.idleTimeout = configuration.environmentIdleTimeout
        hostConfiguration.terminationGrace = configuration.terminationGrace
        let functionSessions = FunctionSessions(
            principals: principals, issuer: SessionIssuer(seal: seal, clock: clock, random: random), clock: clock,
            logger: logger)
        hostConfiguration.roleCredentials = functionSessions.credentials
        functionHost = FunctionHost(
            configuration: hostConfiguration, store: store, eventLoopGroup: eventLoopGroup, clock: clock,
            random: random, logger: logger)

        remoteInvoker = try RemoteInvoker.make(
            for: configuration.declared.remoteFunctions, eventLoopGroup: eventLoopGroup, clock: clock, logger: logger)
        let functionHost = functionHost
        let invoker: any FunctionInvoker =
            remoteInvoker.map { FunctionDispatcher(remote: $0, embedded: functionHost) } ?? functionHost

        let callers: CallerSource
        if configuration.takesAnyKey {
            accessKeys = .anyKey(account: credentials.home.account, defaultRegion: configuration.region)
            callers = .unverified(principals.rootCaller(credentials.home.account), .everything)
        } else {
            accessKeys = .known(SharedPrincipalReader(principals).find)
            callers = .verified { PrincipalReader(principals).find }
        }
        var dataPlaneConfiguration = DataPlaneConfiguration()
        dataPlaneConfiguration.bindAddress = configuration.bind
        dataPlaneConfiguration.bindPort = DataPlaneConfiguration.offset(configuration.portOffset)
        dataPlaneConfiguration.sourceVPCs = sourceVPCs
        dataPlaneConfiguration.inherited = inherited
        dataPlaneConfiguration.proxyProtocol = configuration.proxyProtocol
        dataPlaneConfiguration.limits.apply(configuration)
        dataPlaneConfiguration.targetTLS = try configuration.targetCertificates.targetTLS
        healthChecks = HealthChecks(
            eventLoopGroup: eventLoopGroup, configuration: dataPlaneConfiguration, logger: logger)
        accessLogs = try Self.makeAccessLogs(
            configuration, logs: functionHost.logs, eventLoopGroup: eventLoopGroup, clock: clock, random: random,
            logger: logger)
        certificates = ServerCertificates(authority: authority, clock: clock, random: random)
        let journal = RequestJournal()
        dataPlane = DataPlane(
            configuration: dataPlaneConfiguration, invoker: invoker,
            callers: callers, certificates: certificates, eventLoopGroup: eventLoopGroup, clock: clock,
            makeRandom: { SystemRandomSource() }, accessLogs: accessLogs, journal: journal, logger: logger)
        traffic = TrafficMonitor(source: dataPlane, journal: journal, clock: clock)
    }

    /// Services stop in the reverse of this order: first nothing new comes in, then traffic drains, last the functions go.
    func run(onReady: @escaping @Sendable (EndpointsFile, @escaping TrellisServer.Stop) async throws -> Void)
        async throws
    {
        try await VpcEndpointDeclarations.replace(
            with: configuration.declared.vpcEndpoints, in: store, clock: clock, random: random)
        // Before the first function starts, which gets the credentials of its role.
        try await principals.load(from: store)
        await remoteInvoker?.prepare()
        // Before the first handshake; the watch follows.
        certificates.replaceImported(certificateWatch.files.load())
        let (ports, reportPort) = AsyncStream.makeStream(of: BoundPort.self)
        let (stops, stop) = AsyncStream.makeStream(of: Void.self)
        // The port of the APIs and the console call the same ones.
        let apis: [any AWSAPI] = [latticeAPI, lambdaAPI, logsAPI]
        var services: [any Service] = [
            SecondSignalService(remove: EndpointsFile.path(inDataDirectory: configuration.dataDirectory)),
            FunctionHostService(functionHost: functionHost),
            LogRetentionWorker(store: functionHost.logs, logger: logger),
            eventInvocationWorker, accessLogs, certificateWatch, dataPlane, healthChecks, snapshotFeed, lifecycleWorker,
            SealingKeyRotation(
                seal: seal, dataDirectory: configuration.dataDirectory, clock: clock, random: random, logger: logger),
            BindingService(
                what: "the AWS APIs", address: configuration.api, flag: "--api",
                service: apiServer(apis) { reportPort.yield(.api($0)) }),
            BindingService(
                what: "health, readiness, metrics and the console", address: configuration.operatorAddress,
                flag: "--operator",
                service: operatorServer(apis) { reportPort.yield(.operator($0)) }),
            // Stops before the server does, which waits for the streams that this ends.
            traffic,
            TakeOverService(
                dataDirectory: configuration.dataDirectory,
                ports: { await dataPlane.listenerStatuses().compactMap(\.boundPort) }, stop: { stop.yield() },
                logger: logger),
            ReadinessService(stops: stops) {
                let endpoints = try await endpoints(ports)
                // Sockets of listeners that are no more.
                for socket in inherited.takeRest() { close(socket) }
                try endpoints.write(inDataDirectory: configuration.dataDirectory)
                try await onReady(endpoints) { stop.yield() }
            },
        ]
        if let remoteInvoker { services.insert(remoteInvoker, at: 0) }
        let group = ServiceGroup(
            configuration: .init(
                services: services.map {
                    .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup)
                },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: serverLogger))
        try await group.run()
    }

    private enum BoundPort: Sendable {
        case api(Int)
        case `operator`(Int)
    }

    /// Waits until both servers listen and the followers of the store have seen all there is.
    private func endpoints(_ ports: AsyncStream<BoundPort>) async throws -> EndpointsFile {
        await settle()
        var api: Int?
        var operatorPort: Int?
        for await port in ports {
            switch port {
            case .api(let number): api = number
            case .operator(let number): operatorPort = number
            }
            guard let api, let operatorPort else { continue }
            return EndpointsFile(
                pid: ProcessInfo.processInfo.processIdentifier, api: configuration.api.url(port: api),
                operator: configuration.operatorAddress.url(port: operatorPort),
                region: configuration.region.rawValue, account: credentials.home.account.rawValue,
                portOffset: configuration.portOffset)
        }
        throw CancellationError()
    }

    /// Waits until traffic and invocations see everything that is in the store now.
    private func settle() async {
        // A store that cannot be read has ended the server already.
        guard case .committed(let revision)? = try? await store.commit(StoreTransaction()) else { return }
        await snapshotProgress.wait(for: revision)
        // A host that has stopped sees nothing any more, and nobody is waiting for it.
        try? await functionHost.waitUntilApplied(revision)
    }

    /// Waits until the function host knows every function that is in the store now.
    @Sendable private func functionsAreKnown() async {
        guard case .committed(let revision)? = try? await store.commit(StoreTransaction()) else { return }
        // A host that has stopped invokes nothing, and shutdown has begun.
        try? await functionHost.waitUntilApplied(revision)
    }

    // MARK: Services

    private var snapshotFeed: SnapshotFeed {
        SnapshotFeed(
            store: store, principals: principals, progress: snapshotProgress,
            addresses: configuration.declared.targetAddresses, logger: logger, becameReady: functionsAreKnown,
            show: { snapshot in
                accessLogs.apply(snapshot)
                healthChecks.apply(snapshot)
                await dataPlane.show(snapshot)
            }, settle: dataPlane.settle)
    }

    private var certificateWatch: CertificateWatch {
        CertificateWatch(
            files: CertificateFiles(
                directory: configuration.certificateDirectory ?? "\(configuration.dataDirectory)/certificates",
                declared: configuration.declared.certificates),
            certificates: certificates, logger: logger)
    }

    private var lifecycleWorker: LifecycleWorker {
        LifecycleWorker(
            store: store, clock: clock,
            configuration: LifecycleConfiguration(
                transitionDelay: configuration.transitionDelay, drainDelay: configuration.drainDelay),
            domainOwnership: configuration.declared.domainOwnership,
            logger: logger)
    }

    private var eventInvocationWorker: EventInvocationWorker {
        EventInvocationWorker(
            queue: events, invoker: functionHost, eventLoopGroup: eventLoopGroup, random: random,
            configuration: EventInvocationConfiguration(retryDelay: configuration.eventRetryDelay),
            becameReady: functionsAreKnown, logger: logger)
    }

    private func apiServer(_ apis: [any AWSAPI], onRunning: @escaping @Sendable (Int) async -> Void) -> APIServer {
        let dispatcher = APIDispatcher(
            apis: apis + [stsAPI, iamAPI, rolesAnywhereAPI],
            authenticator: APIAuthenticator(policy: accessKeys, clock: clock), random: random, logger: logger,
            settle: settle)
        return APIServer(
            configuration: .init(host: configuration.api.host, port: configuration.api.port),
            dispatcher: dispatcher, logger: serverLogger, onRunning: onRunning)
    }

    private var latticeAPI: RestJSONAPI {
        LatticeAPI.make(
            store: store, clock: clock, random: random,
            configuration: LatticeConfiguration(quotas: configuration.quotas),
            remoteFunctions: remoteInvoker.map { RemoteFunctions($0) } ?? .none,
            targets: TargetWhereabouts(addresses: configuration.declared.targetAddresses) { [healthChecks] in
                healthChecks.status(of: $0, port: $1, in: $2)
            }, logger: logger)
    }

    private var lambdaAPI: RestJSONAPI {
        LambdaAPI.make(
            store: store, packages: functionHost.packages, invoker: functionHost, provisioned: functionHost,
            events: events, eventLoopGroup: eventLoopGroup, clock: clock, random: random,
            configuration: .init(
                architecture: architecture, accountConcurrency: configuration.accountConcurrency
            ) { sha256 in
                URL(fileURLWithPath: "\(configuration.dataDirectory)/packages/\(sha256).zip").absoluteString
            }
        ) { operation, requestID, error in
            logger.error(
                "lambda operation failed",
                metadata: ["operation": "\(operation)", "requestId": "\(requestID)", "error": "\(error)"])
        }
    }

    private var logsAPI: AWSJSONAPI {
        LogsAPI.make(store: functionHost.logs, clock: clock) { operation, requestID, error in
            logger.error(
                "logs operation failed",
                metadata: ["operation": "\(operation)", "requestId": "\(requestID)", "error": "\(error)"])
        }
    }

    private var stsAPI: STSAPI {
        STSAPI(
            store: store, principals: principals, issuer: SessionIssuer(seal: seal, clock: clock, random: random),
            clock: clock, providers: configuration.declared.webIdentityProviders.map { $0.provider(clock: clock) }
        ) { action, requestID, error in
            logger.error(
                "sts action failed",
                metadata: ["action": "\(action)", "requestId": "\(requestID)", "error": "\(error)"])
        }
    }

    private var rolesAnywhereAPI: RolesAnywhereAPI {
        RolesAnywhereAPI(
            store: store, principals: principals, issuer: SessionIssuer(seal: seal, clock: clock, random: random),
            clock: clock, random: random
        ) { operation, requestID, error in
            logger.error(
                "rolesanywhere operation failed",
                metadata: ["operation": "\(operation)", "requestId": "\(requestID)", "error": "\(error)"])
        }
    }

    private var iamAPI: IAMAPI {
        IAMAPI(store: store, seal: seal, clock: clock, random: random) { action, requestID, error in
            logger.error(
                "iam action failed",
                metadata: ["action": "\(action)", "requestId": "\(requestID)", "error": "\(error)"])
        }
    }

    private func operatorServer(_ apis: [any AWSAPI], onRunning: @escaping @Sendable (Int) async -> Void)
        -> OperatorServer
    {
        OperatorServer(
            address: configuration.operatorAddress, eventLoopGroup: eventLoopGroup, logger: serverLogger,
            problems: {
                await dataPlane.listenerStatuses().compactMap { status in
                    status.error.map {
                        "listener port \(status.port) cannot be bound at \(configuration.bind):\(status.requestedPort): \($0)"
                    }
                }
            }, metrics: metrics, functions: { try await FunctionsReport(of: functionHost) },
            explain: { try await dataPlane.explain($0) }, console: console(apis), onRunning: onRunning)
    }

    /// - Parameter apis: What its pages call.
    private func console(_ apis: [any AWSAPI]) -> Console {
        let home = credentials.home
        let account = home.account
        let operations = Operations(
            apis: apis,
            caller: Caller(
                accessKeyID: home.accessKeyID, account: account, region: configuration.region,
                principalARN: account.rootARN, userID: account.rawValue),
            random: random, settle: settle)
        return Console(
            configuration: .init(host: configuration.operatorAddress.host, portOffset: configuration.portOffset),
            operations: operations, packages: functionHost.packages,
            explain: { [dataPlane] question in
                try await DecisionQuestion.answer(question) { try await dataPlane.explain($0) }
            },
            links: SignInLinks(secret: home.key.secret, processID: ProcessInfo.processInfo.processIdentifier),
            clock: clock, random: random,
            moreRoutes: TrafficPages(operations: operations, monitor: traffic).routes)
    }

    private func metrics() async -> String {
        await ServerMetrics(
            dataPlane: dataPlane.metrics(), accessLogs: accessLogs.statuses,
            // A host that has stopped has none.
            environments: (try? functionHost.environments()) ?? [], process: ProcessMetrics.read()
        ).prometheusText
    }

    private static func makeAccessLogs(
        _ configuration: ServerConfiguration, logs: LogStore, eventLoopGroup: any EventLoopGroup,
        clock: SystemWallClock, random: SystemRandomSource, logger: Logger
    ) throws -> AccessLogDelivery {
        let settings = configuration.accessLogs
        let accessLogs = settings.configuration(
            dataDirectory: FilePath(URL(fileURLWithPath: configuration.dataDirectory).path))
        let standardChain = CachedCredentials(
            chain: try CredentialChain.make(eventLoopGroup: eventLoopGroup, clock: clock), clock: clock)
        let writers = AccessLogWriters(
            configuration: accessLogs, client: .shared, clock: clock,
            logGroups: { LogStoreWriter.make(for: $0, in: logs) },
            credentials: { kind in
                settings.credentials(for: kind) { try await standardChain.credentials() }
            })
        return AccessLogDelivery(
            configuration: accessLogs, clock: clock, random: random, logger: logger, makeWriter: writers.writer)
    }

    /// The HTTP servers announce themselves at info, which the readiness line already does for the user.
    private var serverLogger: Logger {
        var quiet = logger
        quiet.logLevel = max(.notice, logger.logLevel)
        return quiet
    }

    /// As Lambda spells it.
    private var architecture: String {
        #if arch(arm64)
        "arm64"
        #else
        "x86_64"
        #endif
    }
}

extension ServerConfiguration.Address {
    fileprivate func url(port: Int) -> String {
        host.contains(":") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)"
    }
}

/// Says which address is the problem when a server cannot listen.
private struct BindingService: Service {
    var what: String
    var address: ServerConfiguration.Address
    var flag: String
    var service: any Service

    func run() async throws {
        do {
            try await service.run()
        } catch let error as IOError {
            throw CommandFailure(
                .unavailable,
                "cannot listen on \(address.host):\(address.port) for \(what): \(error); "
                    + "choose another address with \(flag)")
        }
    }
}

/// Does something once everything runs, then waits for the end or asks for it.
private struct ReadinessService: Service {
    var stops: AsyncStream<Void>
    var onReady: @Sendable () async throws -> Void

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            do {
                try await onReady()
                for await _ in stops { return }
            } catch is CancellationError {
                // Stopped while it was starting.
            }
        }
    }
}
