import NIOCore
import NIOPosix
import TrellisModel
import TrellisRouting

@testable import TrellisDataPlane

/// A target on loopback: the test reads what arrives on each connection, byte by byte, and says what goes back.
final class TargetServer: Sendable {
    let port: Int
    private let channel: any Channel
    private let connections: AsyncStream<(channel: any Channel, bytes: AsyncStream<ByteBuffer>)>

    init(group: any EventLoopGroup) async throws {
        let (connections, accepted) = AsyncStream.makeStream(
            of: (channel: any Channel, bytes: AsyncStream<ByteBuffer>).self)
        self.connections = connections
        channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (bytes, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
                    try channel.pipeline.syncOperations.addHandlers([
                        Receiver(continuation), Announcer { accepted.yield(($0, bytes)) },
                    ])
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    /// The next connection that the data plane makes.
    func accept() async throws -> RawClient {
        for await (channel, bytes) in connections { return RawClient(channel, bytes) }
        throw CancellationError()
    }

    /// Refuses further connections.
    func close() async { try? await channel.close() }
}

/// Tells of a channel when it can be read from: to read before that has no effect.
private final class Announcer: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private let announce: @Sendable (any Channel) -> Void

    init(_ announce: @escaping @Sendable (any Channel) -> Void) {
        self.announce = announce
    }

    func channelActive(context: ChannelHandlerContext) {
        announce(context.channel)
        context.fireChannelActive()
    }
}

extension Site {
    /// The site with group 1 of type IP, and as its targets these ports of 127.0.0.1.
    static func forwarding(
        to ports: [Int] = [], type: TargetGroupType = .ip, version: TargetGroupProtocolVersion = .http1,
        protocol: TargetGroupProtocol = .http, checks: Bool = false, idleTimeout: Int = 60
    ) -> Site {
        var site = Site(idleTimeout: idleTimeout)
        site.apply(
            [
                .deleteTarget(id: functionARN("first"), targetGroup: id(1)),
                .putTargetGroup(networkGroup(type: type, version: version, protocol: `protocol`, checks: checks)),
            ] + ports.map { .putTarget(address(port: $0)) })
        return site
    }

    static func networkGroup(
        type: TargetGroupType = .ip, version: TargetGroupProtocolVersion = .http1,
        protocol: TargetGroupProtocol = .http, checks: Bool = false
    ) -> TargetGroupRecord {
        var group = group(1, type: type)
        var check = HealthCheck(defaultFor: `protocol`, version)
        check.isEnabled = checks
        // What answers in time does so on a busy machine too.
        check.timeoutSeconds = 60
        group.config = TargetGroupConfig(
            port: 80, protocol: `protocol`, protocolVersion: version, ipAddressType: .ipv4, vpc: vpc,
            healthCheck: check)
        return group
    }

    static func address(port: Int, id: String = "127.0.0.1", draining: Bool = false) -> TargetRecord {
        TargetRecord(
            id: id, port: port, targetGroup: Self.id(1), scope: scope, registeredAt: epoch, isDraining: draining)
    }
}
