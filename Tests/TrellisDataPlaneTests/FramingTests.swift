import NIOCore
import Testing

@testable import TrellisDataPlane

/// Bytes that a client may send, and what becomes of them: a status and the end of the connection, after which the next
/// client is served as ever.
@Suite(.timeLimit(.minutes(1))) struct FramingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var bytes: String
        var status: Int
        var text: String?

        init(_ bytes: String, _ status: Int = 400, _ text: Malformation? = nil) {
            self.bytes = bytes
            self.status = status
            self.text = text?.rawValue
        }

        var testDescription: String { bytes.debugDescription }
    }

    private static func get(_ headers: String) -> String { "GET / HTTP/1.1\r\nHost: shop.localhost\r\n\(headers)\r\n" }

    private static func post(_ headers: String, _ body: String) -> String {
        "POST / HTTP/1.1\r\nHost: shop.localhost\r\n\(headers)\r\n\r\n\(body)"
    }

    private static func chunked(_ body: String) -> String { post("Transfer-Encoding: chunked", body) }

    static let lines: [Case] = [
        Case("GET / HTTP/1.1\nHost: shop.localhost\n\n"),
        Case("GET / HTTP/1.1\r\nHost: shop.localhost\nX: y\r\n\r\n", 400, .syntax),
        Case("GET / HTTP/1.1\r\nHost: shop.localhost\rX: y\r\n\r\n", 400, .syntax),
        Case("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\n", 400, .syntax),
        Case("GET / HTTP/1.1\r\n X: y\r\nHost: shop.localhost\r\n\r\n", 400, .syntax),
        Case(" GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n", 400, .syntax),
        Case("get / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n", 400, .syntax),
        Case("GET\t/ HTTP/1.1\r\nHost: shop.localhost\r\n\r\n", 400, .syntax),
        Case("NONSENSE\r\n\r\n", 400, .syntax),
        Case("\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}\u{00}\u{01}", 400, .syntax),
        Case("GET / HTTP/1.2\r\nHost: shop.localhost\r\n\r\n", 400, .version),
        Case("GET / HTTP/2.0\r\nHost: shop.localhost\r\n\r\n", 400, .version),
        Case("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        Case("GET /\r\n\r\n", 400, .version),
        Case("GET / HTTP/1.1 \r\nHost: shop.localhost\r\n\r\n", 400, .version),
    ]

    static let fields: [Case] = [
        Case(get("X: a\r\n b\r\n"), 400, .syntax), Case(get("X: a\r\n\tb\r\n"), 400, .syntax),
        Case(get("X : a\r\n"), 400, .syntax), Case(get("X\t: a\r\n"), 400, .syntax), Case(get(": a\r\n"), 400, .syntax),
        Case(get("X\r\n"), 400, .syntax), Case(get("X(y): a\r\n"), 400, .syntax), Case(get("Xé: a\r\n"), 400, .syntax),
        Case(get("X: a\0b\r\n"), 400, .syntax), Case(get("X\0: a\r\n"), 400, .syntax),
        Case(get("X: a\u{7F}b\r\n"), 400, .syntax), Case(get("X: a\u{1}b\r\n"), 400, .syntax),
        Case(get("Host: other\r\n"), 400, .host), Case(get("host: shop.localhost\r\n"), 400, .host),
        Case("GET / HTTP/1.1\r\n\r\n", 400, .host), Case("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, .host),
        Case("GET / HTTP/1.1\r\nHost: shop.localhost/\r\n\r\n", 400, .host),
    ]

    static let targets: [Case] = [
        Case("GET a HTTP/1.1\r\nHost: shop.localhost\r\n\r\n", 400, .syntax),
        Case("GET shop.localhost:80 HTTP/1.1\r\nHost: shop.localhost\r\n\r\n", 400, .syntax),
        Case("GET * HTTP/1.1\r\nHost: shop.localhost\r\n\r\n", 400, .target),
        Case("GET /#a HTTP/1.1\r\nHost: shop.localhost\r\n\r\n", 400, .target),
        Case("GET /\0 HTTP/1.1\r\nHost: shop.localhost\r\n\r\n", 400, .syntax),
        Case("GET /é HTTP/1.1\r\nHost: shop.localhost\r\n\r\n", 400, .syntax),
        Case("GET /a b HTTP/1.1\r\nHost: shop.localhost\r\n\r\n", 400, .syntax),
        Case("GET https://shop.localhost/ HTTP/1.1\r\nHost: shop.localhost\r\n\r\n", 400, .target),
        Case("GET http://me@shop.localhost/ HTTP/1.1\r\nHost: shop.localhost\r\n\r\n", 400, .target),
        Case("CONNECT shop.localhost:80 HTTP/1.1\r\nHost: shop.localhost:80\r\n\r\n", 400, .connect),
    ]

    static let lengths: [Case] = [
        Case(post("Content-Length: 3\r\nContent-Length: 3", "abc"), 400, .contentLength),
        Case(post("Content-Length: 3\r\nContent-Length: 4", "abcd"), 400, .contentLength),
        Case(post("Content-Length: 3, 3", "abc"), 400, .contentLength),
        Case(post("Content-Length: +3", "abc"), 400, .contentLength),
        Case(post("Content-Length: -3", "abc"), 400, .contentLength),
        Case(post("Content-Length: 0x3", "abc"), 400, .contentLength),
        Case(post("Content-Length: 3 3", "abc"), 400, .contentLength),
        Case(post("Content-Length:", "abc"), 400, .contentLength),
        Case(post("Content-Length: 18446744073709551616", "abc"), 400, .contentLength),
        Case(post("Content-Length: 18446744073709551615", "abc"), 413),
        Case(post("Content-Length: 9223372036854775808", "abc"), 413),
        Case(post("Content-Length: 6291457", "abc"), 413),
        Case(post("Content-Length: 3\r\nTransfer-Encoding: chunked", "3\r\nabc\r\n0\r\n\r\n")),
        Case(post("Transfer-Encoding: chunked\r\nContent-Length: 3", "3\r\nabc\r\n0\r\n\r\n")),
        Case(post("Transfer-Encoding: gzip, chunked", "3\r\nabc\r\n0\r\n\r\n"), 400, .transferEncoding),
        Case(post("Transfer-Encoding: chunked, gzip", "3\r\nabc\r\n0\r\n\r\n")),
        Case(post("Transfer-Encoding: identity", "abc"), 400, .transferEncoding),
        Case(post("Transfer-Encoding:", "abc"), 400, .transferEncoding),
        Case(post("Transfer-Encoding: xchunked", "3\r\nabc\r\n0\r\n\r\n"), 400, .transferEncoding),
        Case(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "3\r\nabc\r\n0\r\n\r\n")),
        Case(
            "POST / HTTP/1.0\r\nHost: shop.localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 400,
            .transferEncoding),
    ]

    static let chunks: [Case] = [
        Case(chunked("3\nabc\r\n0\r\n\r\n")), Case(chunked("3\r\nabc\n0\r\n\r\n")),
        Case(chunked("3\r\nabcd\r\n0\r\n\r\n")),
        Case(chunked("3 \r\nabc\r\n0\r\n\r\n")), Case(chunked(" 3\r\nabc\r\n0\r\n\r\n")),
        Case(chunked("0x3\r\nabc\r\n0\r\n\r\n")), Case(chunked("-3\r\nabc\r\n0\r\n\r\n")),
        Case(chunked("g\r\nabc\r\n0\r\n\r\n")), Case(chunked("fffffffffffffffff\r\nabc\r\n0\r\n\r\n")),
        Case(chunked("3;a=\"b\nc\"\r\nabc\r\n0\r\n\r\n")), Case(chunked("\r\nabc\r\n0\r\n\r\n")),
        Case(chunked("3\r\nabc\r\n0\r\n: y\r\n\r\n")), Case(chunked("3\r\nabc\r\n0\r\nX\r\n\r\n")),
        Case(chunked("3\r\nabc\r\n0\n\n")), Case(chunked("3\r\nabc\r\n0\r\nX: y\r\n z\r\n\r\n")),
        Case(chunked("3\r\nabc\r\n0\r\nContent-Length: 5\r\n\r\n")),
    ]

    static let tooLarge: [Case] = [
        Case(get("X: \(String(repeating: "a", count: 61_440))\r\n"), 400, .headersTooLarge),
        Case(get("\(String(repeating: "a", count: 61_440)): x\r\n"), 400, .headersTooLarge),
        Case(
            "GET /\(String(repeating: "a", count: 61_440)) HTTP/1.1\r\nHost: shop.localhost\r\n\r\n", 400,
            .headersTooLarge),
        Case(get((1...100).map { "X\($0): y\r\n" }.joined()), 400, .headersTooLarge),
        Case(get((1...70).map { "X\($0): \(String(repeating: "a", count: 900))\r\n" }.joined()), 400, .headersTooLarge),
        Case(String(repeating: "\r\n", count: 100_000), 400, .headersTooLarge),
        Case("GET / HTTP/1.1\r\nX:" + String(repeating: " ", count: 200_000), 400, .headersTooLarge),
        Case(chunked("1;" + String(repeating: "a", count: 600_000)), 400, .chunkOverhead),
        Case(
            chunked("1\r\na\r\n0\r\n" + (1...100).map { "X\($0): y\r\n" }.joined() + "\r\n"), 400, .headersTooLarge),
    ]

    @Test(arguments: [lines, fields, targets, lengths, chunks, tooLarge])
    func refusedOnceAtTheDoor(cases: [Case]) async throws {
        let invoker = ImmediateInvoker()
        try await withDataPlane(invoker: invoker) { running in
            for test in cases {
                let client = try await running.connect()
                await client.sendIgnoringErrors(ByteBuffer(string: test.bytes))
                let response = try await client.response()
                #expect(response.status == test.status, "\(test.testDescription.prefix(200))")
                if let text = test.text { #expect(response.body == text, "\(test.testDescription.prefix(200))") }
                #expect(response["connection"] == "close")
                #expect(response["content-type"] == "text/plain; charset=utf-8")
                #expect(response["x-amzn-requestid"].map(isUUID) == true)
                #expect(await client.rest() == "", "\(test.testDescription.prefix(200))")
                await client.close()
            }
            #expect(invoker.invocations.isEmpty)
            #expect(try await running.get().body == "first")
        }
    }

    /// The same bytes one by one make the same answer; the large ones would take long.
    @Test(arguments: [lines, fields, targets, lengths, chunks])
    func refusedByteByByte(cases: [Case]) async throws {
        try await withDataPlane { running in
            for test in cases {
                let client = try await running.connect()
                for byte in test.bytes.utf8 { await client.sendIgnoringErrors(ByteBuffer(bytes: [byte])) }
                #expect(try await client.response().status == test.status, "\(test.testDescription)")
                #expect(await client.rest() == "", "\(test.testDescription)")
                await client.close()
            }
        }
    }

    /// A good request in front of a bad one is answered first.
    @Test(arguments: [lines, fields, targets, lengths, chunks])
    func refusedBehindAGoodRequest(cases: [Case]) async throws {
        let invoker = HeldInvoker()
        try await withDataPlane(invoker: invoker) { running in
            for test in cases {
                let client = try await running.connect()
                try await client.send("GET /good HTTP/1.1\r\nHost: shop.localhost\r\n\r\n\(test.bytes)")
                try await invoker.next().answer(body: "good")
                #expect(try await client.response().body == "good", "\(test.testDescription)")
                #expect(try await client.response().status == test.status, "\(test.testDescription)")
                #expect(await client.rest() == "", "\(test.testDescription)")
                await client.close()
            }
        }
    }

    @Test(arguments: [
        "G", "GET / HTTP/1.1\r\nHost: sh", "POST / HTTP/1.1\r\nHost: shop.localhost\r\nContent-Length: 5\r\n\r\nab",
        "POST / HTTP/1.1\r\nHost: shop.localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "POST / HTTP/1.1\r\nHost: shop.localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n",
    ])
    func halfARequest(bytes: String) async throws {
        try await withDataPlane { running in
            let client = try await running.connect()
            try await client.send(bytes)
            try await client.finishSending()
            let response = try await client.response()
            #expect(response.status == 400)
            #expect(response.body == "request is incomplete")
            #expect(await client.rest() == "")
            let entry = try await running.log.next()
            #expect(entry.failureReason == .clientConnectionClosed)
            await client.close()
            #expect(try await running.get().status == 200)
        }
    }

    @Test func anEmptyConnectionIsClosedWithoutAnAnswer() async throws {
        try await withDataPlane { running in
            let client = try await running.connect()
            try await client.finishSending()
            #expect(await client.rest() == "")
            await client.close()
            #expect(running.log.entries.isEmpty)
        }
    }

    @Test(arguments: [
        // A hundred headers with `Host`, blank lines before a request, blanks around values, `OPTIONS *`.
        get((1...99).map { "X\($0): y\r\n" }.joined()),
        "\r\n\r\n" + get(""), get("X:   y  \t \r\nY:\r\n"), "OPTIONS * HTTP/1.1\r\nHost: shop.localhost\r\n\r\n",
        chunked("00000003;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n"), post("Content-Length: 003", "abc"),
        "QUERY / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n",
    ])
    func unusualButFine(bytes: String) async throws {
        try await withDataPlane { running in
            let client = try await running.connect()
            for _ in 1...2 {
                try await client.send(bytes)
                #expect(try await client.response().status == 200)
            }
            await client.close()
        }
    }

    @Test func aHeaderBlockOfExactly60KB() async throws {
        try await withDataPlane { running in
            let frame = "GET / HTTP/1.1\r\nHost: shop.localhost\r\nX: \r\n\r\n".utf8.count
            for (excess, status) in [(0, 200), (1, 400)] {
                let value = String(repeating: "a", count: 61_440 - frame + excess)
                let response = try await running.exchange(Self.get("X: \(value)\r\n"))
                #expect(response.status == status)
            }
        }
    }
}
