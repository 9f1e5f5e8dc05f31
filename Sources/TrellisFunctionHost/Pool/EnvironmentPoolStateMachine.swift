import NIOCore

/// Decides which environment of one function version runs which invocation.
///
/// `Item` is whatever the shell needs to run an invocation. Every item that comes in goes out exactly once: in
/// ``Action/run(_:on:)`` or ``Action/throttle(_:)``.
///
/// An invocation that finds nothing free starts an environment and waits; whichever environment becomes free first
/// takes the one that waits longest. The wait is short: for an environment that is being started or has just answered,
/// or, while ``Room/soon`` says so, longer, or for one of another pool to make room.
struct EnvironmentPoolStateMachine<Item> {
    typealias EnvironmentID = Int

    private enum State: Equatable {
        /// Its first initialisation runs.
        case starting
        case busy
        /// Its invocation has an outcome, but it did not ask for the next one yet.
        case answered
        case idle(since: NIODeadline)
        /// Without a process; runs an invocation after a new initialisation.
        case cold(since: NIODeadline)

        var unusedSince: NIODeadline? {
            switch self {
            case .idle(let since), .cold(let since): since
            case .starting, .busy, .answered: nil
            }
        }
    }

    enum Action {
        case run(Item, on: EnvironmentID)
        /// The item waits in here for one more environment: say with ``grow(_:)`` whether the limits allow it.
        case needsEnvironment
        /// Make an environment.
        case start(EnvironmentID)
        /// An environment has just answered and should be free in a moment: ask again with ``waitedLongEnough()``.
        case waitBriefly
        case throttle(Item)
        /// The environment is no longer of this pool; then ask with ``waitedLongEnough()`` for whoever waited for it.
        case stop(EnvironmentID)
    }

    /// Whether the limits allow one more environment.
    enum Room {
        case available
        /// An environment has just answered and may be free, or be given up by its pool, in a moment.
        case soon
        case none
    }

    private var environments: [EnvironmentID: State] = [:]
    /// Environments that are kept initialised, whether anything runs in them or not.
    private var provisioned: Set<EnvironmentID> = []
    /// How many there are to be.
    private(set) var provisionedTarget = 0
    /// Those that are to go when they become free.
    private var expired: Set<EnvironmentID> = []
    private var waiting: [Item] = []
    private var nextID = 0
    private var isRetired = false
    private var stopsAnswered = false

    /// All environments.
    var count: Int { environments.count }

    /// Those that were started for invocations.
    var onDemandCount: Int { environments.count - provisioned.count }

    /// Those that are kept initialised, or are to be so in a moment.
    var provisionedCount: Int { provisioned.count }

    var initializedProvisionedCount: Int { provisioned.count { environments[$0] != .starting } }

    /// Whether one that is kept initialised can take an invocation.
    var hasFreeProvisioned: Bool { freeProvisioned != nil }

    private var freeProvisioned: EnvironmentID? {
        provisioned.first { if case .idle? = environments[$0] { true } else { false } }
    }

    var waitingCount: Int { waiting.count }

    /// Invocations that have no outcome yet.
    var runningCount: Int { waiting.count + count(in: .busy) }

    /// Environments that should be free in a moment.
    var answeredCount: Int { count(in: .answered) }

    /// Whether those that have just answered are enough for all that waits and starts nothing.
    var answeredOnesSuffice: Bool { waiting.count - startingCount <= answeredCount }

    var isEmpty: Bool { environments.isEmpty && waiting.isEmpty && provisionedTarget == 0 }

    /// When the environment that is unused for the longest time became so; not one that is kept initialised.
    var unusedSince: NIODeadline? {
        // Not a key path, which would be made anew each time in a generic type.
        reclaimable.lazy.compactMap { $0.value.unusedSince }.min()
    }

    private var reclaimable: [EnvironmentID: State] {
        provisioned.isEmpty ? environments : environments.filter { !provisioned.contains($0.key) }
    }

