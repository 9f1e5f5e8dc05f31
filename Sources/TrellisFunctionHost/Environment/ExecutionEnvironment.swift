import Glibc
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import SystemPackage
import TrellisInvoke
import TrellisModel

/// What an environment tells its pool.
///
/// Everything happens on the event loop of both.
protocol ExecutionEnvironmentOwner: AnyObject {
    /// Its runtime waits for an event.
    func environmentBecameReady(_ environment: ExecutionEnvironment)
    /// It has no process and can run an invocation after a new initialisation.
    func environmentBecameCold(_ environment: ExecutionEnvironment)
    /// Its invocation has an outcome, about to be delivered.
    func environmentAnswered(_ environment: ExecutionEnvironment)
    /// It holds nothing any more.
    func environmentClosed(_ environment: ExecutionEnvironment)
}

/// An invocation that waits for its outcome.
struct PendingInvocation: Sendable {
    var invocation: Invocation
    var promise: EventLoopPromise<InvocationOutcome>
    /// Where it takes a place until it has an outcome.
    var place: ScopeConcurrency?
    /// When it is throttled, of one that has waited in the queue.
    var deadlineInQueue: NIODeadline?

    init(invocation: Invocation, promise: EventLoopPromise<InvocationOutcome>) {
        self.invocation = invocation
        self.promise = promise
    }

    /// Ends it without an environment.
    func reject(_ rejection: InvocationRejection) {
        place?.giveBack()
        promise.succeed(.rejected(rejection))
    }
}

/// One child process at a time, with a Runtime API listener on a port and a directory for temporary files of its own.
///
/// Executes what ``ExecutionEnvironmentStateMachine`` decides.
///
/// `@unchecked Sendable`: used on `eventLoop` only.
final class ExecutionEnvironment: @unchecked Sendable {
    /// An invocation that this environment runs.
    struct Running {
        var pending: PendingInvocation
        var startedAt: NIODeadline
        var event: RuntimeAPIResponse.Event
        /// Once the runtime streams its response to the caller.
        var response: StreamedResponse?
    }

    /// Longer than any runtime's own pool.
    static let maximumConnections = 16

    let id: Int
    /// 32 hexadecimal digits, the same in its log stream and directory.
    let name: String
    let version: FunctionVersion
    /// Kept initialised, not started for an invocation.
    private let isProvisioned: Bool
    let eventLoop: any EventLoop
    let services: HostServices
    let logs: LoopLogs
    private let memoryWatch: MemoryWatch
    private weak var owner: (any ExecutionEnvironmentOwner)?

    var machine = ExecutionEnvironmentStateMachine()
    var running: Running?
    var log: InvocationLog
    /// The same for all processes of the environment, and the time when it was made.
    let logStream: LogStreamID
    private let openedAt: Timestamp
    /// From its launch to its end.
    var process: FunctionProcess?
    private(set) var launchedAt = NIODeadline.now()
    /// Whether its present runtime has asked for an event.
    private(set) var isInitialized = false
    /// Whether its runtime has ever asked for an event.
    private(set) var wasInitialized = false
    /// Of the process that ended last.
    private(set) var lastMaximumMemoryMB = 0
    /// Of the first initialisation, until the first report says it.
    var initDuration: TimeAmount?

    private var listener: (any Channel)?
    private var connections: [ObjectIdentifier: RuntimeAPIConnection] = [:]
    private var parked: RuntimeAPIConnection?
    /// Connections that came before the process was known.
    var processesAwaited = 0
    var hasReportedForeignPeer = false
    /// The `/tmp` of the latest sandbox, as a descriptor.
    private var temporaryFiles: CInt?
    private let timer: LoopTimer
    private let freezeTimer: LoopTimer

    init(
        id: Int, version: FunctionVersion, isProvisioned: Bool, eventLoop: any EventLoop, services: HostServices,
        logs: LoopLogs,
        memoryWatch: MemoryWatch, owner: any ExecutionEnvironmentOwner
    ) {
        self.id = id
        self.version = version
        self.isProvisioned = isProvisioned
        self.eventLoop = eventLoop
        self.services = services
        self.logs = logs
        self.memoryWatch = memoryWatch
        self.owner = owner
        name = services.random.hexadecimalDigits(words: 2)
        openedAt = services.clock.now()
        let group = version.configuration.logGroup(of: version.function.name)
        logStream = LogStreamID(
            scope: version.function.scope, group: group,
            stream: .ofEnvironment(
                name, of: version.function.name, version: version.name, in: group, on: openedAt))
        log = InvocationLog(version.configuration.loggingInEffect, clock: services.clock)
        timer = LoopTimer(eventLoop: eventLoop)
        freezeTimer = LoopTimer(eventLoop: eventLoop)
        timer.action = { [weak self] in
            guard let self else { return }
            perform(machine.timeLimitReached())
        }
        freezeTimer.action = { [weak self] in
            guard let self, machine.isIdle else { return }
            process?.freeze()
        }
    }

