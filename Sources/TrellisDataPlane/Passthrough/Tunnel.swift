import NIOCore
import NIOPosix
import TrellisModel
import TrellisRouting

/// A client's connection and the one to its target, of which nothing is read but how much there is.
///
/// Used on the client's event loop only.
final class Tunnel: ServedConnection {
    let loop: LoopState
    let binding: ListenerBinding
    let passage: Passage
    let serverName: String
    let peer: Peer
    /// Called once, when the target is there or is known not to be; after a failure nothing more happens.
    private var whenConnected: ((Result<Void, any Error>) -> Void)?
    private var client: TunnelEnd?
    private var target: TunnelEnd?
    private var times: TunnelTimes
    private var timer: Scheduled<Void>?
    private(set) var traffic: TunnelTraffic
    /// Of the end, once there is one.
    private var reason: FailureReason?

    init(
        _ passage: Passage, loop: LoopState, serverName: String, peer: Peer,
        whenConnected: @escaping (Result<Void, any Error>) -> Void
    ) {
        self.loop = loop
        self.passage = passage
        self.serverName = serverName
        self.peer = peer
        self.whenConnected = whenConnected
        binding = passage.route.listener.binding
        let now = loop.eventLoop.now
        times = TunnelTimes(
            idle: .seconds(Int64(passage.route.service.idleTimeoutSeconds)),
            life: loop.environment.configuration.times.connectionLife, now: now)
        traffic = TunnelTraffic(startedAt: now, arrivedAt: loop.environment.clock.now())
    }

    /// The TLS connection around it counts.
    var isConnection: Bool { false }

    // MARK: The beginning

    /// Connects to the target.
    ///
    /// - Parameters:
    ///   - hello: What the client has sent so far.
    ///   - pipeline: Of the client's connection.
    ///   - handler: What the tunnel begins behind.
    func begin(
        _ hello: ByteBuffer, in pipeline: ChannelPipeline.SynchronousOperations, after handler: some ChannelHandler
    ) throws {
        let client = TunnelEnd(.client, of: self)
        try pipeline.addHandler(client, position: .after(handler))
        self.client = client
        loop.opened(self)
        loop.metrics.tunnelOpened(by: passage)
        connect(hello)
    }

    private func connect(_ hello: ByteBuffer) {
        let endpoint = passage.target.endpoint
        let address: SocketAddress
        do {
            address = try SocketAddress(ipAddress: endpoint.address.description, port: endpoint.port)
        } catch {
            cannotConnect(error)
            return
        }
        let eventLoop = loop.eventLoop
        let end = NIOLoopBound(TunnelEnd(.target, of: self), eventLoop: eventLoop)
        ClientBootstrap(group: eventLoop)
            .connectTimeout(loop.environment.configuration.times.targetConnect)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.allowRemoteHalfClosure, value: true)
            // What one read brings is what waits for a slow client.
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(end.value) }
            }
            .connect(to: address).assumeIsolated()
            .whenComplete { result in
                switch result {
                case .success: self.connected(end.value, hello)
                case .failure(let error): self.cannotConnect(error)
                }
            }
    }

    private func connected(_ target: TunnelEnd, _ hello: ByteBuffer) {
        guard let client, reason == nil else {
            // The client did not wait.
            target.close()
            return
        }
        self.target = target
        let began = whenConnected
        whenConnected = nil
        began?(.success(()))
        schedule()
        passed(hello.readableBytes, from: .client)
        target.write(hello)
        target.flush()
        target.join(client)
        client.join(target)
    }

    private func cannotConnect(_ error: any Error) {
        guard client != nil, reason == nil else { return }
        reason = .targetConnectionError
        loop.metrics.tunnelFailed(by: passage, isTimeout: error.isConnectTimeout)
        let failed = whenConnected
        whenConnected = nil
        failed?(.failure(error))
    }

    // MARK: What passes

    /// An end has read something, which the other one writes.
    func passed(_ bytes: Int, from side: TunnelEnd.Side) {
        let now = loop.eventLoop.now
        times.moved(now)
        traffic.passed(bytes, from: side, now)
        loop.metrics.tunnelPassed(bytes, from: side, by: passage)
    }

    // MARK: The end

    /// An end is closed.
    ///
    /// - Parameter isComplete: Whether each of its directions was ended, and nothing is lost.
    func closed(_ side: TunnelEnd.Side, isComplete: Bool) {
        let other: TunnelEnd?
        switch side {
        case .client:
            client = nil
            other = target
        case .target:
            guard target != nil else { return }
            target = nil
            other = client
        }
        if !isComplete {
            reason = reason ?? (side == .client ? .clientConnectionClosed : .targetConnectionClosed)
            other?.close()
        }
        if client == nil, target == nil { over() }
    }

    private func over() {
        whenConnected = nil
        timer?.cancel()
        timer = nil
        loop.metrics.tunnelClosed(by: passage)
        record(reason)
        loop.closed(self)
    }

    /// Ends both connections at once.
    private func end(_ reason: FailureReason) {
        self.reason = self.reason ?? reason
        target?.close()
        client?.close()
    }

    /// Nobody can be told; it may last as long as there is time.
    func drain() {}

    func close() { end(.clientConnectionClosed) }

    func targetsChanged() {
        guard !loop.snapshot.isRegistered(passage.target, with: passage.group.id) else { return }
        guard passage.group.type != .alb else {
            end(.targetConnectionClosed)
            return
        }
        times.targetLost(loop.eventLoop.now, drain: loop.environment.configuration.times.targetDrain)
        schedule()
    }

    // MARK: Time

    /// Traffic does not touch the timer, which looks at the time again when it fires.
    private func schedule() {
        timer?.cancel()
        timer = loop.eventLoop.assumeIsolated().scheduleTask(deadline: times.next) { [weak self] in self?.timerFired() }
    }

    private func timerFired() {
        if let reason = times.expired(at: loop.eventLoop.now) { end(reason) } else { schedule() }
    }
}

extension Error {
    fileprivate var isConnectTimeout: Bool {
        if case .connectTimeout? = self as? ChannelError { true } else { false }
    }
}
