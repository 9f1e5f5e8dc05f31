import NIOCore
import NIOHTTP1
import NIOPosix
import TrellisModel
import TrellisRouting

/// Makes listening sockets and sets up the connections that come in.
struct ConnectionAcceptor: Sendable {
    let group: any EventLoopGroup
    let loops: [ObjectIdentifier: NIOLoopBoundBox<LoopState>]
    let inherited: InheritedSockets

    func bind(_ binding: ListenerBinding, to address: SocketAddress) -> EventLoopFuture<any Channel> {
        let loops = loops
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Without it, having no descriptor left means to try without a pause.
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        AcceptBackoffHandler(shouldForwardIOErrorCaught: false))
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            // What one read brings is what waits behind the gate.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let loop = loops[ObjectIdentifier(channel.eventLoop)] else { throw ForeignEventLoop() }
                    try channel.pipeline.syncOperations.addFirstHandlers(loop.value, binding)
                }
            }
        if let socket = inherited.take(address) { return bootstrap.withBoundSocket(socket) }
        return bootstrap.bind(to: address)
    }

    func drain(_ binding: ListenerBinding, limit: TimeAmount) {
        for state in loops.values {
            state.eventLoop.execute { state.value.drain(binding, limit: limit) }
        }
    }

    /// A connection was put on an event loop that is not of the group.
    private struct ForeignEventLoop: Error {}
}

extension ChannelPipeline.SynchronousOperations {
    /// What a connection that has come in begins with: the word of a trusted proxy, or what serves it.
    func addFirstHandlers(_ loop: LoopState, _ binding: ListenerBinding) throws {
        if let settings = loop.environment.configuration.proxyProtocol, settings.ports.contains(binding.port) {
            try addHandler(ProxyHeaderReader(loop: loop, binding: binding, settings: settings))
        } else {
            try addServingHandlers(loop, binding)
        }
    }

    /// What serves a connection.
    ///
    /// - Parameter peer: Whoever a proxy says the client is; `nil` for the other end of the connection.
    func addServingHandlers(_ loop: LoopState, _ binding: ListenerBinding, peer: Peer? = nil) throws {
        if binding.protocol == .http {
            try addConnectionHandlers(loop, binding, peer: peer)
        } else {
            try addHandler(TLSConnection(loop: loop, binding: binding, peer: peer))
        }
    }

    /// Socket → gate → HTTP decoder → connection.
    func addConnectionHandlers(
        _ loop: LoopState, _ binding: ListenerBinding, peer: Peer? = nil, tls: TLSFacts? = nil
    ) throws {
        let limits = loop.environment.configuration.limits
        let gate = RequestGate()
        try addHandlers([
            gate,
            ByteToMessageHandler.requests(limits),
            ConnectionHandler(loop: loop, binding: binding, gate: gate, peer: peer, tls: tls),
        ])
    }
}
