import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOPosix
import TrellisModel
import TrellisRouting

@testable import TrellisDataPlane

/// The target's side of an HTTP/2 connection: reads the frames that the data plane sends, and sends what a test wants.
final class HTTP2Target {
    typealias Frame = RawHTTP2Client.Frame

    private let connection: RawClient
    private var decoder = HPACKDecoder(allocator: ByteBufferAllocator())
    private var encoder = HPACKEncoder(allocator: ByteBufferAllocator())

    /// Reads the preface and exchanges settings.
    ///
    /// - Parameter settings: Values by identifier, as in RFC 9113, section 6.5.2.
    init(_ connection: RawClient, settings: [UInt16: UInt32] = [:]) async throws {
        self.connection = connection
        guard try await connection.text(length: 24) == "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" else {
            throw Problem.unexpected("the preface")
        }
        var payload = ByteBuffer()
        for (identifier, value) in settings { payload.writeMultipleIntegers(identifier, value) }
        try await send(type: 4, Array(payload.readableBytesView))
        try await send(type: 4, flags: Frame.acknowledgement)
    }

    enum Problem: Error {
        case unexpected(String)
    }

    // MARK: What comes

    /// The next frame but SETTINGS and WINDOW_UPDATE.
    func frame() async throws -> Frame {
        while true {
            let frame = try await anyFrame()
            if frame.type != 4, frame.type != 8 { return frame }
        }
    }

    func anyFrame() async throws -> Frame {
        var head = try await connection.bytes(length: 9)
        guard let length = head.readInteger(as: UInt16.self), let rest = head.readInteger(as: UInt8.self),
            let type = head.readInteger(as: UInt8.self), let flags = head.readInteger(as: UInt8.self),
            let stream = head.readInteger(as: UInt32.self)
        else { throw Problem.unexpected("a frame without head") }
        let payload = try await connection.bytes(length: Int(length) << 8 | Int(rest))
        return Frame(type: type, flags: flags, stream: stream, payload: Array(payload.readableBytesView))
    }

    /// The fields of the next frame, which must be HEADERS.
    func headers() async throws -> (stream: UInt32, fields: HPACKHeaders, isEnd: Bool) {
        let frame = try await frame()
        guard frame.type == 1 else { throw Problem.unexpected("\(frame)") }
        var block = ByteBuffer(bytes: frame.payload)
        return (
            frame.stream, try decoder.decodeHeaders(from: &block), frame.flags & Frame.endStream != 0
        )
    }

    /// Reads frames until the connection ends.
    func waitForEnd() async {
        while (try? await anyFrame()) != nil {}
    }

    func close() async { await connection.close() }

    // MARK: What goes

    func send(type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) async throws {
        try await connection.send(Frame(type: type, flags: flags, stream: stream, payload: payload).bytes)
    }

    func sendHeaders(_ stream: UInt32, _ fields: [(String, String)], isEnd: Bool = false) async throws {
        var block = ByteBuffer()
        try encoder.encode(headers: HPACKHeaders(fields), to: &block)
        try await send(
            type: 1, flags: Frame.endHeaders | (isEnd ? Frame.endStream : 0), stream: stream,
            Array(block.readableBytesView))
    }

    func sendData(_ stream: UInt32, _ bytes: [UInt8], isEnd: Bool = false) async throws {
        try await send(type: 0, flags: isEnd ? Frame.endStream : 0, stream: stream, bytes)
    }

    func reset(_ stream: UInt32, code: UInt32) async throws {
        try await send(type: 3, stream: stream, Self.bytes(code))
    }

    func sendGoodbye(lastStream: UInt32) async throws {
        try await send(type: 7, Self.bytes(lastStream) + Self.bytes(0))
    }

    func widen(_ stream: UInt32, by amount: UInt32) async throws {
        try await send(type: 8, stream: stream, Self.bytes(amount))
    }

    private static func bytes(_ number: UInt32) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}

/// Exchanges with a target by the pools of one event loop, without a client's connection.
final class Upstream: Sendable {
    private let eventLoop: any EventLoop
    private let pools: NIOLoopBoundBox<TargetPools>
    private let endpoint: TargetEndpoint

