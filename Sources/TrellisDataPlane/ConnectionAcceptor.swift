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
                    try channel.pipeline.syncOperations.addServingHandlers(loop.value, binding)
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
    /// What serves a connection that has come in.
    func addServingHandlers(_ loop: LoopState, _ binding: ListenerBinding) throws {
        if binding.protocol == .http {
            try addConnectionHandlers(loop, binding)
        } else {
            try addHandler(TLSConnection(loop: loop, binding: binding))
        }
    }

    /// Socket → gate → HTTP decoder → connection.
    func addConnectionHandlers(_ loop: LoopState, _ binding: ListenerBinding, tls: TLSFacts? = nil) throws {
        let limits = loop.environment.configuration.limits
        let gate = RequestGate()
        try addHandlers([
            gate,
            ByteToMessageHandler.requests(limits),
            ConnectionHandler(loop: loop, binding: binding, gate: gate, tls: tls),
        ])
    }
}
