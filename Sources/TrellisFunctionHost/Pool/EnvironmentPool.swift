import NIOCore
import TrellisInvoke
import TrellisModel

/// The execution environments of one function version, on one event loop.
///
/// Executes what ``EnvironmentPoolStateMachine`` decides.
///
/// `@unchecked Sendable`: used on `loop.eventLoop` only.
final class EnvironmentPool: @unchecked Sendable {
    let version: FunctionVersion
    /// Has the pool as long as there is something in it, and may go before what the pool still waits for.
    let loop: HostLoop
    var machine = EnvironmentPoolStateMachine<PendingInvocation>()
    /// Those that the machine knows, and those that are still stopping.
    private var environments: [Int: ExecutionEnvironment] = [:]
    private let ages: EnvironmentAges
    private let idleTimer: LoopTimer
    private let waitTimer: LoopTimer
    /// Since when invocations wait and none of them got an environment.
    private var waitingSince: NIODeadline?
    let provisionTimer: LoopTimer
    /// Environments that were to be kept initialised and failed, one after the other.
    var failedProvisions = 0
    /// Why not all are there.
    var provisionFailure: String?

    init(version: FunctionVersion, loop: HostLoop) {
        self.version = version
        self.loop = loop
        idleTimer = LoopTimer(eventLoop: loop.eventLoop)
        waitTimer = LoopTimer(eventLoop: loop.eventLoop)
        provisionTimer = LoopTimer(eventLoop: loop.eventLoop)
        ages = EnvironmentAges(loop: loop)
        idleTimer.action = { [weak self] in self?.reap() }
        waitTimer.action = { [weak self] in self?.stopWaiting() }
        provisionTimer.action = { [weak self] in self?.provision() }
        ages.timer.action = { [weak self] in
            self?.expireOld()
            self?.ages.arm()
        }
    }

    /// All its environments.
    var count: Int { machine.count }

    /// Those that are not kept initialised.
    var onDemandCount: Int { machine.onDemandCount }

    /// Whether one that is kept initialised can take an invocation.
    var hasFreeProvisioned: Bool { machine.hasFreeProvisioned }

    var isEmpty: Bool { environments.isEmpty && machine.isEmpty }

    /// Environments that should be free in a moment.
    var answeredCount: Int { machine.answeredCount }

    /// Invocations that have no outcome yet.
    var runningCount: Int { machine.runningCount }

    /// When the environment that is unused for the longest time became so.
    var unusedSince: NIODeadline? { machine.unusedSince }

    var statuses: [ExecutionEnvironmentStatus] {
        environments.sorted { $0.key < $1.key }.map(\.value.status)
    }

    func invoke(_ pending: PendingInvocation) {
        // The timer stands still while the machine sleeps, the credentials' end does not.
        expireOld()
        perform(machine.invoke(pending))
    }

    /// Stops all environments, busy ones when they are done.
    ///
    /// - Parameter atOnce: What they do after their answers does not count.
    func retire(atOnce: Bool = false) { stop(machine.retire(atOnce: atOnce)) }

    /// The version can be called after all.
    func revive() { machine.revive() }

    func shutDown() {
        let all = machine.shutDown()
        for pending in all.waiting { pending.reject(HostLoop.shuttingDown) }
        stop(all.environments)
    }

    /// Ends one unused environment to make room.
    ///
    /// - Returns: `false` if there is none.
    func giveUpOne() -> Bool {
        guard let id = machine.giveUpOne() else { return false }
        stop([id])
        return true
    }

    /// - Parameters:
    ///   - isLastAttempt: What does not fit now is throttled and does not wait.
    ///   - limit: What a throttled invocation is told.
    func perform(
        _ action: EnvironmentPoolStateMachine<PendingInvocation>.Action?, isLastAttempt: Bool = false,
        limit: ThrottleReason = .account
    ) {
        switch action {
        case .run(let pending, let id):
            guard let environment = environments[id] else {
                return pending.reject(.unavailable(reason: "the execution environment is gone"))
            }
            waitingSince = nil
            environment.invoke(pending)
        case .needsEnvironment:
            let action = machine.grow(room(isLastAttempt))
            perform(action, isLastAttempt: isLastAttempt, limit: loop.limitReason(of: version))
        case .start(let id):
            start(id) { [self] in perform(machine.startDenied(id, mayWait: mayWait(isLastAttempt))) }
        case .waitBriefly:
            waitingSince = waitingSince ?? .now()
            waitTimer.arm(.now() + TimeAmount(loop.services.configuration.reuseWait))
            loop.waitsForRoom(self)
        case .throttle(let pending):
            if machine.waitingCount == 0 { waitingSince = nil }
            loop.limit(pending, version, limit)
        case .stop(let id):
            stop([id])
            if let action = machine.waitedLongEnough() { perform(action, isLastAttempt: isLastAttempt) }
        case nil: break
        }
    }

