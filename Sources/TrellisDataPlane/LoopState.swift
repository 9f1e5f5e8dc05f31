import NIOCore
import Synchronization
import TrellisInvoke
import TrellisModel
import TrellisRouting

/// What every connection of the data plane uses.
final class DataPlaneEnvironment: Sendable {
    let configuration: DataPlaneConfiguration
    let invoker: any FunctionInvoker
    let clock: any WallClock
    let recorder: AccessRecorder
    let served: ConnectionCount
    let refused: ConnectionCount

    init(
        configuration: DataPlaneConfiguration, invoker: any FunctionInvoker, clock: any WallClock,
        recorder: AccessRecorder
    ) {
        self.configuration = configuration
        self.invoker = invoker
        self.clock = clock
        self.recorder = recorder
        served = ConnectionCount(limit: configuration.limits.connections)
        refused = ConnectionCount(limit: configuration.limits.refusedConnections)
    }
}

/// A number of connections with an upper bound.
final class ConnectionCount: Sendable {
    private let count = Atomic<Int>(0)
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// - Returns: Whether there was room for one more; then it is to be given back.
    func take() -> Bool {
        guard count.add(1, ordering: .relaxed).newValue <= limit else {
            giveBack()
            return false
        }
        return true
    }

    func giveBack() {
        count.subtract(1, ordering: .relaxed)
    }
}

/// What the connections of one event loop share. Used on that loop only.
final class LoopState {
    let eventLoop: any EventLoop
    let environment: DataPlaneEnvironment
    private(set) var snapshot: Snapshot
    var random: LoopRandom
    private var date = HTTPDate()
    private var connections: [ObjectIdentifier: ConnectionHandler] = [:]
    private var whenEmpty: [EventLoopPromise<Void>] = []
    private var isStopping = false

    init(eventLoop: any EventLoop, environment: DataPlaneEnvironment, snapshot: Snapshot, random: some RandomSource) {
        self.eventLoop = eventLoop
        self.environment = environment
        self.snapshot = snapshot
        self.random = LoopRandom(seededBy: random)
    }

    /// The value of a `date` header.
    func date(at time: Timestamp) -> String { date.text(at: time) }

    /// Requests that begin from now on see the new snapshot. Those that are with a target which is gone from it fail.
    func use(_ snapshot: Snapshot) {
        let mayHaveLostTargets = snapshot.targetRevision != self.snapshot.targetRevision
        self.snapshot = snapshot
        guard mayHaveLostTargets else { return }
        for connection in connections.values { connection.targetsChanged() }
    }

    // MARK: Connections

    func opened(_ connection: ConnectionHandler) {
        connections[ObjectIdentifier(connection)] = connection
        if isStopping { connection.drain() }
    }

    func closed(_ connection: ConnectionHandler) {
        connections[ObjectIdentifier(connection)] = nil
        guard connections.isEmpty else { return }
        for promise in whenEmpty { promise.succeed() }
        whenEmpty = []
    }

    /// Ends the connections that came by a listener port: idle ones now, the others with their next answer, all of them
    /// when the limit is reached.
    func drain(_ binding: ListenerBinding, limit: TimeAmount) {
        let drained = connections.values.filter { $0.binding == binding }
        guard !drained.isEmpty else { return }
        for connection in drained { connection.drain() }
        eventLoop.assumeIsolated().scheduleTask(in: limit) {
            for connection in drained { connection.close() }
        }
    }

    /// Ends all connections, and new ones as they come, in the same way.
    ///
    /// - Returns: Succeeds when there is none left.
    func stop(limit: TimeAmount) -> EventLoopFuture<Void> {
        isStopping = true
        for connection in connections.values { connection.drain() }
        guard !connections.isEmpty else { return eventLoop.makeSucceededVoidFuture() }
        let deadline = eventLoop.assumeIsolated().scheduleTask(in: limit) {
            for connection in self.connections.values { connection.close() }
        }
        let promise = eventLoop.makePromise(of: Void.self)
        whenEmpty.append(promise)
        promise.futureResult.whenComplete { _ in deadline.cancel() }
        return promise.futureResult
    }
}
