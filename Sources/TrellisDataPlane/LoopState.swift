import NIOCore
import TrellisModel
import TrellisPrincipals
import TrellisRouting
import TrellisSignature

/// Something that a client keeps open: a connection, or one layer of it.
///
/// Used on its event loop only.
protocol ServedConnection: AnyObject {
    /// What it came by.
    var binding: ListenerBinding { get }

    /// Whether it counts as a connection, and not as a part of one.
    var isConnection: Bool { get }

    /// Ends it with what is due, if anything.
    func drain()

    /// Ends it at once.
    func close()

    /// The snapshot has lost a target.
    func targetsChanged()
}

extension ServedConnection {
    func targetsChanged() {}
}

/// What the connections of one event loop share.
///
/// Used on that loop only.
final class LoopState {
    let eventLoop: any EventLoop
    let environment: DataPlaneEnvironment
    private(set) var snapshot: Snapshot
    var random: LoopRandom
    /// Looks up who signed.
    lazy var findCaller: FindCaller =
        if case .verified(let make) = environment.callers { make() } else { { _, _ in nil } }
    var rotation = TargetRotation()
    let targets: TargetPools
    /// Keys of the callers that signed lately.
    var signingKeys = SigningKeyCache()
    var metrics = LoopMetrics()
    var traffic: LoopTraffic
    private var requestRates = LoopRequestRates()
    let accessLog: LoopAccessLog
    private var date = HTTPDate()
    /// What may still be said about failed handshakes.
    var handshakeLog = LogBudget()
    private var connections: [ObjectIdentifier: any ServedConnection] = [:]
    private var whenEmpty: [EventLoopPromise<Void>] = []
    private var isStopping = false

    init(eventLoop: any EventLoop, environment: DataPlaneEnvironment, snapshot: Snapshot, random: some RandomSource) {
        self.eventLoop = eventLoop
        self.environment = environment
        self.snapshot = snapshot
        self.random = LoopRandom(seededBy: random)
        traffic = LoopTraffic(journal: environment.journal)
        accessLog = LoopAccessLog(eventLoop: eventLoop, receiver: environment.accessLogs)
        targets = TargetPools(eventLoop: eventLoop, configuration: environment.configuration)
    }

    /// The value of a `date` header.
    func date(at time: Timestamp) -> String { date.text(at: time) }

    /// Shows the new snapshot to requests that begin from now on; those with a target that is gone from it fail.
    func use(_ snapshot: Snapshot) {
        let mayHaveLostTargets = snapshot.targetRevision != self.snapshot.targetRevision
        self.snapshot = snapshot
        guard mayHaveLostTargets else { return }
        for connection in connections.values { connection.targetsChanged() }
    }

    // MARK: Record

    /// Whether anybody wants the entry of a request that was routed so.
    func wantsEntry(_ route: Route?) -> Bool { environment.onEntry != nil || accessLog.isWanted(route) }

    func record(_ entry: AccessLogEntry, by route: Route?) {
        environment.onEntry?(entry)
        if accessLog.isWanted(route) { accessLog.record(entry, by: route) }
    }

    /// Whether the service may have one more request now.
    func takesRequest(of service: CompiledService) -> Bool {
        requestRates.take(service, environment.requestRates, now: eventLoop.now)
    }

    func collectMetrics() -> DataPlaneMetrics { metrics.collect(snapshot) }

    // MARK: Connections

    func opened(_ connection: some ServedConnection) {
        connections[ObjectIdentifier(connection)] = connection
        if connection.isConnection { metrics.connectionOpened() }
        if isStopping { connection.drain() }
    }

    func closed(_ connection: some ServedConnection) {
        let isKnown = connections.removeValue(forKey: ObjectIdentifier(connection)) != nil
        if isKnown, connection.isConnection { metrics.connectionClosed() }
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
            // One that has begun as if for this port's other protocol may have turned out to be for that.
            for connection in drained where connection.binding == binding { connection.close() }
        }
    }

    /// Ends all connections, and new ones as they come, in the same way.
    ///
    /// - Returns: Succeeds when there is none left.
    func stop(limit: TimeAmount) -> EventLoopFuture<Void> {
        isStopping = true
        targets.close()
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
