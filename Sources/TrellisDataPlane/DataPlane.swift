package import Logging
package import NIOCore
import ServiceLifecycle
package import TrellisAccessLog
package import TrellisInvoke
package import TrellisModel
package import TrellisRouting
package import TrellisTraffic

/// Serves HTTP traffic by the latest ``Snapshot``.
///
/// ```swift
/// let dataPlane = DataPlane(
///     configuration: configuration, invoker: host, eventLoopGroup: group, clock: clock, makeRandom: { random },
///     logger: logger)
/// await dataPlane.apply(compiler.apply(changes))
/// try await dataPlane.run()
/// ```
///
/// ``apply(_:)`` may be called before, while and after ``run()`` is running; sockets are open from the first snapshot
/// to the end of ``run()``.
package final class DataPlane: Service {
    private let configuration: DataPlaneConfiguration
    private let loops: [ObjectIdentifier: NIOLoopBoundBox<LoopState>]
    private let listeners: NIOLoopBoundBox<ListenerTable>
    private let home: any EventLoop
    private let environment: DataPlaneEnvironment

    /// - Parameters:
    ///   - configuration: Addresses, limits and times.
    ///   - invoker: Runs the functions behind LAMBDA target groups.
    ///   - callers: Who may sign requests.
    ///   - certificates: For HTTPS listeners; by default no name has one.
    ///   - eventLoopGroup: Where listeners and connections live; must outlast the data plane.
    ///   - clock: For event times, `date` headers and access logs.
    ///   - makeRandom: Called once for each event loop; seeds its request ids and weighted choices.
    ///   - accessLogs: Gets the access log lines that somebody wants.
    ///   - onEntry: Gets the access log entry of each request, on its event loop.
    ///   - journal: Gets some of the requests, with all that there is to say about them.
    ///   - logger: For listeners.
    package init(
        configuration: DataPlaneConfiguration, invoker: any FunctionInvoker, callers: CallerSource = .none,
        certificates: ServerCertificates? = nil, eventLoopGroup: any EventLoopGroup, clock: any WallClock,
        makeRandom: () -> any RandomSource,
        accessLogs: (any AccessLogReceiver)? = nil, onEntry: (@Sendable (AccessLogEntry) -> Void)? = nil,
        journal: RequestJournal? = nil, logger: Logger
    ) {
        let environment = DataPlaneEnvironment(
            configuration: configuration, invoker: invoker, callers: callers,
            certificates: certificates
                ?? ServerCertificates(authority: nil, clock: clock, random: makeRandom()), clock: clock,
            logger: logger, accessLogs: accessLogs, onEntry: onEntry, journal: journal)
        let snapshot = Snapshot()
        var loops: [ObjectIdentifier: NIOLoopBoundBox<LoopState>] = [:]
        for eventLoop in eventLoopGroup.makeIterator() {
            loops[ObjectIdentifier(eventLoop)] = .makeBoxSendingValue(
                LoopState(eventLoop: eventLoop, environment: environment, snapshot: snapshot, random: makeRandom()),
                eventLoop: eventLoop)
        }
        let home = eventLoopGroup.next()
        let connections = ConnectionAcceptor(
            group: eventLoopGroup, loops: loops, inherited: configuration.inherited)
        self.configuration = configuration
        self.loops = loops
        self.home = home
        self.environment = environment
        listeners = .makeBoxSendingValue(
            ListenerTable(
                eventLoop: home, configuration: configuration, logger: logger,
                bind: { binding, address in connections.bind(binding, to: address) },
                drain: { binding in connections.drain(binding, limit: configuration.times.drain) }),
            eventLoop: home)
    }

    /// Shows a snapshot to all requests from now on; listeners are opened and closed accordingly, see ``settle()``.
    ///
    /// Snapshots take effect in the order of the calls.
    package func show(_ snapshot: Snapshot) async {
        let swapped = loops.values.map { state in state.eventLoop.submit { state.value.use(snapshot) } }
        let bindings = snapshot.bindings
        let listeners = listeners
        await ignoringErrors(
            EventLoopFuture.andAllComplete(swapped, on: home).map { _ = listeners.value.reconcile(bindings) })
    }

    /// Returns when every listener of the snapshots that were shown is bound, or has failed to be, and every other one
    /// is closed.
    ///
    /// To close one takes a while, for which nobody need wait to see other changes.
    package func settle() async {
        let listeners = listeners
        await ignoringErrors(home.flatSubmit { listeners.value.settled })
    }

    /// Shows a snapshot and waits for its listeners.
    package func apply(_ snapshot: Snapshot) async {
        await show(snapshot)
        await settle()
    }

    /// What became of the sockets of all listener ports, by port.
    package func listenerStatuses() async -> [ListenerStatus] {
        let listeners = listeners
        return (try? await home.submit { listeners.value.statuses }.get()) ?? []
    }

    /// Asks one event loop; all of them know the same.
    func onSomeLoop<Answer: Sendable>(_ ask: @escaping @Sendable (LoopState) -> Answer) async throws -> Answer {
        guard let state = loops.values.first else { throw ChannelError.ioOnClosedChannel }
        return try await state.eventLoop.submit { ask(state.value) }.get()
    }

    /// Asks every event loop; one that has been shut down does not answer.
    func onEachLoop<Answer: Sendable>(_ ask: @escaping @Sendable (LoopState) -> Answer) async -> [Answer] {
        var answers: [Answer] = []
        for state in loops.values {
            guard let answer = try? await state.eventLoop.submit({ ask(state.value) }).get() else { continue }
            answers.append(answer)
        }
        return answers
    }

    /// What was counted since the data plane was made.
    package func metrics() async -> DataPlaneMetrics {
        // An event loop that has been shut down counts nothing any more.
        var metrics = DataPlaneMetrics(adding: await onEachLoop { $0.collectMetrics() })
        metrics.collectedBodyBytes = environment.bodies.used
        return metrics
    }

    /// Runs until graceful shutdown begins, then stops accepting, finishes what is in flight, and closes.
    ///
    /// On cancellation what is in flight is not finished.
    package func run() async throws {
        do {
            try await gracefulShutdown()
            await stop(limit: configuration.times.drain)
        } catch {
            await stop(limit: .zero)
            throw error
        }
    }

    private func stop(limit: TimeAmount) async {
        let listeners = listeners
        await ignoringErrors(home.flatSubmit { listeners.value.stop() })
        let stopped = loops.values.map { state in state.eventLoop.flatSubmit { state.value.stop(limit: limit) } }
        await ignoringErrors(EventLoopFuture.andAllComplete(stopped, on: home))
        let flushed = loops.values.map { state in state.eventLoop.submit { state.value.accessLog.flush() } }
        await ignoringErrors(EventLoopFuture.andAllComplete(flushed, on: home))
    }

    /// The futures of this class fail only if their event loop has been shut down, and then there is nothing to do.
    private func ignoringErrors(_ future: EventLoopFuture<Void>) async {
        try? await future.get()
    }
}
