import NIOCore
import NIOEmbedded
import NIOHPACK
import NIOHTTP1
import NIOHTTP2
import Testing
import TrellisInvoke
import TrellisModel
import TrellisRouting

@testable import TrellisDataPlane

/// An HTTP/2 connection inside TLS, without socket and TLS, on an event loop whose time the test holds.
private final class EmbeddedHTTP2 {
    let eventLoop = EmbeddedEventLoop()
    let channel: EmbeddedChannel
    let state: LoopState
    let invoker = PromisingInvoker()
    let log = AccessLog()
    private var unread = ByteBuffer()
    private var encoder = HPACKEncoder(allocator: ByteBufferAllocator())
    private var decoder = HPACKDecoder(allocator: ByteBufferAllocator())

    struct Frame: Equatable {
        var type: UInt8
        var flags: UInt8
        var stream: UInt32
        var payload: ByteBuffer
    }

    init(_ site: Site = Site(), _ configure: (inout DataPlaneConfiguration) -> Void = { _ in }) throws {
        var configuration = DataPlaneConfiguration()
        configure(&configuration)
        let log = log
        var site = site
        site.apply([
            .putListener(Site.listener(9, of: 1, port: 443, protocol: .https, action: Site.forward((1, 100))))
        ])
        let service = try #require(site.snapshot.service(serverName: "shop.localhost"))
        state = LoopState(
            eventLoop: eventLoop,
            environment: DataPlaneEnvironment(
                configuration: configuration, invoker: invoker, callers: .none,
                certificates: ServerCertificates(authority: nil, clock: FixedClock(), random: SeededRandom()),
                clock: FixedClock(), logger: .silent, onEntry: { log.record($0) }),
            snapshot: site.snapshot, random: SeededRandom())
        channel = EmbeddedChannel(loop: eventLoop)
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 40_000)
        channel.remoteAddress = address
        try channel.connect(to: address).wait()
        try channel.pipeline.syncOperations.addHTTP2Handlers(
            state, ListenerBinding(port: 443, protocol: .https), Peer(address, sourceVPCs: nil),
            TLSFacts(serverName: "shop.localhost", service: service.id, version: "TLSv1.3", cipher: nil), service)
        var preface = ByteBuffer(string: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        preface.writeBytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
        send(preface)
        _ = frames()
    }