    init(port: Int, version: TargetEndpoint.Version, on eventLoop: any EventLoop) async throws {
        self.eventLoop = eventLoop
        pools = try await eventLoop.submit {
            NIOLoopBoundBox(TargetPools(eventLoop: eventLoop, configuration: .init()), eventLoop: eventLoop)
        }.get()
        endpoint = TargetEndpoint(
            address: wellFormed(IPAddress("127.0.0.1")), port: port, isSecure: false, version: version)
    }

    /// Begins an exchange, which sends its head, and with it the whole request if it `ends`.
    func begin(
        _ method: HTTPMethod = .GET, _ headers: HTTPHeaders = [:], uri: String = "/a", ends: Bool = true
    ) async throws -> Call {
        try await eventLoop.submit { [self] in
            let receiver = ExchangeReceiver()
            var headers = headers
            headers.replaceOrAdd(name: "Host", value: "shop.localhost")
            let exchange = TargetExchange(
                TargetRequest(head: HTTPRequestHead(version: .http1_1, method: method, uri: uri, headers: headers)),
                to: endpoint, by: pools.value, receiver: receiver)
            exchange.begin()
            if ends {
                exchange.finish(nil)
                exchange.flush()
            }
            return Call(NIOLoopBound((exchange, receiver), eventLoop: eventLoop), receiver.events)
        }.get()
    }

    func close() async throws {
        try await eventLoop.submit { self.pools.value.close() }.get()
    }

    /// One exchange.
    final class Call: Sendable {
        private let parts: NIOLoopBound<(TargetExchange, ExchangeReceiver)>
        private let events: AsyncStream<ExchangeEvent>

        fileprivate init(
            _ parts: NIOLoopBound<(TargetExchange, ExchangeReceiver)>, _ events: AsyncStream<ExchangeEvent>
        ) {
            self.parts = parts
            self.events = events
        }

        func onLoop<Result: Sendable>(_ body: @escaping @Sendable (TargetExchange) -> Result) async throws -> Result {
            let parts = parts
            return try await parts.eventLoop.submit { body(parts.value.0) }.get()
        }

        func send(_ text: String) async throws {
            try await onLoop {
                $0.send(ByteBuffer(string: text))
                $0.flush()
            }
        }

        func finish(_ trailers: HTTPHeaders? = nil) async throws {
            try await onLoop {
                $0.finish(trailers)
                $0.flush()
            }
        }

        /// The next thing that the target did.
        func next() async throws -> ExchangeEvent {
            for await event in events { return event }
            throw CancellationError()
        }

        /// What the target sends until so many bytes have come.
        func skip(length: Int) async throws {
            var left = length
            while left > 0 {
                guard case .sent(let text) = try await next() else { throw HTTP2Target.Problem.unexpected("an end") }
                left -= text.utf8.count
            }
        }
    }
}

enum ExchangeEvent: Equatable {
    case informed(status: UInt)
    case began(status: UInt, headers: [String])
    case sent(String)
    case ended(trailers: [String]?)
    case failed(TargetFailure)
}

private final class ExchangeReceiver: TargetResponseReceiver {
    let events: AsyncStream<ExchangeEvent>
    private let continuation: AsyncStream<ExchangeEvent>.Continuation

    init() {
        (events, continuation) = AsyncStream.makeStream()
    }

    func targetInformed(_ head: HTTPResponseHead) { continuation.yield(.informed(status: head.status.code)) }

    func targetBegan(_ head: HTTPResponseHead) {
        continuation.yield(.began(status: head.status.code, headers: head.headers.lines))
    }

    func targetSent(_ bytes: ByteBuffer) { continuation.yield(.sent(String(buffer: bytes))) }

    func targetEnded(_ trailers: HTTPHeaders?) { continuation.yield(.ended(trailers: trailers?.lines)) }

    func targetFailed(_ failure: TargetFailure) { continuation.yield(.failed(failure)) }

    func targetPaused() {}

    func targetBlockingChanged() {}
}

extension HTTPHeaders {
    fileprivate var lines: [String] { map { "\($0.name): \($0.value)" } }
}