    private func room(_ isLastAttempt: Bool) -> EnvironmentPoolStateMachine<PendingInvocation>.Room {
        switch loop.room(for: version) {
        case .available: .available
        case .soon where mayWait(isLastAttempt): .soon
        case .soon, .none: machine.answeredOnesSuffice && mayWaitAtLimit ? .soon : .none
        }
    }

    private var mayWaitAtLimit: Bool {
        guard let waitingSince else { return true }
        return .now() < waitingSince + TimeAmount(loop.services.configuration.reuseWaitAtLimit)
    }

    /// Starts an environment if the machine has a place for it.
    func start(_ id: Int, denied: @escaping () -> Void) {
        loop.takeBudget(memoryMB: version.configuration.memorySizeMB) { [self] isGranted in
            if !isGranted {
                denied()
            } else if machine.isStarting(id) {
                makeEnvironment(id).start()
            } else {
                // Another loop gave up its place, and meanwhile the host began to shut down.
                giveBackPlace()
            }
        }
    }

    private func giveBackPlace() { loop.services.budget.giveBack(memoryMB: version.configuration.memorySizeMB) }

    /// Bounds the number of calls that wait for room.
    private func mayWait(_ isLastAttempt: Bool) -> Bool {
        !isLastAttempt && machine.waitingCount <= loop.services.configuration.maximumEnvironmentsPerFunction
    }

    private func makeEnvironment(_ id: Int) -> ExecutionEnvironment {
        let environment = ExecutionEnvironment(
            id: id, version: version, isProvisioned: machine.isProvisioned(id), eventLoop: loop.eventLoop,
            services: loop.services, logs: loop.logs, memoryWatch: loop.memoryWatch, owner: self)
        environments[id] = environment
        ages.note(id)
        return environment
    }

    func stop(_ ids: [Int]) {
        for id in ids {
            guard let environment = environments[id] else { continue }
            // Its place is free at once, although the process may take a moment to end.
            giveBackPlace()
            environment.stop()
        }
        forgetIfEmpty()
    }

    /// Replaces environments whose processes' credentials end soon.
    private func expireOld() {
        let old = ages.takeOld()
        guard !old.isEmpty else { return }
        for id in old { perform(machine.expire(id)) }
        provision()
    }

    private func reap() {
        let timeout = TimeAmount(loop.services.configuration.idleTimeout)
        stop(machine.reap(unusedSince: .now() - timeout))
        armIdleTimer()
    }

    private func stopWaiting() {
        // Each of them gets an environment, or is throttled, or waits on.
        for _ in 0..<machine.waitingCount {
            guard let action = machine.waitedLongEnough() else { return }
            perform(action, isLastAttempt: true)
        }
    }

    /// Another pool has an environment that it may give up.
    func tryAgain() {
        guard machine.waitingCount > 0, let action = machine.waitedLongEnough() else { return }
        perform(action)
    }

    private func armIdleTimer() {
        guard let since = machine.unusedSince else { return idleTimer.cancel() }
        idleTimer.arm(since + TimeAmount(loop.services.configuration.idleTimeout))
    }

    private func forgetIfEmpty() {
        guard isEmpty else { return }
        provisionTimer.invalidate()
        idleTimer.invalidate()
        waitTimer.invalidate()
        ages.timer.invalidate()
        loop.forget(self)
    }
}

extension EnvironmentPool: ExecutionEnvironmentOwner {
    func environmentBecameReady(_ environment: ExecutionEnvironment) {
        if machine.isProvisioned(environment.id) { provisionSucceeded() }
        perform(machine.becameReady(environment.id, now: .now()))
        armIdleTimer()
        loop.roomMayBeAvailable(besides: self)
    }

    func environmentBecameCold(_ environment: ExecutionEnvironment) {
        let wasProvisioned = machine.isProvisioned(environment.id)
        perform(machine.becameCold(environment.id, now: .now()))
        if wasProvisioned { provisionEnded(environment) }
        armIdleTimer()
        loop.roomMayBeAvailable(besides: self)
    }

    func environmentAnswered(_ environment: ExecutionEnvironment) { perform(machine.answered(environment.id)) }

    func environmentClosed(_ environment: ExecutionEnvironment) {
        environments[environment.id] = nil
        ages.forget(environment.id)
        forgetIfEmpty()
        loop.retryQueues()
    }
}
