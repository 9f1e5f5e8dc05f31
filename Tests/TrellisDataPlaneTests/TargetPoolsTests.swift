import NIOCore
import NIOHTTP1
import NIOPosix
import Testing
import TrellisModel
import TrellisRouting

@testable import TrellisDataPlane

@Suite(.timeLimit(.minutes(2))) struct TargetPoolsTests {
    /// Like that of a health check whose time is over while it connects.
    @Test(arguments: [TargetEndpoint.Version.http1, .http2])
    func aConnectionThatComesTooLateIsClosed(version: TargetEndpoint.Version) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try await TargetServer(group: group)
        let endpoint = TargetEndpoint(
            address: wellFormed(IPAddress("127.0.0.1")), port: server.port, isSecure: false, version: version)
        let eventLoop = group.next()
        try await eventLoop.submit {
            let pools = TargetPools(eventLoop: eventLoop, configuration: .init())
            pools.close()
            let exchange = TargetExchange(
                TargetRequest(head: HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")), to: endpoint,
                by: pools, receiver: NobodyReceives())
            exchange.begin()
            exchange.cancel()
        }.get()
        let connection = try await server.accept()
        // Ends with the connection.
        _ = await connection.rest()
        await connection.close()
        await server.close()
    }
}

private final class NobodyReceives: TargetResponseReceiver {
    func targetInformed(_ head: HTTPResponseHead) {}
    func targetBegan(_ head: HTTPResponseHead) {}
    func targetSent(_ bytes: ByteBuffer) {}
    func targetEnded(_ trailers: HTTPHeaders?) {}
    func targetFailed(_ failure: TargetFailure) {}
    func targetPaused() {}
    func targetBlockingChanged() {}
}
