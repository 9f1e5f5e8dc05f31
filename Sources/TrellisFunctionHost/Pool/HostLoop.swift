import NIOCore
import Synchronization
import TrellisInvoke
import TrellisModel
import TrellisPolicy

/// The part of a function host that lives on one event loop: its copy of the directory and the pools it owns.
///
/// `@unchecked Sendable`: everything but the constants is used on `eventLoop` only.
final class HostLoop: @unchecked Sendable {
    /// What a call leads to before any environment is involved.
    enum Admission {
        case admitted(FunctionVersion)
        case rejected(InvocationRejection)
    }

    private enum State {
        case notRunning
        case running
        case draining
        case stopped
    }

    static let shuttingDown = InvocationRejection.unavailable(reason: "the function host is shutting down")
    /// 6 MiB.
    private static let maximumPayloadSize = 6_291_456

    let index: Int
    let eventLoop: any EventLoop
    let services: HostServices
    let logs: LoopLogs
    let memoryWatch: MemoryWatch
    private weak var group: HostLoopGroup?
    private var state = State.notRunning
    private var directory = FunctionDirectory()
    private var pools: [UInt64: EnvironmentPool] = [:]
    private var waitingForRoom: [EnvironmentPool] = []
    /// By unqualified name; only those that are not empty.
    var queues: [FunctionARN: InvocationQueue<QueuedInvocation>] = [:]
    var isQueueTimerArmed = false
    var isRetrying = false
    private var whenEmpty: EventLoopPromise<Void>?

    init(index: Int, eventLoop: any EventLoop, services: HostServices, group: HostLoopGroup) {
        self.index = index
        self.eventLoop = eventLoop
        self.services = services
        self.group = group
        logs = LoopLogs(eventLoop: eventLoop, store: services.logs)
        memoryWatch = MemoryWatch(eventLoop: eventLoop, threadPool: services.threadPool)
    }

    var statuses: [ExecutionEnvironmentStatus] {
        pools.sorted { $0.key < $1.key }.flatMap(\.value.statuses)
    }

    /// - Parameter function: Unqualified.
    func provisionedEnvironments(of function: FunctionARN, _ number: Int) -> ProvisionedEnvironments {
        pools.values.first { $0.version.function == function && $0.version.number == number }?.provisioned ?? .none
    }

    // MARK: Invocations

    /// Qualifier → version → resource policy.
    func admit(_ invocation: Invocation) -> Admission {
        guard invocation.payload.readableBytes <= Self.maximumPayloadSize else { return .rejected(.payloadTooLarge) }
        guard let resolution = directory.resolve(invocation.function, services.random) else {
            return .rejected(.notFound)
        }
        switch invocation.caller {
        case .authorized: break
        case .service(let principal, let sourceARN, let sourceAccount):
            let request = FunctionPolicyRequest(
                resource: invocation.function, servicePrincipal: principal, sourceARN: sourceARN,
                sourceAccount: sourceAccount)
            guard resolution.policy.statementAllowing(request) != nil else {
                services.missingPermissions.withLock { $0.tell(request, to: services.logger) }
                return .rejected(.notPermitted)
            }
        }
        return .admitted(resolution.version)
    }

    /// Runs an invocation of a version that this loop owns.
    func run(_ pending: PendingInvocation, _ version: FunctionVersion) {
        switch state {
        case .running:
            if let reason = isBehindOthers(pending, version) { return limit(pending, version, reason) }
            let pool = pool(for: version)
            guard let admitted = admit(pending, to: pool) else { return forgetIfUnused(pool) }
            pool.invoke(admitted)
            // The caller's loop may have resolved the name before it learned of a change that this loop knows.
            if !directory.holds(version) { pool.retire() }
        case .notRunning: pending.reject(.unavailable(reason: "the function host is not running"))
        case .draining, .stopped: pending.reject(Self.shuttingDown)
        }
    }

    /// Takes a place for the invocation: in the function's reservation if it has one, else in what the account has left.
    ///
    /// Environments of provisioned concurrency have theirs already.
    ///
    /// - Returns: `nil` if there is none; the invocation waits or is throttled then.
    private func admit(_ pending: PendingInvocation, to pool: EnvironmentPool) -> PendingInvocation? {
        let version = pool.version
        if let reserved = directory.reservedConcurrency(of: version.function) {
            guard family(of: version.function).reduce(0, { $0 + $1.runningCount }) < reserved else {
                limit(pending, version, .reservation)
                return nil
            }
            return pending
        }
        if pool.hasFreeProvisioned { return pending }
        guard version.concurrency.take() else {
            limit(pending, version, .account)
            return nil
        }
        var pending = pending
        pending.place = version.concurrency
        return pending
    }

    /// A pool that was made for an invocation that is not admitted.
    private func forgetIfUnused(_ pool: EnvironmentPool) { if pool.isEmpty { forget(pool) } }

    private func pool(for version: FunctionVersion) -> EnvironmentPool {
        if let pool = pools[version.id] { return pool }
        let pool = EnvironmentPool(version: version, loop: self)
        pools[version.id] = pool
        return pool
    }

    // MARK: Changes

