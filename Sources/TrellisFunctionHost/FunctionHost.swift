package import Logging
package import NIOCore
package import NIOPosix
import ServiceLifecycle
import Synchronization
import SystemPackage
package import TrellisInvoke
package import TrellisLogs
package import TrellisModel
package import TrellisStore

/// Runs functions on this machine.
///
/// The life of an invocation: qualifier → version → resource policy → an idle execution environment, or start one, or
/// throttle → its waiting `next` is answered in one write → response or error → outcome.
///
/// Every function belongs to one event loop, which runs its environments without locks. Child processes are children
/// of ``run()``: none is left when it returns.
package final class FunctionHost: FunctionInvoker, Service {
    private enum Life {
        case notStarted
        case running(waiters: [CheckedContinuation<Void, Never>], isShuttingDown: Bool)
        case ended
    }

    /// Function packages, for uploads.
    package let packages: PackageStore

    let services: HostServices
    let store: any Store
    private let group: HostLoopGroup
    private let feed: FunctionDirectoryFeed
    private let interpreters: InterpreterCatalog
    private let isolationInForce = Mutex<Isolation?>(nil)
    private let launches: AsyncStream<FunctionLaunch>
    private let launchesContinuation: AsyncStream<FunctionLaunch>.Continuation
    private let life = Mutex(Life.notStarted)
    /// Why the store cannot be followed any more.
    private let storeFailure = Mutex<(any Error)?>(nil)

    /// - Parameters:
    ///   - store: Holds the functions; followed while ``run()`` runs.
    ///   - eventLoopGroup: The loops on which callers invoke; must outlive ``run()``.
    ///   - threadPool: For everything that blocks: files, archives.
    package init(
        configuration: FunctionHostConfiguration, store: any Store, eventLoopGroup: any EventLoopGroup,
        threadPool: NIOThreadPool = .singleton, clock: any WallClock, random: any RandomSource, logger: Logger
    ) {
        self.store = store
        packages = PackageStore(dataDirectory: configuration.dataDirectory, threadPool: threadPool)
        (launches, launchesContinuation) = AsyncStream.makeStream()
        services = HostServices(
            configuration: configuration, clock: clock, random: random, threadPool: threadPool, logger: logger,
            launches: launchesContinuation)
        group = HostLoopGroup(eventLoopGroup, services: services)
        feed = FunctionDirectoryFeed(
            store: store, loops: group.loops, accountConcurrency: configuration.accountConcurrency, logger: logger)
        interpreters = InterpreterCatalog(configuration: configuration, logger: logger)
    }

    // MARK: FunctionInvoker

    package func invoke(_ invocation: Invocation, on eventLoop: any EventLoop) -> EventLoopFuture<InvocationOutcome> {
        let pending = PendingInvocation(
            invocation: invocation, promise: eventLoop.makePromise(of: InvocationOutcome.self))
        if let loop = group.loop(of: eventLoop), eventLoop.inEventLoop {
            invoke(pending, from: loop)
        } else if let loop = group.loops.first {
            // A caller from outside of the host's loops.
            loop.eventLoop.execute { self.invoke(pending, from: loop) }
        } else {
            pending.reject(.unavailable(reason: "the function host has no event loop"))
        }
        return pending.promise.futureResult
    }

    private func invoke(_ pending: PendingInvocation, from loop: HostLoop) {
        switch loop.admit(pending.invocation) {
        case .rejected(let rejection): pending.reject(rejection)
        case .admitted(let version):
            let owner = group.loops[version.owner % group.loops.count]
            if owner === loop {
                owner.run(pending, version)
            } else {
                owner.eventLoop.execute { owner.run(pending, version) }
            }
        }
    }

    // MARK: Life

    /// Serves until a graceful shutdown or ``shutdown()`` is complete, or the task is cancelled.
    ///
    /// A shutdown lets running invocations go on for the configured time, a cancellation does not. Returns when no
    /// child process is left.
    ///
    /// - Throws: ``FunctionPackageError`` if the data directory cannot be used, ``FunctionHostError/stopped`` if it ran
    ///   before, and what the store throws.
    package func run() async throws {
        let mayRun = life.withLock { life in
            guard case .notStarted = life else { return false }
            life = .running(waiters: [], isShuttingDown: false)
            return true
        }
        guard mayRun else { throw FunctionHostError.stopped }
        defer { end() }
        let isolation = try await prepare()
        for loop in group.loops { try await loop.eventLoop.submit { loop.open() }.get() }
        try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                // Owned by this function, which waits for it. Not a child: a cancelled task group could not take care
                // of the processes that are just being started.
                try await Task { try await self.serve(isolation) }.value
            } onGracefulShutdown: {
                self.beginShutdown(immediately: false)
            }
        } onCancel: {
            self.beginShutdown(immediately: true)
        }
    }

    /// Stops the host as a graceful shutdown does, and returns when ``run()`` is about to return.
    package func shutdown() async {
        beginShutdown(immediately: false)
        await withCheckedContinuation { continuation in
            let isOver = life.withLock { life in
                guard case .running(let waiters, let isShuttingDown) = life else {
                    life = .ended
                    return true
                }
                life = .running(waiters: waiters + [continuation], isShuttingDown: isShuttingDown)
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    /// Returns once calls see the functions as they were at this revision, or later.
    ///
    /// - Throws: ``FunctionHostError/stopped`` if the host stops before, `CancellationError`.
    package func waitUntilApplied(_ revision: Revision) async throws {
        try await feed.waitUntilApplied(revision)
    }

    var loops: [HostLoop] { group.loops }

    /// Where functions log to; there are no groups before ``run()`` has begun.
    package var logs: LogStore { services.logs }

    /// All execution environments, of all loops.
    package func environments() async throws -> [ExecutionEnvironmentStatus] {
        var statuses: [ExecutionEnvironmentStatus] = []
        for loop in group.loops { statuses += try await loop.eventLoop.submit { loop.statuses }.get() }
        return statuses
    }

    /// Returns when everything that functions have written so far, and the host has read, is in their log streams.
    package func flushLogs() async throws {
        for loop in group.loops { try await loop.eventLoop.flatSubmit { loop.logs.drained() }.get() }
    }

    /// How functions are kept apart; `nil` before ``run()`` has found it out.
    package var isolation: IsolationStatus? { isolationInForce.withLock { $0?.status } }

    private func prepare() async throws -> Isolation {
        try await packages.prepare()
        try await logs.open()
        let runtimeDirectory = services.configuration.dataDirectory.appending("runtimes")
        let environments = services.environmentsDirectory
        try await services.threadPool.runIfActive {
            try RuntimeClients.install(in: runtimeDirectory)
            // Of a server that was killed, if its supervisors were killed too.
            ProcessSweep.end(environments: Set(DirectoryTree.names(in: environments)))
            DirectoryTree.remove(environments)
            try DirectoryTree.make(environments)
        }
        let isolation = try await Isolation.probe(
            mode: services.configuration.isolation, searchPath: services.configuration.searchPath,
            emptyDirectory: RuntimeClients.empty(in: runtimeDirectory))
        isolation.log(to: services.logger)
        isolationInForce.withLock { $0 = isolation }
        return isolation
    }

    private func supervisor(_ isolation: Isolation) -> FunctionSupervisor {
        let configuration = services.configuration
        let planner = LaunchPlanner(
            packages: packages, interpreters: interpreters,
            runtimeDirectory: configuration.dataDirectory.appending("runtimes"),
            prefersAWSLambdaRIC: configuration.interpreters.prefersAWSLambdaRIC,
            isSandboxed: isolation.bubblewrap != nil)
        return FunctionSupervisor(
            planner: planner, configuration: configuration, isolation: isolation, program: services.supervisor,
            threadPool: services.threadPool, logger: services.logger)
    }

    /// The task group owns a task for the directory, one for the packages and one for each child process.
    private func serve(_ isolation: Isolation) async throws {
        let supervisor = supervisor(isolation)
        await withDiscardingTaskGroup { tasks in
            tasks.addTask {
                do {
                    try await self.feed.run()
                } catch is CancellationError {
                } catch {
                    self.storeFailure.withLock { $0 = error }
                    self.beginShutdown(immediately: true)
                }
            }
            tasks.addTask { await self.collectPackagesNowAndThen() }
            for await launch in launches {
                tasks.addTask { await supervisor.supervise(launch) }
            }
            // Every environment is closed, and with it every process gone: only the directory is still followed.
            tasks.cancelAll()
        }
        if let failure = storeFailure.withLock({ $0 }) { throw failure }
    }

    /// May be called more than once and from anywhere.
    private func beginShutdown(immediately: Bool) {
        let (isRunning, isFirst) = life.withLock { life -> (Bool, Bool) in
            guard case .running(let waiters, let isShuttingDown) = life else { return (false, false) }
            life = .running(waiters: waiters, isShuttingDown: true)
            return (true, !isShuttingDown)
        }
        guard isRunning, isFirst || immediately else { return }
        let finished = group.loops.map { loop in
            loop.eventLoop.flatSubmit { loop.shutDown(immediately: immediately) }
        }
        guard isFirst, let first = group.loops.first else { return }
        EventLoopFuture.andAllComplete(finished, on: first.eventLoop).whenComplete { _ in
            self.launchesContinuation.finish()
        }
    }

    private func end() {
        launchesContinuation.finish()
        let waiters = life.withLock { life -> [CheckedContinuation<Void, Never>] in
            defer { life = .ended }
            if case .running(let waiters, _) = life { return waiters }
            return []
        }
        for waiter in waiters { waiter.resume() }
    }
}
