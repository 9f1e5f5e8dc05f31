import NIOCore
import Testing

@testable import TrellisInvoke

@Suite struct HTTPResponseReaderTests {
    private static let limit = 1000

    /// Reads a response in pieces of a size; what ends with the connection is ended.
    static func read(
        _ text: String, pieces: Int = .max, ends: Bool = false, limit: Int = limit
    ) throws(HTTPResponseError) -> HTTPResponse? {
        var reader = HTTPResponseReader(bodyLimit: limit)
        var rest = ByteBuffer(string: text)
        while let piece = rest.readSlice(length: min(pieces, rest.readableBytes)), piece.readableBytes > 0 {
            if let response = try reader.receive(piece) { return response }
        }
        return ends ? try reader.end() : nil
    }

    @Test(arguments: [1, 2, 3, 7, Int.max])
    func aLengthIsReadInPiecesOfAnySize(_ size: Int) throws {
        let text = "HTTP/1.1 200 OK\r\nX-Amz-Executed-Version: 3\r\ncontent-length: 5 \r\n\r\nhello"
        let response = try #require(try Self.read(text, pieces: size))
        #expect(response.status == 200)
        #expect(response["x-amz-executed-version"] == "3")
        #expect(String(buffer: response.body) == "hello")
        #expect(response.keepsAlive)
    }

    @Test(arguments: [1, 2, 5, Int.max])
    func chunksAreJoinedAndTrailersDropped(_ size: Int) throws {
        let text =
            "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n5;a=b\r\nhello\r\n0A\r\n, it is me\r\n0\r\nx-late: 1\r\n\r\n"
        let response = try #require(try Self.read(text, pieces: size))
        #expect(String(buffer: response.body) == "hello, it is me")
        #expect(response["x-late"] == nil)
        #expect(response.keepsAlive)
    }

    @Test func aBodyWithoutLengthEndsWithTheConnection() throws {
        let text = "HTTP/1.1 200 OK\r\n\r\nhello"
        #expect(try Self.read(text) == nil)
        let response = try #require(try Self.read(text, ends: true))
        #expect(String(buffer: response.body) == "hello")
        #expect(!response.keepsAlive)
    }

    @Test(arguments: [
        "HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: Close\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n",
    ])
    func someConnectionsAreNotUsedAgain(_ text: String) throws {
        #expect(try #require(try Self.read(text)).keepsAlive == false)
    }

    @Test func informationComesBeforeTheAnswer() throws {
        let text =
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"
        let response = try #require(try Self.read(text))
        #expect(response.status == 204)
        #expect(response.headers.isEmpty)
    }

    @Test(arguments: [
        ("garbage\r\n\r\n", HTTPResponseError.malformed("invalid status line")),
        ("HTTP/2.0 200 OK\r\n\r\n", .malformed("invalid status line")),
        ("HTTP/1.1 2x0 OK\r\n\r\n", .malformed("invalid status line")),
        ("HTTP/1.1 2000 OK\r\n\r\n", .malformed("invalid status line")),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", .malformed("unexpected change of protocol")),
        ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", .malformed("invalid header line")),
        ("HTTP/1.1 200 OK\r\nspace : 1\r\n\r\n", .malformed("invalid header line")),
        ("HTTP/1.1 200 OK\r\n folded: 1\r\n\r\n", .malformed("invalid header line")),
        ("HTTP/1.1 200 OK\r\na: b\u{0}c\r\n\r\n", .malformed("invalid header value")),
        ("HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", .malformed("invalid content length")),
        ("HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n", .malformed("invalid content length")),
        ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\n", .malformed("invalid content length")),
        ("HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n", .bodyTooLarge),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n", .malformed("unsupported transfer coding")),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 1\r\n\r\n",
            .malformed("unsupported transfer coding")
        ),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n", .malformed("invalid chunk size")),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
            .malformed("invalid chunk size")
        ),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3e9\r\n", .bodyTooLarge),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc", .malformed("chunk is longer than its size")),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\(String(repeating: "0", count: 1100))",
            .malformed("chunk line is too long")
        ),
        ("HTTP/1.1 200 OK\r\nx: \(String(repeating: "y", count: 70_000))", .headTooLarge),
        ("HTTP/1.1 200 OK\r\n\r\n\(String(repeating: "y", count: 1001))", .bodyTooLarge),
    ])
    func whatIsNoResponseIsRefused(_ text: String, _ error: HTTPResponseError) {
        #expect(throws: error) { try Self.read(text) }
    }

    @Test func anEndInTheMiddleIsNoResponse() {
        for text in ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n1"] {
            #expect(throws: HTTPResponseError.incomplete) { try Self.read(text, ends: true) }
        }
    }

    /// Cut and changed responses end in a response or an error, and never in a trap.
    @Test func anyBytesAreReadWithoutTrap() {
        var state: UInt64 = 42
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let samples = [
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        ]
        for _ in 0..<20_000 {
            var bytes = Array(samples[random(2)].utf8)
            for _ in 0...random(3) { bytes[random(bytes.count)] = UInt8(random(256)) }
            var reader = HTTPResponseReader(bodyLimit: Self.limit)
            let cut = random(bytes.count)
            guard (try? reader.receive(ByteBuffer(bytes: bytes[..<cut]))) == .some(nil) else { continue }
            _ = try? reader.receive(ByteBuffer(bytes: bytes[cut...]))
        }
    }
}
