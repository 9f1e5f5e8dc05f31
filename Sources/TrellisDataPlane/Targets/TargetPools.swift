import Logging
import NIOCore
import NIOPosix
import NIOSSL
import TrellisInvoke
import TrellisModel
import TrellisRouting

/// The connections of one event loop to targets, by endpoint.
///
/// An HTTP/1.1 connection carries one exchange at a time and waits for the next one when it is over; the one used last
/// is taken first. An HTTP/2 connection carries as many as the target allows. What is idle for long is closed, and no
/// connection gets an exchange when it has lived for ten minutes.
///
/// Used on that loop only.
final class TargetPools {
    private final class Pool {
        /// Oldest first.
        var idle: [HTTP1TargetConnection] = []
        var multiplexed: [HTTP2TargetConnection] = []

        var isEmpty: Bool { idle.isEmpty && multiplexed.isEmpty }
    }

    let eventLoop: any EventLoop
    let times: DataPlaneTimes
    let limits: DataPlaneLimits
    /// Made when it is first needed: most sites have no targets behind TLS.
    private lazy var tls = Result { try configuredTLS ?? TargetTLS() }
    private let configuredTLS: TargetTLS?
    private var pools: [TargetEndpoint: Pool] = [:]
    private let reaper: LoopTimer
    private var isReaping = false
    private var isClosed = false

    init(eventLoop: any EventLoop, configuration: DataPlaneConfiguration) {
        self.eventLoop = eventLoop
        times = configuration.times
        limits = configuration.limits
        configuredTLS = configuration.targetTLS
        reaper = LoopTimer(eventLoop: eventLoop)
        reaper.action = { [weak self] in self?.reap() }
    }

    /// Connections that wait for something to do.
    var idleCount: Int {
        pools.values.reduce(0) { $0 + $1.idle.count + $1.multiplexed.count { $0.isIdle } }
    }

    /// Sees to it that an exchange gets a connection, or fails.
    func carry(_ exchange: TargetExchange, onFreshConnection isFresh: Bool) {
        switch exchange.endpoint.version {
        case .http1:
            if !isFresh, let connection = takeIdle(exchange.endpoint) {
                connection.begin(exchange, isReused: true)
            } else {
                connect(exchange)
            }
        case .http2:
            let pool = pool(of: exchange.endpoint)
            if let connection = pool.multiplexed.first(where: { $0.hasRoom(at: .now(), isFresh: isFresh) }) {
                connection.begin(exchange)
            } else {
                multiplex(exchange, in: pool)
            }
        }
    }

    /// Closes what is idle; later exchanges leave nothing behind.
    func close() {
        isClosed = true
        reaper.invalidate()
        for pool in pools.values {
            for connection in pool.idle { connection.close() }
            for connection in pool.multiplexed { connection.retire() }
        }
        pools = [:]
    }

    private func pool(of endpoint: TargetEndpoint) -> Pool {
        if let pool = pools[endpoint] { return pool }
        let pool = Pool()
        pools[endpoint] = pool
        return pool
    }

    // MARK: HTTP/1.1

    private func takeIdle(_ endpoint: TargetEndpoint) -> HTTP1TargetConnection? {
        guard let pool = pools[endpoint] else { return nil }
        let now = NIODeadline.now()
        while let connection = pool.idle.popLast() {
            if connection.isReady(at: now) { return connection }
            connection.close()
        }
        return nil
    }

    private func connect(_ exchange: TargetExchange) {
        let connection = HTTP1TargetConnection(life: times.connectionLife)
        connection.first = exchange
        let endpoint = exchange.endpoint
        connection.becameIdle = { [weak self] connection in
            // Without pools, nobody would ever close it.
            if let self { rest(connection, endpoint) } else { connection.close() }
        }
        connection.becameClosed = { [weak self] in self?.forget($0, endpoint) }
        let limits = limits
        open(endpoint, exchange.tally) { pipeline in
            try pipeline.addTargetHandlers(connection, limits)
        } outcome: {
            connection.connected($0)
        }
    }

    private func rest(_ connection: HTTP1TargetConnection, _ endpoint: TargetEndpoint) {
        let pool = pool(of: endpoint)
        guard !isClosed, pool.idle.count < limits.idleTargetConnections else {
            connection.close()
            return
        }
        pool.idle.append(connection)
        reapLater()
    }

    private func forget(_ connection: HTTP1TargetConnection, _ endpoint: TargetEndpoint) {
        pools[endpoint]?.idle.removeAll { $0 === connection }
    }

    // MARK: HTTP/2

    private func multiplex(_ exchange: TargetExchange, in pool: Pool) {
        let connection = HTTP2TargetConnection(eventLoop: eventLoop, life: times.connectionLife, limits: limits)
        if !isClosed { pool.multiplexed.append(connection) }
        connection.becameClosed = { [weak pool] connection in pool?.multiplexed.removeAll { $0 === connection } }
        connection.begin(exchange)
        if isClosed { connection.retire() }
        open(exchange.endpoint, exchange.tally) { pipeline in
            try connection.addHandlers(to: pipeline)
        } outcome: {
            connection.connected($0)
        }
        reapLater()
    }

    // MARK: Sockets

    private func open(
        _ endpoint: TargetEndpoint, _ tally: TargetConnectionTally?,
        _ setUp: @escaping (ChannelPipeline.SynchronousOperations) throws -> Void,
        outcome: @escaping (Result<Void, TargetFailure>) -> Void
    ) {
        let handshake = TargetHandshake(endpoint, timeout: times.targetConnect, outcome: outcome)
        let address: SocketAddress
        var context: NIOSSLContext?
        do {
            address = try SocketAddress(ipAddress: endpoint.address.description, port: endpoint.port)
            if endpoint.isSecure { context = try tls.get().context(endpoint.version) }
        } catch {
            handshake.fail(.cannotConnect("\(error)"))
            return
        }
        let tls = context
        let isHTTP2 = endpoint.version == .http2
        let bound = NIOLoopBound((setUp: setUp, handshake: handshake, tally: tally), eventLoop: eventLoop)
        ClientBootstrap(group: eventLoop)
            .connectTimeout(times.targetConnect)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            // What one read brings is what waits for a slow client.
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    let tally = bound.value.tally
                    if let tally { try pipeline.addHandler(TargetConnectionMeter(tally, isHTTP2: isHTTP2)) }
                    if let tls {
                        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: nil))
                        if let tally { try pipeline.addHandler(TargetHandshakeMeter(tally)) }
                    }
                    try pipeline.addHandler(bound.value.handshake)
                    try bound.value.setUp(pipeline)
                }
            }
            .connect(to: address)
            .whenFailure {
                bound.value.tally?.failed($0)
                bound.value.handshake.fail(.cannotConnect("\($0)"))
            }
    }

    // MARK: Time

    private func reapLater() {
        guard !isReaping, !isClosed else { return }
        isReaping = true
        reaper.arm(.now() + times.targetIdle)
    }

    private func reap() {
        isReaping = false
        let limit = NIODeadline.now() - times.targetIdle
        for (endpoint, pool) in pools {
            let expired = pool.idle.prefix { $0.idleSince <= limit }
            pool.idle.removeFirst(expired.count)
            for connection in expired { connection.close() }
            for connection in pool.multiplexed where connection.isIdle && connection.idleSince <= limit {
                connection.retire()
            }
            if pool.isEmpty { pools[endpoint] = nil }
        }
        if !pools.isEmpty { reapLater() }
    }
}