    /// Environments that are being started for invocations, one for each that waits.
    private var startingCount: Int { environments.count { $0.value == .starting && !provisioned.contains($0.key) } }

    private func count(in state: State) -> Int { environments.values.count { $0 == state } }

    mutating func invoke(_ item: Item) -> Action {
        if let id = freeProvisioned { return run(item, on: id) }
        // The most recently used one, so that surplus environments grow old and are reaped.
        if let id = mostRecent({ if case .idle(let since) = $0 { since } else { nil } }) {
            return run(item, on: id)
        }
        if waiting.count - startingCount < answeredCount {
            waiting.append(item)
            return .waitBriefly
        }
        if let id = mostRecent({ if case .cold(let since) = $0 { since } else { nil } }) {
            return run(item, on: id)
        }
        waiting.append(item)
        return .needsEnvironment
    }

    /// The answer to ``Action/needsEnvironment``.
    mutating func grow(_ room: Room) -> Action? {
        switch room {
        case .available: .start(makeEnvironment())
        case .soon: .waitBriefly
        case .none: waiting.popLast().map { .throttle($0) }
        }
    }

    /// The environments that had just answered did not become free in time: the rest of the queue gets others.
    ///
    /// Call until it returns `nil`.
    mutating func waitedLongEnough() -> Action? {
        guard waiting.count > startingCount else { return nil }
        if let id = mostRecent({ $0.unusedSince }) { return run(waiting.removeFirst(), on: id) }
        return .needsEnvironment
    }

    /// Whether an environment is still to be started.
    func isStarting(_ id: EnvironmentID) -> Bool { environments[id] == .starting }

    /// An environment that was to be started is not, because of a limit that is not this pool's.
    mutating func startDenied(_ id: EnvironmentID, mayWait: Bool) -> Action? {
        guard environments[id] == .starting else { return nil }
        environments[id] = nil
        guard waiting.count > startingCount + answeredCount else { return nil }
        return mayWait ? .waitBriefly : .throttle(waiting.removeLast())
    }

    /// The environment's runtime waits for an event.
    mutating func becameReady(_ id: EnvironmentID, now: NIODeadline) -> Action? { free(id, as: .idle(since: now)) }

    /// The environment has no process, after a failed start, a crash or a timeout.
    ///
    /// One that was kept initialised is given up; see ``provision()``.
    mutating func becameCold(_ id: EnvironmentID, now: NIODeadline) -> Action? {
        guard provisioned.remove(id) != nil, waiting.isEmpty, environments[id] != nil else {
            return free(id, as: .cold(since: now))
        }
        environments[id] = nil
        return .stop(id)
    }

    /// What the environment's process was given will not hold much longer: the environment goes, at once if it is unused,
    /// otherwise after its invocation.
    ///
    /// Whoever waits gets another one, so that one that is never unused goes too.
    mutating func expire(_ id: EnvironmentID) -> Action? {
        guard let state = environments[id] else { return nil }
        expired.insert(id)
        return state.unusedSince == nil ? nil : stopExpired(id)
    }

    private mutating func stopExpired(_ id: EnvironmentID) -> Action? {
        guard expired.remove(id) != nil else { return nil }
        provisioned.remove(id)
        environments[id] = nil
        return .stop(id)
    }

    // MARK: Environments that are kept initialised

    /// Sets how many there are to be.
    ///
    /// - Returns: Those that go; busy ones stay as if they had been started for their invocations.
    mutating func setProvisioned(_ target: Int) -> [EnvironmentID] {
        provisionedTarget = isRetired ? 0 : target
        var stopped: [EnvironmentID] = []
        while provisioned.count > provisionedTarget, let id = freeProvisioned ?? provisioned.first {
            provisioned.remove(id)
            guard case .idle? = environments[id] else { continue }
            environments[id] = nil
            stopped.append(id)
        }
        return stopped
    }

