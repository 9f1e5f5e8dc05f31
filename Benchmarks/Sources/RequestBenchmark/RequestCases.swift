import BenchmarkCounting
import Logging
import NIOCore
import NIOEmbedded
import TrellisInvoke
import TrellisModel
import TrellisRouting

@testable import TrellisDataPlane

/// A whole request on one connection without a socket: decoded, routed, answered, encoded.
var requestCases: [BenchmarkCase] {
    [
        BenchmarkCase(name: "request-fixed-response", operations: 200) { try serving(rules: 0, status: 404) },
        BenchmarkCase(name: "request-100-rules", operations: 200) { try serving(rules: 100, status: 200) },
    ]
}

private func serving(rules: Int, status: Int) throws -> PreparedOperation {
    let connection = try EmbeddedConnection(Records.snapshot(Records.service(1, rules: rules)))
    let request = ByteBuffer(string: SampleRequest.text(tenant: max(0, rules - 1)))
    let start = Array("HTTP/1.1 \(status) ".utf8)
    return PreparedOperation {
        let answer = try connection.answer(to: request)
        guard answer.readableBytesView.starts(with: start) else { throw Unexpected() }
        return answer.readableBytes
    }
}

/// One kept connection on an event loop that no thread runs.
private final class EmbeddedConnection {
    private let channel: EmbeddedChannel

    init(_ snapshot: Snapshot) throws {
        let eventLoop = EmbeddedEventLoop()
        let random = CountingRandom()
        let clock = FixedClock()
        let environment = DataPlaneEnvironment(
            configuration: DataPlaneConfiguration(), invoker: NoFunctions(), callers: .none,
            certificates: ServerCertificates(authority: nil, clock: clock, random: random), clock: clock,
            logger: Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() })
        let state = LoopState(eventLoop: eventLoop, environment: environment, snapshot: snapshot, random: random)
        channel = EmbeddedChannel(loop: eventLoop)
        channel.remoteAddress = try SocketAddress(ipAddress: "127.0.0.1", port: 40_000)
        try channel.pipeline.syncOperations.addServingHandlers(
            state, ListenerBinding(port: 80, protocol: .http))
        channel.pipeline.fireChannelActive()
    }

    /// - Throws: ``Unexpected`` if there is no answer.
    func answer(to request: ByteBuffer) throws -> ByteBuffer {
        channel.pipeline.fireChannelRead(request)
        channel.pipeline.fireChannelReadComplete()
        channel.embeddedEventLoop.run()
        guard var answer = try channel.readOutbound(as: ByteBuffer.self) else { throw Unexpected() }
        while var more = try channel.readOutbound(as: ByteBuffer.self) { answer.writeBuffer(&more) }
        return answer
    }
}

private struct FixedClock: WallClock {
    func now() -> Timestamp { Records.time }
}

private struct CountingRandom: RandomSource {
    func next() -> UInt64 { 0x9E37_79B9_7F4A_7C15 }
}

private struct NoFunctions: FunctionInvoker {
    func invoke(_ invocation: Invocation, on eventLoop: any EventLoop) -> EventLoopFuture<InvocationOutcome> {
        eventLoop.makeFailedFuture(Unexpected())
    }
}
