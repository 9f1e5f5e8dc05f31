import NIOCore
import NIOEmbedded
import NIOHPACK
import NIOHTTP1
import NIOPosix
import NIOTLS
import Testing
import TrellisModel
import TrellisRouting

@testable import TrellisDataPlane

/// Exchanges with targets by HTTP/2, frame by frame.
@Suite(.timeLimit(.minutes(2))) struct HTTP2TargetTests {
    /// Codes of RFC 9113, section 7.
    private static let protocolError: UInt32 = 1
    private static let internalError: UInt32 = 2
    private static let refusedStream: UInt32 = 7
    private static let cancel: UInt8 = 8

    private func withUpstream(_ body: (Upstream, TargetServer) async throws -> Void) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try await TargetServer(group: group)
        let upstream = try await Upstream(port: server.port, version: .http2, on: group.next())
        try await body(upstream, server)
        try await upstream.close()
        await server.close()
    }

    // MARK: Streams

    @Test func exchangesShareAConnection() async throws {
        try await withUpstream { upstream, server in
            let first = try await upstream.begin(.GET, ["X-One": "1", "Cookie": "a=b"], uri: "/a?b=c")
            let target = try await HTTP2Target(try await server.accept())
            let (stream, fields, isEnd) = try await target.headers()
            #expect((stream, isEnd) == (1, true))
            #expect(
                fields.map { "\($0.name): \($0.value)" } == [
                    ":method: GET", ":scheme: http", ":authority: shop.localhost", ":path: /a?b=c", "x-one: 1",
                    "cookie: a=b",
                ])
            let second = try await upstream.begin()
            #expect(try await target.headers().stream == 3)
            // The answers come in any order.
            try await target.sendHeaders(3, [(":status", "404"), ("x-two", "2")], isEnd: true)
            #expect(try await second.next() == .began(status: 404, headers: ["x-two: 2"]))
            #expect(try await second.next() == .ended(trailers: nil))
            try await target.sendHeaders(1, [(":status", "103")])
            try await target.sendHeaders(1, [(":status", "200")])
            try await target.sendData(1, Array("hello".utf8), isEnd: true)
            #expect(try await first.next() == .informed(status: 103))
            #expect(try await first.next() == .began(status: 200, headers: []))
            #expect(try await first.next() == .sent("hello"))
            #expect(try await first.next() == .ended(trailers: nil))
            await target.close()
        }
    }

    @Test func bodiesAndTrailersBothWays() async throws {
        try await withUpstream { upstream, server in
            let call = try await upstream.begin(.POST, ["Transfer-Encoding": "chunked"], ends: false)
            try await call.send("question")
            let target = try await HTTP2Target(try await server.accept())
            let (_, fields, isEnd) = try await target.headers()
            #expect(!isEnd)
            #expect(!fields.contains(name: "transfer-encoding"))
            #expect(
                try await target.frame()
                    == HTTP2Target.Frame(type: 0, flags: 0, stream: 1, payload: Array("question".utf8)))
            try await call.finish(["X-Sum": "42"])
            let trailers = try await target.headers()
            #expect(trailers.isEnd)
            #expect(trailers.fields == ["x-sum": "42"])
            try await target.sendHeaders(1, [(":status", "200")])
            try await target.sendData(1, Array("answer".utf8))
            try await target.sendHeaders(1, [("grpc-status", "0")], isEnd: true)
            #expect(try await call.next() == .began(status: 200, headers: []))
            #expect(try await call.next() == .sent("answer"))
            #expect(try await call.next() == .ended(trailers: ["grpc-status: 0"]))
            await target.close()
        }
    }

    /// What a target allows at once is kept; what is beyond that gets another connection.
    @Test func streamsAreLimitedByTheTarget() async throws {
        try await withUpstream { upstream, server in
            let first = try await upstream.begin()
            let target = try await HTTP2Target(try await server.accept(), settings: [3: 1])
            _ = try await target.headers()
            try await target.sendHeaders(1, [(":status", "200")])
            _ = try await first.next()
            _ = try await upstream.begin()
            let other = try await HTTP2Target(try await server.accept())
            #expect(try await other.headers().stream == 1)
            await target.close()
            await other.close()
        }
    }

    // MARK: Ends

    @Test(arguments: [
        (Self.internalError, false, TargetFailure.connectionClosed),
        (Self.refusedStream, true, .connectionClosed),
        (Self.protocolError, false, .protocolError("")),
    ])
    func aTargetResets(code: UInt32, hasBegun: Bool, expected: TargetFailure) async throws {
        try await withUpstream { upstream, server in
            let call = try await upstream.begin()
            let target = try await HTTP2Target(try await server.accept())
            _ = try await target.headers()
            if hasBegun {
                try await target.sendHeaders(1, [(":status", "200")])
                #expect(try await call.next() == .began(status: 200, headers: []))
            }
            try await target.reset(1, code: code)
            switch (try await call.next(), expected) {
            case (.failed(.protocolError), .protocolError): break
            case (.failed(.refused), _): #expect(hasBegun)
            case (let event, _): #expect(event == .failed(expected))
            }
            // The connection is none the worse for it.
            _ = try await upstream.begin()
            #expect(try await target.headers().stream == 3)
            await target.close()
        }
    }

    /// A target that has not begun with a request may be asked again, by another connection, once.
    @Test func whatIsRefusedIsRepeatedOnce() async throws {
        try await withUpstream { upstream, server in
            let call = try await upstream.begin(.POST)
            let target = try await HTTP2Target(try await server.accept())
            _ = try await target.headers()
            try await target.reset(1, code: Self.refusedStream)
            let other = try await HTTP2Target(try await server.accept())
            #expect(try await other.headers().stream == 1)
            try await other.reset(1, code: Self.refusedStream)
            #expect(try await call.next() == .failed(.refused))
            await target.close()
            await other.close()
        }
    }

    @Test func nobodyWantsTheAnswer() async throws {
        try await withUpstream { upstream, server in
            let call = try await upstream.begin(.POST, ends: false)
            try await call.send("half")
            let target = try await HTTP2Target(try await server.accept())
            _ = try await target.headers()
            _ = try await target.frame()
            try await call.onLoop { $0.cancel() }
            #expect(
                try await target.frame()
                    == HTTP2Target.Frame(type: 3, flags: 0, stream: 1, payload: [0, 0, 0, Self.cancel]))
            await target.close()
        }
    }

    /// GOAWAY: what the target names is answered, what it does not is asked again elsewhere, and nothing new begins.
    @Test func aTargetSaysGoodbye() async throws {
        try await withUpstream { upstream, server in
            let first = try await upstream.begin()
            let target = try await HTTP2Target(try await server.accept())
            _ = try await target.headers()
            let second = try await upstream.begin()
            _ = try await target.headers()
            try await target.sendGoodbye(lastStream: 1)
            let other = try await HTTP2Target(try await server.accept())
            _ = try await other.headers()
            try await other.sendHeaders(1, [(":status", "201")], isEnd: true)
            #expect(try await second.next() == .began(status: 201, headers: []))
            try await target.sendHeaders(1, [(":status", "200")], isEnd: true)
            #expect(try await first.next() == .began(status: 200, headers: []))
            await target.waitForEnd()
            await target.close()
            await other.close()
        }
    }

    @Test func theConnectionEnds() async throws {
        try await withUpstream { upstream, server in
            let calls = [
                try await upstream.begin(.POST, ends: false), try await upstream.begin(.POST, ends: false),
            ]
            for call in calls { try await call.send("half") }
            let target = try await HTTP2Target(try await server.accept())
            for _ in 0..<4 { _ = try await target.frame() }
            await target.close()
            for call in calls { #expect(try await call.next() == .failed(.connectionClosed)) }
        }
    }

    // MARK: Nonsense

    @Test(
        arguments: [
            [(":status", "20")], [(":status", "2000")], [("x-one", "1")], [(":status", "099")],
        ] as [[(String, String)]])
    func aHeadThatIsNone(fields: [(String, String)]) async throws {
        try await withUpstream { upstream, server in
            let call = try await upstream.begin()
            let target = try await HTTP2Target(try await server.accept())
            _ = try await target.headers()
            try await target.sendHeaders(1, fields, isEnd: true)
            guard case .failed(.protocolError) = try await call.next() else {
                Issue.record("it counts as a response")
                return
            }
            await target.close()
        }
    }

    @Test(arguments: ["HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "\0\0\0\0\0\0\0\0\0\0\0\0"])
    func aTargetThatSpeaksSomethingElse(answer: String) async throws {
        try await withUpstream { upstream, server in
            let call = try await upstream.begin()
            let connection = try await server.accept()
            await connection.sendIgnoringErrors(ByteBuffer(string: answer))
            guard case .failed(.protocolError) = try await call.next() else {
                Issue.record("it counts as HTTP/2")
                return
            }
            await connection.close()
        }
    }

    // MARK: Flow control

    @Test func aTargetThatTakesLittle() async throws {
        try await withUpstream { upstream, server in
            // A stream that is opened before the target's settings are there would have the usual window.
            let first = try await upstream.begin()
            let target = try await HTTP2Target(try await server.accept(), settings: [4: 1000])
            _ = try await target.headers()
            try await target.sendHeaders(1, [(":status", "200")], isEnd: true)
            _ = try await first.next()

            let call = try await upstream.begin(.POST, ends: false)
            try await call.send(String(repeating: "x", count: 200_000))
            _ = try await target.headers()
            #expect(try await target.frame().payload.count == 1000)
            #expect(try await call.onLoop { $0.isBlocked })
            try await target.widen(3, by: 500)
            #expect(try await target.frame().payload.count == 500)
            try await target.widen(3, by: 200_000)
            try await target.widen(0, by: 200_000)
            var rest = 200_000 - 1500
            while rest > 0 { rest -= try await target.frame().payload.count }
            #expect(rest == 0)
            while try await call.onLoop({ $0.isBlocked }) { await Task.yield() }
            await target.close()
        }
    }

    @Test func aReaderThatTakesLittle() async throws {
        try await withUpstream { upstream, server in
            let call = try await upstream.begin()
            let target = try await HTTP2Target(try await server.accept())
            _ = try await target.headers()
            try await target.sendHeaders(1, [(":status", "200")])
            _ = try await call.next()
            try await call.onLoop { $0.setReading(false) }
            // As much as it may without being told to go on.
            let window = DataPlaneLimits().streamWindowBytes
            for _ in 0..<window / 16_384 { try await target.sendData(1, [UInt8](repeating: 0x61, count: 16_384)) }
            // The answer to a PING comes behind everything that was said before.
            try await target.send(type: 6, [UInt8](repeating: 1, count: 8))
            var frame = try await target.anyFrame()
            while frame.type != 6 {
                #expect(!(frame.type == 8 && frame.stream == 1), "nobody reads, and more is asked for")
                frame = try await target.anyFrame()
            }
            try await call.onLoop { $0.setReading(true) }
            try await call.skip(length: window / 16_384 * 16_384)
            frame = try await target.anyFrame()
            while frame.type != 8 || frame.stream != 1 { frame = try await target.anyFrame() }
            await target.close()
        }
    }
}

/// The way to a target.
@Suite struct TargetHandshakeTests {
    private final class Outcomes {
        var all: [Result<Void, TargetFailure>] = []

        var isSuccess: Bool? {
            guard all.count <= 1 else { return nil }
            return all.first.map { if case .success = $0 { true } else { false } }
        }

        var failure: TargetFailure? { if case .failure(let failure)? = all.last { failure } else { nil } }
    }

    private func handshake(
        _ version: TargetEndpoint.Version = .http1, isSecure: Bool = true
    ) throws -> (EmbeddedChannel, Outcomes) {
        let outcomes = Outcomes()
        let endpoint = TargetEndpoint(
            address: wellFormed(IPAddress("127.0.0.1")), port: 1, isSecure: isSecure, version: version)
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(
            TargetHandshake(endpoint, timeout: .seconds(5)) { outcomes.all.append($0) })
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return (channel, outcomes)
    }

    @Test func withoutTLSTheConnectionIsEnough() throws {
        let (channel, outcomes) = try handshake(isSecure: false)
        #expect(outcomes.isSuccess == true)
        // Nobody is told twice.
        try channel.close().wait()
        #expect(outcomes.isSuccess == true)
    }

    @Test(
        arguments: [
            (.http1, nil, true), (.http1, "http/1.1", true), (.http1, "h2", false),
            (.http2, nil, true), (.http2, "h2", true), (.http2, "http/1.1", false),
        ] as [(TargetEndpoint.Version, String?, Bool)])
    func protocols(version: TargetEndpoint.Version, negotiated: String?, fits: Bool) throws {
        let (channel, outcomes) = try handshake(version)
        #expect(outcomes.isSuccess == nil)
        channel.pipeline.fireUserInboundEventTriggered(TLSUserEvent.handshakeCompleted(negotiatedProtocol: negotiated))
        #expect(outcomes.isSuccess == fits)
        #expect(channel.isActive == fits)
        if case .protocolError? = outcomes.failure {} else { #expect(fits) }
        channel.embeddedEventLoop.advanceTime(by: .hours(1))
        #expect(outcomes.isSuccess == fits)
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    @Test func itHasItsTime() throws {
        let (channel, outcomes) = try handshake()
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(4999))
        #expect(outcomes.isSuccess == nil)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(outcomes.failure == .cannotConnect("TLS handshake not complete in time"))
        #expect(!channel.isActive)
    }

    @Test func theTargetLeaves() throws {
        let (channel, outcomes) = try handshake()
        try channel.close().wait()
        #expect(outcomes.failure == .cannotConnect("the target ended the TLS handshake"))
        #expect(outcomes.isSuccess == false)
    }

    @Test func theLibraryGivesUp() throws {
        let (channel, outcomes) = try handshake()
        channel.pipeline.fireErrorCaught(ChannelError.ioOnClosedChannel)
        #expect(outcomes.isSuccess == false)
        #expect(!channel.isActive)
    }
}
