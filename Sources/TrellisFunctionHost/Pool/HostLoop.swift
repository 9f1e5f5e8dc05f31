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
            guard !isAtReservation(version.function) else {
                return pending.reject(.throttled(reason: ThrottleReason.reservation.rawValue))
            }
            let pool = pool(for: version)
            pool.invoke(pending)
            // The caller's loop may have resolved the name before it learned of a change that this loop knows.
            if !directory.holds(version) { pool.retire() }
        case .notRunning: pending.reject(.unavailable(reason: "the function host is not running"))
        case .draining, .stopped: pending.reject(Self.shuttingDown)
        }
    }

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

    /// Whether as many invocations of the function run as are reserved for it.
    private func isAtReservation(_ function: FunctionARN) -> Bool {
        guard let reserved = directory.reservedConcurrency(of: function) else { return false }
        return family(of: function).reduce(0) { $0 + $1.runningCount } >= reserved
    }

    /// Which limit holds for the environments of the function.
    func limit(of version: FunctionVersion) -> ThrottleReason {
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
        let limit =
            directory.reservedConcurrency(of: version.function)
            ?? services.configuration.maximumEnvironmentsPerFunction
        if family.reduce(0, { $0 + $1.count }) < limit { return .available }
        if Self.giveUpOne(of: family) { return .available }
        return family.contains { $0.version !== version && $0.answeredCount > 0 } ? .soon : .none
    }

    /// A pool has calls that wait for an environment that is not being started.
    func waitsForRoom(_ pool: EnvironmentPool) {
        if !waitingForRoom.contains(where: { $0 === pool }) { waitingForRoom.append(pool) }
    }

    /// An environment on this loop became free.
    func roomMayBeAvailable(besides pool: EnvironmentPool) {
        guard !waitingForRoom.isEmpty else { return }
        let waiting = waitingForRoom
        waitingForRoom = []
        for other in waiting where other !== pool { other.tryAgain() }
    }

    /// Takes a place for one more environment on this machine; one that is unused, on whichever loop, makes room.
    ///
    /// - Parameter body: Called at once if possible, always on this loop.
    func takeBudget(_ body: @escaping (Bool) -> Void) {
        if services.budget.take() || giveUpOneAndTakeItsPlace() { return body(true) }
        guard let group else { return body(false) }
        group.takeUnusedPlace(for: self, body)
    }

    func giveUpOneAndTakeItsPlace() -> Bool {
        Self.giveUpOne(of: Array(pools.values)) && services.budget.take()
    }

    private static func giveUpOne(of pools: [EnvironmentPool]) -> Bool {
        let candidates = pools.compactMap { pool in pool.unusedSince.map { (pool, $0) } }
        return candidates.min { $0.1 < $1.1 }?.0.giveUpOne() ?? false
    }

    // MARK: Life

    func open() { if case .notRunning = state { state = .running } }

    /// Takes no more invocations and stops all environments, busy ones when they are done or the time is over.
    ///
    /// - Parameter immediately: The time is over now; also for a shutdown that has begun already.
    /// - Returns: A future that succeeds when no environment is left and all logs are written.
    func shutDown(immediately: Bool) -> EventLoopFuture<Void> {
        if case .notRunning = state { state = .running }
        if case .running = state {
            state = .draining
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
