import NIOCore
import NIOPosix
import Synchronization

/// A TCP client that sends exactly the bytes it is given, and reads only when it is asked to.
final class RawClient {
    private let channel: any Channel
    private var incoming: AsyncStream<ByteBuffer>.AsyncIterator
    private var received = ByteBuffer()
    private var isAtEnd = false

    struct Response: Equatable {
        var status: Int
        var head: String
        var body: String

        /// The value of the first line with this name, which is given in lower case.
        subscript(name: String) -> String? {
            for line in head.split(separator: "\r\n").dropFirst() {
                guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name else { continue }
                return String(line[line.index(after: colon)...].drop { $0 == " " })
            }
            return nil
        }
    }

    enum Problem: Error {
        case closed(after: String)
        case malformedResponse(String)
    }

    /// Whether nobody takes connections at a port any more.
    ///
    /// Asked until it is so: a process that is just being started, by another test, holds a copy of a socket that was
    /// closed here until its own program begins.
    static func isRefused(at port: Int, group: any EventLoopGroup) async -> Bool {
        for _ in 0..<1000 {
            guard let client = try? await connect(port: port, group: group) else { return true }
            await client.close()
            try? await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    /// - Parameter receiveBuffer: What the kernel takes while nobody reads, in bytes; its own choice if `nil`.
    static func connect(
        port: Int, group: any EventLoopGroup, receiveBuffer: Int? = nil
    ) async throws -> RawClient {
        let (stream, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        var bootstrap = ClientBootstrap(group: group)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.autoRead, value: false)
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: receiveBuffer)
        }
        let channel =
            try await bootstrap
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Receiver(continuation))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return RawClient(channel, stream)
    }

    init(_ channel: any Channel, _ stream: AsyncStream<ByteBuffer>) {
        self.channel = channel
        incoming = stream.makeAsyncIterator()
    }

    func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text))
    }

    func send(_ bytes: ByteBuffer) async throws {
        try await channel.writeAndFlush(bytes)
    }

    /// Sends as much as the server takes before it closes.
    func sendIgnoringErrors(_ bytes: ByteBuffer) async {
        try? await channel.writeAndFlush(bytes)
    }

    /// Begins to send, and tells later whether the kernel has taken everything.
    func sendLater(_ bytes: ByteBuffer) -> SentFlag {
        let flag = SentFlag()
        channel.writeAndFlush(bytes).whenSuccess { flag.set() }
        return flag
    }

    final class SentFlag: Sendable {
        private let stored = Mutex(false)

        var value: Bool { stored.withLock { $0 } }

        fileprivate func set() { stored.withLock { $0 = true } }
    }

    /// Reads this many bytes and keeps none.
    ///
    /// - Returns: Whether there were so many before the end.
    func skip(length: Int) async throws -> Bool {
        var left = length
        while true {
            left -= received.readableBytes
            received.clear()
            guard left > 0 else { return left == 0 }
            guard await readMore() else { return false }
        }
    }

    /// Closes the sending half only.
    func finishSending() async throws {
        try await channel.close(mode: .output)
    }

    /// The same behind everything that is still to be sent.
    ///
    /// When the server has closed its half, the channel would drop what waits, so this comes behind it.
    func finishSendingLater() {
        let channel = channel
        channel.writeAndFlush(ByteBuffer()).whenComplete { _ in channel.close(mode: .output, promise: nil) }
    }

    func close() async {
        try? await channel.close()
    }

    /// Reads one response, by `content-length`.
    ///
    /// - Parameter hasBody: `false` for the answer to HEAD.
    func response(hasBody: Bool = true) async throws -> Response {
        let head = try await text(through: "\r\n\r\n")
        let words = head.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1].prefix(3)) else {
            throw Problem.malformedResponse(head)
        }
        var response = Response(status: status, head: head, body: "")
        if hasBody, let length = response["content-length"].flatMap(Int.init) {
            response.body = try await text(length: length)
        }
        return response
    }

    /// Reads what the server sends until it closes its sending half.
    func rest() async -> String {
        while await readMore() {}
        defer { received.clear() }
        return String(buffer: received)
    }

    func text(through end: String) async throws -> String {
        while true {
            if let range = received.readableBytesView.firstRange(of: Array(end.utf8)) {
                return received.readString(length: range.upperBound - received.readerIndex) ?? ""
            }
            guard await readMore() else { throw Problem.closed(after: String(buffer: received)) }
        }
    }

    func text(length: Int) async throws -> String { String(buffer: try await bytes(length: length)) }

    func bytes(length: Int) async throws -> ByteBuffer {
        while received.readableBytes < length {
            guard await readMore() else { throw Problem.closed(after: String(buffer: received)) }
        }
        return received.readSlice(length: length) ?? ByteBuffer()
    }

    private func readMore() async -> Bool {
        channel.read()
        guard !isAtEnd, var bytes = await incoming.next() else {
            isAtEnd = true
            return false
        }
        received.writeBuffer(&bytes)
        return true
    }
}

/// Passes what arrives on to a stream, which ends when the server closes its sending half.
final class Receiver: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private let continuation: AsyncStream<ByteBuffer>.Continuation

    init(_ continuation: AsyncStream<ByteBuffer>.Continuation) {
        self.continuation = continuation
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        continuation.yield(unwrapInboundIn(data))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { continuation.finish() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        continuation.finish()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
