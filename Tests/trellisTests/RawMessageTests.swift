import NIOCore
import NIOHTTP1
import Testing
import TrellisDataPlane

@testable import trellis

@Suite struct RawMessageTests {
    private func parsed(_ text: String) throws -> [String] {
        let message = try RawMessage.parse(Array(text.utf8))
        return [message.requestLine] + message.headerLines.map { String(decoding: $0, as: UTF8.self) }
            + ["", String(buffer: message.body)]
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", ["GET / HTTP/1.1", "Host: a", "", ""]),
        ("\n\r\nGET / HTTP/1.0\n\n", ["GET / HTTP/1.0", "", ""]),
        (
            "POST / HTTP/1.1\nHost: a\n\none\r\ntwo\n",
            ["POST / HTTP/1.1", "Host: a", "content-length: 9", "", "one\r\ntwo\n"]
        ),
        (
            "POST / HTTP/1.1\nContent-Length:  3 \n\none\r\n\n",
            ["POST / HTTP/1.1", "Content-Length:  3 ", "", "one"]
        ),
        (
            "POST / HTTP/1.1\ntransfer-encoding: Chunked\n\n3;x=y\none\nA\r\n0123\n56789\r\n0\nTrailer: x\n\n\n",
            ["POST / HTTP/1.1", "transfer-encoding: Chunked", "", "one0123\n56789"]
        ),
        (
            "POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n0\n",
            ["POST / HTTP/1.1", "Transfer-Encoding: chunked", "", ""]
        ),
    ])
    func messages(text: String, expected: [String]) throws {
        #expect(try parsed(text) == expected)
    }

    @Test(arguments: [
        ("", 1, "ends before a request line"), ("\n", 2, "ends before a request line"), ("GET / HTTP/1.1", 1, "no end"),
        ("GET /\n\n", 1, "not a request line"), ("GET  / HTTP/1.1\n\n", 1, "not a request line"),
        ("GET / HTTP/2\n\n", 1, "not HTTP/1.1"), ("GET /\t HTTP/1.1\n\n", 1, "control character"),
        ("GET / HTTP/1.1\nHost: a\n", 3, "ends before the header lines"),
        ("GET / HTTP/1.1\nHost: a\n b\n\n", 3, "begins with a blank"),
        ("GET / HTTP/1.1\nHost\n\n", 2, "'Host' is not a header line"), ("GET / HTTP/1.1\n: a\n\n", 2, "no name"),
        ("GET / HTTP/1.1\nHost : a\n\n", 2, "between a header's name"),
        ("GET / HTTP/1.1\nHo st: a\n\n", 2, "holds a blank"), ("GET / HTTP/1.1\na: \u{1}\n\n", 2, "control character"),
        ("GET / HTTP/1.1\na: b\rc\n\n", 2, "carriage return"),
        ("POST / HTTP/1.1\ncontent-length: x\n\n", 2, "not a number"),
        ("POST / HTTP/1.1\ncontent-length: -1\n\n", 2, "not a number"),
        ("POST / HTTP/1.1\ncontent-length: 1\ncontent-length: 1\n\nx", 3, "the first one is in line 2"),
        ("POST / HTTP/1.1\na: b\ncontent-length: 5\n\nfour", 3, "ends after 4"),
        ("POST / HTTP/1.1\ncontent-length: 99999999999999999999\n\nfour", 2, "ends after 4"),
        ("POST / HTTP/1.1\ncontent-length: 3\n\nfour", 2, "1 more follow"),
        ("POST / HTTP/1.1\ntransfer-encoding: gzip\n\n", 2, "only chunked"),
        ("POST / HTTP/1.1\ntransfer-encoding: chunked\ntransfer-encoding: chunked\n\n", 3, "second"),
        ("POST / HTTP/1.1\ntransfer-encoding: chunked\ncontent-length: 3\n\n", 3, "two ways"),
        ("POST / HTTP/1.1\ntransfer-encoding: chunked\n\nxyz\n", 4, "not the size"),
        ("POST / HTTP/1.1\ntransfer-encoding: chunked\n\n\n", 4, "not the size"),
        ("POST / HTTP/1.1\ntransfer-encoding: chunked\n\nFFFFFFFFFFFFFFFFFFFF\n", 4, "not the size"),
        ("POST / HTTP/1.1\ntransfer-encoding: chunked\n\n9\nabc\n", 4, "ends after 4"),
        ("POST / HTTP/1.1\ntransfer-encoding: chunked\n\n3\na\nb\n2\nabc\n", 8, "does not end"),
        ("POST / HTTP/1.1\ntransfer-encoding: chunked\n\n3\nabc\n", 6, "ends before the last chunk"),
        ("POST / HTTP/1.1\ntransfer-encoding: chunked\n\n0\n\nGET", 6, "follows the last chunk"),
    ])
    func malformed(text: String, line: Int, words: String) {
        let error = #expect(throws: RawMessageError.self) { try parsed(text) }
        #expect(error?.line == line && error?.problem.contains(words) == true, "\(String(describing: error))")
    }

    @Test("Random bytes are refused or taken, and never end the program")
    func randomBytes() throws {
        let pieces =
            [
                "GET / HTTP/1.1", "\r\n", "\n", "Host: a", "content-length: 4", "transfer-encoding: chunked", "3", "0",
                ";", ":", "\u{0}", "é", "ffff",
            ].map { Array($0.utf8) } + [[0xFF], [0x0D]]
        var state: UInt64 = 42
        for _ in 0..<5000 {
            var text: [UInt8] = []
            for _ in 0..<12 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += pieces[Int(state >> 33) % pieces.count]
            }
            guard let message = try? RawMessage.parse(text) else { continue }
            _ = try? message.rehearsed()
        }
    }

    // MARK: What the data plane says

    private func rejection(_ text: String) throws -> RejectedRequest? {
        let message = try RawMessage.parse(Array(text.utf8))
        do {
            _ = try message.rehearsed()
            return nil
        } catch {
            return error
        }
    }

    @Test(
        arguments: [
            ("GET / HTTP/1.1\n\n", nil, "there is no Host"), ("GET / HTTP/1.1\nHost: a\nx: y\nHost: b\n\n", 4, "Host"),
            ("\nFOO / HTTP/1.1\nHost: a\n\n", 2, "'FOO / HTTP/1.1' is not taken"),
            ("CONNECT a:80 HTTP/1.1\nHost: a\n\n", 1, "CONNECT"), ("GET /#x HTTP/1.1\nHost: a\n\n", 1, "target"),
        ] as [(String, Int?, String)])
    func refused(text: String, line: Int?, words: String) throws {
        let rejected = try #require(try rejection(text))
        #expect(rejected.line == line && rejected.problem.contains(words), "\(rejected)")
        #expect(rejected.failure.row.status == 400)
    }

    @Test func limits() throws {
        let many = (0..<100).map { "x-\($0): 1\n" }.joined()
        #expect(try rejection("GET / HTTP/1.1\nHost: a\n\(many)\n")?.failure == .malformed(.headersTooLarge))
        let long = String(repeating: "x", count: 61_440)
        #expect(try rejection("GET / HTTP/1.1\nHost: a\nx: \(long)\n\n")?.failure == .malformed(.headersTooLarge))
        var message = try RawMessage.parse(Array("POST / HTTP/1.1\nHost: a\n\n".utf8))
        message.body = ByteBuffer(repeating: 0x78, count: 6_291_456)
        _ = try message.rehearsed()
        message.body.writeInteger(UInt8(0x78))
        let error = #expect(throws: RejectedRequest.self) { try message.rehearsed() }
        #expect(error?.failure == .bodyTooLarge && error?.problem.contains("6291457") == true)
    }

    @Test func theTargetTakesOriginForm() throws {
        let message = try RawMessage.parse(Array("GET http://b/x?y HTTP/1.1\nHost: a\n\n".utf8))
        let head = try message.rehearsed()
        #expect(head.uri == "/x?y" && head.headers["host"] == ["b"])
    }
}