    /// Makes one more of them, as long as there are too few.
    ///
    /// - Returns: The environment to start; `nil` if there are enough.
    mutating func provision() -> EnvironmentID? {
        guard provisioned.count < provisionedTarget else { return nil }
        let id = makeEnvironment()
        provisioned.insert(id)
        return id
    }

    func isProvisioned(_ id: EnvironmentID) -> Bool { provisioned.contains(id) }

    /// One that was to be kept initialised cannot be started now.
    mutating func provisionDenied(_ id: EnvironmentID) -> Action? {
        provisioned.remove(id)
        return startDenied(id, mayWait: true)
    }

    /// The invocation has an outcome.
    mutating func answered(_ id: EnvironmentID) -> Action? {
        guard environments[id] == .busy else { return nil }
        guard !stopsAnswered || !waiting.isEmpty else {
            environments[id] = nil
            return .stop(id)
        }
        environments[id] = .answered
        return nil
    }

    /// The version cannot be called any more: unused environments go, busy ones once they are done.
    ///
    /// - Parameter atOnce: Those that have answered go too, whatever they still do.
    mutating func retire(atOnce: Bool = false) -> [EnvironmentID] {
        isRetired = true
        provisioned = []
        provisionedTarget = 0
        if atOnce { stopsAnswered = true }
        let takesAnswered = stopsAnswered && waiting.isEmpty
        return take(environments) { $0.unusedSince != nil || takesAnswered && $0 == .answered }
    }

    /// The version can be called after all: environments are kept again.
    mutating func revive() {
        isRetired = false
        stopsAnswered = false
    }

    /// Takes out the environments that are unused since before `cutoff`.
    mutating func reap(unusedSince cutoff: NIODeadline) -> [EnvironmentID] {
        take(reclaimable) { state in state.unusedSince.map { $0 <= cutoff } ?? false }
    }

    /// Takes out the environment that is unused for the longest time, to make room.
    mutating func giveUpOne() -> EnvironmentID? {
        let oldest = reclaimable.filter { $0.value.unusedSince != nil }.min { left, right in
            (left.value.unusedSince ?? .distantFuture, left.key) < (
                right.value.unusedSince ?? .distantFuture, right.key
            )
        }
        guard let oldest else { return nil }
        environments[oldest.key] = nil
        return oldest.key
    }

    /// Takes out everything.
    mutating func shutDown() -> (environments: [EnvironmentID], waiting: [Item]) {
        isRetired = true
        provisioned = []
        provisionedTarget = 0
        defer { waiting = [] }
        return (take(environments) { _ in true }, waiting)
    }

    private mutating func free(_ id: EnvironmentID, as state: State) -> Action? {
        guard environments[id] != nil else { return nil }
        if let action = stopExpired(id) { return action }
        if !waiting.isEmpty { return run(waiting.removeFirst(), on: id) }
        guard !isRetired else {
            environments[id] = nil
            return .stop(id)
        }
        environments[id] = state
        return nil
    }

    private mutating func run(_ item: Item, on id: EnvironmentID) -> Action {
        environments[id] = .busy
        return .run(item, on: id)
    }

    private mutating func makeEnvironment() -> EnvironmentID {
        nextID += 1
        environments[nextID] = .starting
        return nextID
    }

    private func mostRecent(_ since: (State) -> NIODeadline?) -> EnvironmentID? {
        var best: (id: EnvironmentID, since: NIODeadline)?
        for (id, state) in environments {
            guard let since = since(state) else { continue }
            if let current = best, (current.since, current.id) >= (since, id) { continue }
            best = (id, since)
        }
        return best?.id
    }

    private mutating func take(
        _ candidates: [EnvironmentID: State], _ matches: (State) -> Bool
    ) -> [EnvironmentID] {
        let taken = candidates.filter { matches($0.value) }.keys.sorted()
        for id in taken { environments[id] = nil }
        return taken
    }
}
