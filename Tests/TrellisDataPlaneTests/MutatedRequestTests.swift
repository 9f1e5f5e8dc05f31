import NIOCore
import NIOEmbedded
import Testing
import TrellisInvoke

@testable import TrellisDataPlane

/// Requests with random damage, in random pieces: whatever arrives, nothing traps, every answer is well formed, and
/// every connection comes to its end.
@Suite struct MutatedRequestTests {
    private static let requests = [
        "GET /a?b=c HTTP/1.1\r\nHost: shop.localhost\r\nX-One: two\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: shop.localhost\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\nhello world",
        "POST / HTTP/1.1\r\nHost: shop.localhost\r\nTransfer-Encoding: chunked\r\n\r\n5;x=\"y\"\r\nhello\r\n0\r\nT: u\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: shop.localhost\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
        "HEAD http://shop.localhost/x HTTP/1.1\r\nHost: shop.localhost\r\nConnection: close\r\n\r\n",
        "OPTIONS * HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: shop.localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        "CONNECT shop.localhost:80 HTTP/1.1\r\nHost: shop.localhost:80\r\n\r\n",
    ]

    @Test(arguments: 0..<16) func randomDamage(batch: Int) throws {
        for seed in UInt64(batch * 25)..<UInt64(batch * 25 + 25) { try damage(SeededRandom(seed), seed) }
    }

    private func damage(_ random: SeededRandom, _ seed: UInt64) throws {
        let connection = try EmbeddedConnection()
        var bytes = Array(
            (0...random.below(3)).map { _ in Self.requests[random.below(Self.requests.count)] }.joined().utf8)
        for _ in 0..<random.below(4) { mutate(&bytes, random) }
        var answered = 0
        while !bytes.isEmpty {
            let piece = bytes.prefix(1 + random.below(bytes.count))
            bytes.removeFirst(piece.count)
            connection.channel.pipeline.fireChannelRead(ByteBuffer(bytes: piece))
            if random.below(2) == 0 { connection.channel.pipeline.fireChannelReadComplete() }
            while answered < connection.invoker.invocations.count, random.below(4) != 0 {
                connection.invoker.answer(answered, answer(random))
                answered += 1
            }
            if random.below(16) == 0 { connection.advance(.seconds(Int64(random.below(90)))) }
        }
        if random.below(2) == 0 { connection.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
        connection.channel.pipeline.fireChannelReadComplete()
        for _ in 0..<3 { connection.advance(.minutes(11)) }
        #expect(connection.isClosed, "seed \(seed)")
        while answered < connection.invoker.invocations.count {
            connection.invoker.answer(answered)
            answered += 1
        }
        let output = connection.received()
        #expect(output.isEmpty || output.hasPrefix("HTTP/1.1 "), "seed \(seed)")
        let unanswered = connection.log.entries.filter { $0.responseCode == 0 }.count
        let answers = output.components(of: "HTTP/1.1 ") - output.components(of: "HTTP/1.1 100 ")
        #expect(answers == connection.log.entries.count - unanswered, "seed \(seed)")
    }

    private func mutate(_ bytes: inout [UInt8], _ random: SeededRandom) {
        guard !bytes.isEmpty else { return }
        let place = random.below(bytes.count)
        let odd: [UInt8] = [0, 9, 10, 13, 32, 35, 44, 48, 58, 127, 128, 255]
        switch random.below(5) {
        case 0: bytes[place] = odd[random.below(odd.count)]
        case 1: bytes.insert(odd[random.below(odd.count)], at: place)
        case 2: bytes.remove(at: place)
        case 3: bytes.removeLast(bytes.count - place)
        default: bytes.insert(contentsOf: bytes[place..<min(place + 20, bytes.count)], at: random.below(bytes.count))
        }
    }

    private func answer(_ random: SeededRandom) -> InvocationOutcome {
        switch random.below(4) {
        case 0: .rejected(.throttled(reason: "x"))
        case 1: .json("{")
        default: .json(#"{"statusCode":200,"body":"ok"}"#)
        }
    }
}

extension SeededRandom {
    fileprivate func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

extension String {
    fileprivate func components(of separator: String) -> Int { ranges(of: separator).count }
}