    var status: ExecutionEnvironmentStatus {
        ExecutionEnvironmentStatus(
            name: name, function: version.function, version: version.name, state: machine.name,
            isFrozen: process?.isFrozen ?? false, process: process?.program, port: listener?.localAddress?.port)
    }

    // MARK: For the pool

    func start() { perform(machine.start()) }

    func invoke(_ pending: PendingInvocation) {
        let action = machine.invoke(requestID: pending.invocation.requestID)
        guard action != .none else {
            return pending.reject(.unavailable(reason: "the execution environment is not free"))
        }
        if let process, process.isFrozen {
            process.thaw()
            memoryWatch.wakeUp()
        }
        begin(pending)
        perform(action)
    }

    func stop() { perform(machine.stop()) }

    // MARK: Actions

    private func perform(_ action: ExecutionEnvironmentStateMachine.Action) {
        switch action {
        case .launch, .launchForInvocation: launch()
        case .deliver: deliver()
        case .killInitialization:
            write(log.initReport(duration: .now() - launchedAt, phase: "init", status: "timeout"))
            process?.end()
        case .kill(let failure):
            process?.end()
            if let failure { fail(failure)?.deliver() }
        case .terminate(let failure):
            process?.terminate()
            timer.arm(.now() + TimeAmount(services.configuration.terminationGrace))
            if let failure { fail(failure)?.deliver() }
        case .becomeCold(let failure, let initEnd): becomeCold(failure, initEnd)
        case .close: close()
        case .none, .park, .parkAndOffer, .parkAndDeliver, .repeatEvent, .refuse, .finish, .acceptInitError,
            .finishWithInitError:
            // Answers to requests, given where the request came in.
            break
        }
    }

    /// Opens the listener the first time, and asks the supervisor for a process.
    private func launch() {
        services.logger.debug(
            "starting function process",
            metadata: ["function": "\(version.function)", "version": "\(version.name)", "environment": "\(name)"])
        launchedAt = .now()
        isInitialized = false
        if let port = listener?.localAddress?.port { return requestProcess(port) }
        ServerBootstrap(group: eventLoop)
            .serverChannelOption(.backlog, value: 16)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { [self] channel in
                admit(channel).assumeIsolated().flatMapThrowing { [self] in
                    let decoder = HTTPRequestDecoder(
                        leftOverBytesStrategy: .dropBytes, limitConfiguration: RuntimeAPIConnection.decoderLimits)
                    try channel.pipeline.syncOperations.addHandlers([
                        ByteToMessageHandler(decoder), RuntimeAPIConnection(server: self),
                    ])
                }.nonisolated()
            }
            .bind(host: "127.0.0.1", port: 0)
            .assumeIsolated().whenComplete { [self] result in
                switch result {
                case .success(let channel):
                    listener = channel
                    requestProcess(channel.localAddress?.port ?? 0)
                case .failure(let error):
                    processEnded(.notStarted(.unavailable(reason: "no port for the Runtime API: \(error)")))
                }
            }
    }

    private func requestProcess(_ port: Int) {
        do throws(LaunchFailure) {
            let (process, output) = try FunctionProcess.make(
                eventLoop: eventLoop, hasSupervisor: services.supervisor != nil, logs: logs
            ) { [weak self] bytes in
                guard let self else { return }
                write(log.output(bytes))
            }
            self.process = process
            let launch = FunctionLaunch(
                version: version, isProvisioned: isProvisioned, runtimeAPI: "127.0.0.1:\(port)",
                temporaryDirectory: directory.appending("tmp"), logStream: logStream, earlierFiles: temporaryFiles,
                output: output,
                started: { [self] id, sandbox in eventLoop.execute { self.processStarted(id, sandbox) } },
                ended: { [self] end in eventLoop.execute { self.processEnded(end) } })
            guard services.launch(launch) else {
                try? SystemPackage.FileDescriptor(rawValue: output).close()
                throw .unavailable(reason: "the function host is shutting down")
            }
            // Asked to stop while the listener was being opened.
            if machine.isEnding { process.end() }
        } catch {
            processEnded(.notStarted(error))
        }
    }

    private func deliver() {
        guard let running else { return }
        // If the runtime's connection was lost meanwhile, its next `next` gets the event.
        parked?.send(running.event)
        parked = nil
    }

    private func becomeCold(_ failure: ExecutionEnvironmentStateMachine.Failure?, _ initEnd: ProcessEnd?) {
        timer.cancel()
        if initEnd != nil {
            write(log.initReport(duration: .now() - launchedAt, phase: "init", status: "error"))
        }
        let outcome = failure.flatMap { fail($0) }
        write(log.finishLine())
        owner?.environmentBecameCold(self)
        outcome?.deliver()
    }