    deinit {
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    func send(_ bytes: ByteBuffer) {
        channel.pipeline.fireChannelRead(bytes)
        channel.pipeline.fireChannelReadComplete()
        eventLoop.run()
    }

    func send(type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) {
        var frame = ByteBuffer(bytes: [0])
        frame.writeInteger(UInt16(payload.count))
        frame.writeBytes([type, flags])
        frame.writeInteger(stream)
        frame.writeBytes(payload)
        send(frame)
    }

    /// Sends the head of a request, and with it the whole request if it `ends`.
    func request(
        _ stream: UInt32, ends: Bool = true, host: String = "shop.localhost", _ more: [(String, String)] = []
    ) throws {
        var headers = HPACKHeaders([
            (":method", ends ? "GET" : "POST"), (":scheme", "https"), (":authority", host), (":path", "/a?b=c"),
        ])
        for (name, value) in more { headers.add(name: name, value: value) }
        var block = ByteBuffer()
        try encoder.encode(headers: headers, to: &block)
        send(type: 1, flags: ends ? 5 : 4, stream: stream, Array(block.readableBytesView))
    }

    /// What was written since the last call, without acknowledgements of settings and window updates.
    func frames() -> [Frame] {
        while var bytes = try? channel.readOutbound(as: ByteBuffer.self) { unread.writeBuffer(&bytes) }
        var frames: [Frame] = []
        while let length = unread.readInteger(as: UInt16.self), let rest = unread.readInteger(as: UInt8.self),
            let type = unread.readInteger(as: UInt8.self), let flags = unread.readInteger(as: UInt8.self),
            let stream = unread.readInteger(as: UInt32.self),
            let payload = unread.readSlice(length: Int(length) << 8 | Int(rest))
        {
            if type != 4, type != 8 { frames.append(Frame(type: type, flags: flags, stream: stream, payload: payload)) }
        }
        return frames
    }

    func headers(_ frame: Frame) throws -> HPACKHeaders {
        var block = frame.payload
        return try decoder.decodeHeaders(from: &block)
    }

    var isClosed: Bool { !channel.isActive }
}

extension EmbeddedHTTP2.Frame {
    /// The last stream and the code of a GOAWAY.
    fileprivate var goodbye: [UInt32]? {
        guard type == 7, let stream = payload.getInteger(at: payload.readerIndex, as: UInt32.self),
            let code = payload.getInteger(at: payload.readerIndex + 4, as: UInt32.self)
        else { return nil }
        return [stream, code]
    }
}

@Suite struct HTTP2ConnectionTests {
    @Test func aRequestAndItsRecord() async throws {
        let connection = try EmbeddedHTTP2()
        try connection.request(1, [("cookie", "a=1"), ("cookie", "b=2"), ("user-agent", "test")])
        let event = try #require(connection.invoker.invocations.first).payload
        let text = String(buffer: event)
        #expect(text.contains(#""x-forwarded-proto":["https"]"#))
        #expect(text.contains(#""x-forwarded-port":["443"]"#))
        #expect(text.contains(#""cookie":["a=1; b=2"]"#))
        connection.invoker.answer(
            0, .json(#"{"statusCode":201,"headers":{"X-Upper":"1","Connection":"close"},"body":"hello"}"#))
        connection.eventLoop.run()
        let frames = connection.frames()
        #expect(frames.map(\.type) == [1, 0])
        #expect(frames.map(\.stream) == [1, 1])
        // Only the last one ends the stream.
        #expect(frames.map { $0.flags & 1 } == [0, 1])
        let headers = try connection.headers(frames[0])
        #expect(headers[":status"] == ["201"])
        #expect(headers["x-upper"] == ["1"])
        #expect(headers["connection"] == [])
        #expect(headers["content-length"] == ["5"])
        #expect(headers["date"].count == 1)
        #expect(String(buffer: frames[1].payload) == "hello")
        let entry = try await connection.log.next()
        #expect(entry.protocol == "HTTP/2")
        #expect(entry.responseCode == 201)
        #expect(entry.failureReason == nil)
        #expect(!connection.isClosed)
    }

    @Test func theHostOfAnotherServiceIsMisdirected() throws {
        var site = Site()
        site.apply([
            .putService(Site.service(2, name: "other")),
            .putServiceAssociation(Site.serviceAssociation(2, network: 1, service: 2)),
            .putListener(
                Site.listener(8, of: 2, port: 443, protocol: .https, action: .fixedResponse(statusCode: 404))),
        ])
        let connection = try EmbeddedHTTP2(site)
        try connection.request(1, host: "other.localhost:8443")
        #expect(try connection.headers(try #require(connection.frames().first))[":status"] == ["421"])
        #expect(connection.invoker.invocations.isEmpty)
    }

    @Test func anAnswerBeforeTheEndOfTheRequestStopsTheClient() throws {
        let connection = try EmbeddedHTTP2 { $0.limits.bodyBytes = 10 }
        try connection.request(1, ends: false)
        connection.send(type: 0, stream: 1, [UInt8](repeating: 0x61, count: 11))
        let frames = connection.frames()
        #expect(frames.map(\.type) == [1, 0, 3])
        #expect(try connection.headers(frames[0])[":status"] == ["413"])
        // NO_ERROR: the answer counts.
        #expect(Array(frames[2].payload.readableBytesView) == [0, 0, 0, 0])
        try connection.request(3)
        #expect(connection.invoker.invocations.count == 1)
    }

    @Test func aResetStreamIsRecordedAndItsAnswerIsNotWanted() async throws {
        let connection = try EmbeddedHTTP2()
        try connection.request(1)
        connection.send(type: 3, stream: 1, [0, 0, 0, 8])
        let entry = try await connection.log.next()
        #expect(entry.failureReason == .clientConnectionClosed)
        #expect(entry.responseCode == 0)
        connection.invoker.answer(0)
        connection.eventLoop.run()
        #expect(connection.frames() == [])
        #expect(!connection.isClosed)
    }

    @Test func streamsAreBoundedOverAllConnections() throws {
        let connection = try EmbeddedHTTP2 { $0.limits.streams = 1 }
        try connection.request(1)
        try connection.request(3)
        let refused = connection.frames()
        #expect(refused.map(\.stream) == [3])
        #expect(refused.map(\.type) == [3])
        // REFUSED_STREAM: nothing was done, so it may be tried again.
        #expect(refused.first.map { Array($0.payload.readableBytesView) } == [0, 0, 0, 7])
        connection.invoker.answer(0)
        connection.eventLoop.run()
        #expect(connection.frames().map(\.stream) == [1, 1])
        try connection.request(5)
        #expect(connection.invoker.invocations.count == 2)
    }

    @Test func aFunctionThatIsTooSlow() throws {
        let connection = try EmbeddedHTTP2(Site(idleTimeout: 60))
        try connection.request(1)
        connection.eventLoop.advanceTime(by: .seconds(60))
        let frames = connection.frames()
        #expect(try connection.headers(try #require(frames.first))[":status"] == ["504"])
        #expect(!connection.isClosed)
    }

    @Test func aBodyThatDoesNotComeEndsItsStream() throws {
        let connection = try EmbeddedHTTP2(Site(idleTimeout: 60))
        try connection.request(1, ends: false)
        connection.eventLoop.advanceTime(by: .seconds(61))
        #expect(connection.frames().map(\.type) == [3])
        #expect(!connection.isClosed)
    }

    @Test func aBodyThatComesTooSlowlyEndsItsStream() throws {
        let connection = try EmbeddedHTTP2(Site(idleTimeout: 60))
        try connection.request(1, ends: false)
        for _ in 1...6 {
            connection.eventLoop.advanceTime(by: .seconds(9))
            connection.send(type: 0, stream: 1, [0x61])
        }
        #expect(connection.frames().isEmpty)
        connection.eventLoop.advanceTime(by: .seconds(7))
        #expect(connection.frames().map(\.type) == [3])
        #expect(!connection.isClosed)
    }

    @Test func theIdleTimeoutSaysGoodbye() throws {
        let connection = try EmbeddedHTTP2(Site(idleTimeout: 60))
        connection.eventLoop.advanceTime(by: .seconds(59))
        try connection.request(1)
        connection.invoker.answer(0)
        connection.eventLoop.run()
        _ = connection.frames()
        connection.eventLoop.advanceTime(by: .seconds(59))
        #expect(!connection.isClosed)
        connection.eventLoop.advanceTime(by: .seconds(1))
        #expect(connection.frames().compactMap(\.goodbye) == [[1, 0]])
        #expect(connection.isClosed)
    }

    @Test func theEndOfLifeLetsStreamsFinish() throws {
        let connection = try EmbeddedHTTP2(Site(idleTimeout: 600))
        connection.eventLoop.advanceTime(by: .seconds(599))
        try connection.request(1)
        connection.eventLoop.advanceTime(by: .seconds(1))
        let announced = connection.frames()
        #expect(announced.compactMap(\.goodbye) == [[1, 0]])
        // One that was on its way has not been begun, and the client knows that from the number.
        try connection.request(3)
        #expect(connection.invoker.invocations.count == 1)
        #expect(!connection.isClosed)
        connection.invoker.answer(0)
        connection.eventLoop.run()
        #expect(connection.frames().filter { $0.type < 2 }.map(\.stream) == [1, 1])
        #expect(connection.isClosed)
    }

    /// A connection that the client has closed must not stay until it has been idle for long.
    @Test(arguments: [false, true]) func aClientThatSendsNoMore(isWaiting: Bool) throws {
        let connection = try EmbeddedHTTP2()
        if isWaiting { try connection.request(1) }
        connection.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        connection.eventLoop.run()
        #expect(connection.isClosed == !isWaiting)
        guard isWaiting else { return }
        connection.invoker.answer(0)
        connection.eventLoop.run()
        #expect(connection.frames().filter { $0.type < 2 }.map(\.stream) == [1, 1])
        #expect(connection.isClosed)
    }

    @Test func drainingEndsAnIdleConnection() throws {
        let connection = try EmbeddedHTTP2()
        let stopped = connection.state.stop(limit: .hours(1))
        connection.eventLoop.run()
        #expect(connection.frames().compactMap(\.goodbye) == [[0, 0]])
        #expect(connection.isClosed)
        try stopped.wait()
    }

    @Test func theDrainLimitEndsStreams() throws {
        let connection = try EmbeddedHTTP2()
        try connection.request(1)
        let stopped = connection.state.stop(limit: .seconds(30))
        connection.eventLoop.advanceTime(by: .seconds(29))
        #expect(!connection.isClosed)
        connection.eventLoop.advanceTime(by: .seconds(1))
        #expect(connection.isClosed)
        try stopped.wait()
    }
}