    func apply(_ update: FunctionDirectoryUpdate) {
        directory.apply(update)
        services.missingPermissions.withLock { $0.forget(update.functions.keys) }
        for pool in pools.values where update.functions.keys.contains(pool.version.function) {
            if !directory.holds(pool.version) {
                pool.retire()
            } else if case .running = state {
                // Another loop knew of the version before this one, and has sent an invocation already.
                pool.revive()
            }
        }
        for function in update.functions.keys { keepProvisioned(function) }
        // A reservation may have grown.
        retryQueues()
    }

    /// Keeps as many environments of the function's versions initialised as the directory says.
    private func keepProvisioned(_ function: FunctionARN) {
        guard isRunning else { return }
        for pool in family(of: function) where directory.holds(pool.version) {
            pool.setProvisioned(directory.provisionedConcurrency(of: pool.version))
        }
        for (version, count) in directory.provisionedVersions(of: function)
        where version.owner % (group?.loops.count ?? 1) == index {
            pool(for: version).setProvisioned(count)
        }
    }

    /// The pool has neither environments nor waiting invocations.
    func forget(_ pool: EnvironmentPool) {
        if pools[pool.version.id] === pool { pools[pool.version.id] = nil }
        waitingForRoom.removeAll { $0 === pool }
        guard pools.isEmpty else { return }
        whenEmpty?.succeed()
        whenEmpty = nil
    }

    // MARK: Limits

    /// Which limit holds for the environments of the function.
    func limitReason(of version: FunctionVersion) -> ThrottleReason {
        directory.reservedConcurrency(of: version.function) == nil ? .account : .reservation
    }

    /// The pools of all versions of a function.
    private func family(of function: FunctionARN) -> [EnvironmentPool] {
        pools.values.filter { $0.version.function == function }
    }

    /// Whether one more environment of the function is allowed; one that another version of it does not use makes room.
    ///
    /// Reserved concurrency takes the place of the configured number, also if it is greater.
    func room(for version: FunctionVersion) -> EnvironmentPoolStateMachine<PendingInvocation>.Room {
        let family = family(of: version.function)
        let count: Int
        let limit: Int
        if let reserved = directory.reservedConcurrency(of: version.function) {
            count = family.reduce(0) { $0 + $1.count }
            limit = reserved
        } else {
            count = family.reduce(0) { $0 + $1.onDemandCount }
            limit = services.configuration.maximumEnvironmentsPerFunction
        }
        if count < limit { return .available }
        if Self.giveUpOne(of: family) { return .available }
        return family.contains { $0.version !== version && $0.answeredCount > 0 } ? .soon : .none
    }

    /// A pool has calls that wait for an environment that is not being started.
    func waitsForRoom(_ pool: EnvironmentPool) {
        if !waitingForRoom.contains(where: { $0 === pool }) { waitingForRoom.append(pool) }
    }

    /// An environment on this loop became free.
    func roomMayBeAvailable(besides pool: EnvironmentPool) {
        retryQueues()
        guard !waitingForRoom.isEmpty else { return }
        let waiting = waitingForRoom
        waitingForRoom = []
        for other in waiting where other !== pool { other.tryAgain() }
    }

    /// Takes a place for one more environment on this machine; one that is unused, on whichever loop, makes room.
    ///
    /// - Parameters:
    ///   - memoryMB: The function's `MemorySize`.
    ///   - body: Called at once if possible, always on this loop.
    func takeBudget(memoryMB: Int, _ body: @escaping (Bool) -> Void) {
        if services.budget.take(memoryMB: memoryMB) || makeRoom(memoryMB: memoryMB) { return body(true) }
        guard let group else { return body(false) }
        group.takeUnusedPlace(for: self, memoryMB: memoryMB, body)
    }

    /// Gives up unused environments of this loop, the ones that are unused for the longest time first, until one of this
    /// size has a place.
    func makeRoom(memoryMB: Int) -> Bool {
        while Self.giveUpOne(of: Array(pools.values)) {
            if services.budget.take(memoryMB: memoryMB) { return true }
        }
        return false
    }

    private static func giveUpOne(of pools: [EnvironmentPool]) -> Bool {
        let candidates = pools.compactMap { pool in pool.unusedSince.map { (pool, $0) } }
        return candidates.min { $0.1 < $1.1 }?.0.giveUpOne() ?? false
    }

    // MARK: Life

    var isRunning: Bool { if case .running = state { true } else { false } }

    func open() { if case .notRunning = state { state = .running } }

    /// Takes no more invocations and stops all environments, busy ones when they are done or the time is over.
    ///
    /// - Parameter immediately: The time is over now; also for a shutdown that has begun already.
    /// - Returns: A future that succeeds when no environment is left and all logs are written.
    func shutDown(immediately: Bool) -> EventLoopFuture<Void> {
        if case .notRunning = state { state = .running }
        if case .running = state {
            state = .draining
            rejectQueued()
            for pool in pools.values { pool.retire(atOnce: true) }
            if !pools.isEmpty {
                whenEmpty = eventLoop.makePromise(of: Void.self)
                let deadline = NIODeadline.now() + TimeAmount(services.configuration.drainTimeout)
                eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in stopBusyOnes() }
            }
        }
        if immediately { stopBusyOnes() }
        return (whenEmpty?.futureResult ?? eventLoop.makeSucceededVoidFuture()).flatMap { [self] in finishShutDown() }
    }

    private func stopBusyOnes() {
        for pool in pools.values { pool.shutDown() }
    }

    private func finishShutDown() -> EventLoopFuture<Void> {
        state = .stopped
        return logs.drained()
    }
}
