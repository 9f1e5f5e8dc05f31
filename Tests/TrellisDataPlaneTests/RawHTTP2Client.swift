import NIOCore
import NIOHPACK
import NIOPosix
import NIOSSL
import NIOTLS

/// An HTTP/2 client over TLS that sends exactly the bytes it is given, after its preface and settings.
///
/// - Source: RFC 9113, section 4.1.
final class RawHTTP2Client {
    struct Frame: Equatable {
        var type: UInt8
        var flags: UInt8
        var stream: UInt32
        var payload: [UInt8]

        static let endStream: UInt8 = 1
        static let acknowledgement: UInt8 = 1
        static let endHeaders: UInt8 = 4

        var bytes: ByteBuffer {
            var bytes = ByteBuffer()
            bytes.writeInteger(UInt8(truncatingIfNeeded: payload.count >> 16))
            bytes.writeInteger(UInt16(truncatingIfNeeded: payload.count))
            bytes.writeBytes([type, flags])
            bytes.writeInteger(stream)
            bytes.writeBytes(payload)
            return bytes
        }
    }

    private let channel: any Channel
    private var incoming: AsyncStream<ByteBuffer>.AsyncIterator
    private var received = ByteBuffer()
    private var decoder = HPACKDecoder(allocator: ByteBufferAllocator())

    static func connect(port: Int, serverName: String, group: any EventLoopGroup) async throws -> RawHTTP2Client {
        var configuration = TLSConfiguration.makeClientConfiguration()
        // What is served has the time of the tests, not that of the library.
        configuration.certificateVerification = .none
        configuration.applicationProtocols = ["h2"]
        let tls = try NIOSSLContext(configuration: configuration)
        let (stream, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        let channel = try await ClientBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        NIOSSLClientHandler(context: tls, serverHostname: serverName), FrameReceiver(continuation),
                    ])
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        let client = RawHTTP2Client(channel, stream)
        // A server that says nothing more fails the case, not the suite.
        channel.eventLoop.scheduleTask(in: .seconds(20)) { channel.close(promise: nil) }
        var preface = ByteBuffer(string: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        preface.writeImmutableBuffer(Frame(type: 4, flags: 0, stream: 0, payload: []).bytes)
        try await client.send(preface)
        // The server's limits hold from when the client has acknowledged them.
        while let frame = await client.frame() {
            guard frame.type == 4, frame.flags & Frame.acknowledgement == 0 else { continue }
            try await client.send(Frame(type: 4, flags: Frame.acknowledgement, stream: 0, payload: []).bytes)
            break
        }
        return client
    }

    private init(_ channel: any Channel, _ stream: AsyncStream<ByteBuffer>) {
        self.channel = channel
        incoming = stream.makeAsyncIterator()
    }

    func send(_ bytes: ByteBuffer) async throws {
        try await channel.writeAndFlush(bytes)
    }

    /// Sends as much as the server takes before it closes.
    func sendIgnoringErrors(_ bytes: ByteBuffer) async {
        try? await channel.writeAndFlush(bytes)
    }

    func close() async {
        try? await channel.close()
    }

    /// The next frame; `nil` at the end of the connection.
    func frame() async -> Frame? {
        while true {
            if let frame = takeFrame() { return frame }
            guard var bytes = await incoming.next() else { return nil }
            received.writeBuffer(&bytes)
        }
    }

    func headers(_ frame: Frame) throws -> HPACKHeaders {
        var block = ByteBuffer(bytes: frame.payload)
        return try decoder.decodeHeaders(from: &block)
    }

    private func takeFrame() -> Frame? {
        var bytes = received
        guard let length = bytes.readInteger(as: UInt16.self), let rest = bytes.readInteger(as: UInt8.self),
            let type = bytes.readInteger(as: UInt8.self), let flags = bytes.readInteger(as: UInt8.self),
            let stream = bytes.readInteger(as: UInt32.self),
            let payload = bytes.readBytes(length: Int(length) << 8 | Int(rest))
        else { return nil }
        received = bytes
        return Frame(type: type, flags: flags, stream: stream, payload: payload)
    }
}

/// Passes what arrives inside TLS on to a stream, which ends with the connection.
private final class FrameReceiver: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private let continuation: AsyncStream<ByteBuffer>.Continuation

    init(_ continuation: AsyncStream<ByteBuffer>.Continuation) {
        self.continuation = continuation
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        continuation.yield(unwrapInboundIn(data))
    }

    func channelInactive(context: ChannelHandlerContext) {
        continuation.finish()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