    private func close() {
        timer.invalidate()
        freezeTimer.invalidate()
        write(log.finishLine())
        listener?.close(promise: nil)
        listener = nil
        closeConnections()
        if let temporaryFiles { Glibc.close(temporaryFiles) }
        temporaryFiles = nil
        let closed = services.threadPool.runIfActive(eventLoop: eventLoop) { [directory] in
            DirectoryTree.remove(directory)
        }
        closed.assumeIsolated().whenComplete { [self] _ in owner?.environmentClosed(self) }
    }

    private func closeConnections() {
        parked = nil
        let open = connections.values
        connections = [:]
        for connection in open { connection.close() }
    }

    // MARK: The process

    private func processStarted(_ id: pid_t, _ sandbox: SandboxReport?) {
        guard let process else { return }
        process.started(id, sandbox: sandbox)
        memoryWatch.add(process, limitMB: version.configuration.memorySizeMB) { [weak process] in process?.end() }
        // Unpacking and looking for the interpreter do not count.
        guard machine.isInitializing else { return }
        launchedAt = .now()
        timer.arm(launchedAt + TimeAmount(initTimeout))
    }

    /// - Source: reference lambda.md §3, "Init".
    private var initTimeout: Duration {
        guard isProvisioned else { return services.configuration.initTimeout }
        return .seconds(min(max(130, version.configuration.timeoutSeconds), 900))
    }

    private func processEnded(_ end: ProcessEnd) {
        services.logger.debug(
            "function process ended",
            metadata: [
                "function": "\(version.function)", "version": "\(version.name)", "environment": "\(name)",
                "end": "\(end)",
            ])
        if let process {
            memoryWatch.remove(process)
            lastMaximumMemoryMB = process.maximumMemoryMB
        }
        process?.ended()
        process = nil
        freezeTimer.cancel()
        closeConnections()
        perform(machine.processEnded(end))
    }

    // MARK: Time and log

    func armTimer(_ deadline: NIODeadline) { timer.arm(deadline) }

    func write(_ lines: ByteBuffer) {
        logs.append(lines, at: services.clock.now(), to: logStream, openedAt: openedAt)
    }

    func tellAnswered() { owner?.environmentAnswered(self) }

    private var directory: FilePath { services.environmentsDirectory.appending(name) }
}

extension ExecutionEnvironment: RuntimeAPIServer {
    func connectionOpened(_ connection: RuntimeAPIConnection) -> Bool {
        guard connections.count < Self.maximumConnections else { return false }
        connections[ObjectIdentifier(connection)] = connection
        return true
    }

    func connectionClosed(_ connection: RuntimeAPIConnection) {
        connections[ObjectIdentifier(connection)] = nil
        if parked === connection { parked = nil }
    }

    var hasUnreadOutput: Bool { process?.hasUnreadOutput ?? false }

    func next(_ connection: RuntimeAPIConnection) {
        endCutOffResponse()
        switch machine.next() {
        case .park: park(connection)
        case .parkAndOffer(let initialized):
            timer.cancel()
            if initialized { initDuration = .now() - launchedAt }
            isInitialized = true
            wasInitialized = true
            park(connection)
            owner?.environmentBecameReady(self)
            // Not between invocations that follow each other.
            if machine.isIdle { freezeTimer.arm(.now() + TimeAmount(services.configuration.freezeDelay)) }
        case .parkAndDeliver:
            isInitialized = true
            wasInitialized = true
            park(connection)
            deliver()
        case .repeatEvent:
            if let running { connection.send(running.event) } else { connection.close() }
        case .refuse(let error): connection.refuse(error)
        default: connection.close()
        }
    }

    private func park(_ connection: RuntimeAPIConnection) {
        if parked !== connection { parked?.close() }
        parked = connection
        guard let descriptor = process?.keepTemporaryFiles() else { return }
        if let temporaryFiles { Glibc.close(temporaryFiles) }
        temporaryFiles = descriptor
    }

    func refusal(of report: RuntimeStateMachine.Report, requestID: String) -> RuntimeAPIError? {
        machine.refusal(of: report, requestID: requestID)
    }

    func report(_ report: RuntimeStateMachine.Report, requestID: String, body: ByteBuffer?) -> RuntimeAPIError? {
        switch machine.report(report, requestID: requestID) {
        case .finish:
            finish(report, body)?.deliver()
            return nil
        case .refuse(let error): return error
        default: return .invalidRequestID
        }
    }

    func initError(_ body: ByteBuffer) -> RuntimeAPIError? {
        let action = machine.initError()
        if case .refuse(let error) = action { return error }
        timer.arm(.now() + TimeAmount(services.configuration.terminationGrace))
        let isOwnPhase = action == .acceptInitError
        write(
            log.initReport(duration: .now() - launchedAt, phase: isOwnPhase ? "init" : "invoke", status: "error"))
        if !isOwnPhase { finish(.error, body)?.deliver() }
        return nil
    }
}
