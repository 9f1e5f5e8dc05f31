import NIOHTTP1
import Testing

@testable import TrellisDataPlane

@Suite struct RequestFactsTests {
    private func inspect(
        _ method: HTTPMethod = .GET, _ target: String = "/", version: HTTPVersion = .http1_1,
        _ headers: [(String, String)] = [("Host", "a")], limits: DataPlaneLimits = DataPlaneLimits()
    ) throws(Malformation) -> (facts: RequestFacts, head: HTTPRequestHead) {
        var head = HTTPRequestHead(version: version, method: method, uri: target, headers: HTTPHeaders(headers))
        let facts = try RequestFacts(inspecting: &head, limits: limits)
        return (facts, head)
    }

    // MARK: Hosts

    @Test(arguments: [
        "a", "a.b", "A.b:8080", "a:", "127.0.0.1:80", "[::1]", "[::1]:8080", "a_b", "a%20b", "",
    ])
    func hosts(host: String) throws {
        #expect(try inspect(.GET, "/", [("hOsT", host)]).facts.host == host)
    }

    @Test(arguments: [
        "a b", "a/b", "a@b", "a:b", "a:80:80", "a?b", "a#b", "[::1", "::1", "[]", "[::1]x", "[::1]:x", "a]", "a\tb",
        "é",
        "a\"", "<a>", "a\\b",
    ])
    func invalidHosts(host: String) {
        #expect(throws: Malformation.host) { try inspect(.GET, "/", [("Host", host)]) }
    }

    @Test func anHTTP11RequestHasExactlyOneHost() throws {
        #expect(throws: Malformation.host) { try inspect(.GET, "/", []) }
        #expect(throws: Malformation.host) { try inspect(.GET, "/", [("Host", "a"), ("host", "a")]) }
        #expect(throws: Malformation.host) { try inspect(.GET, "http://b/", []) }
        #expect(try inspect(.GET, "/", version: .http1_0, []).facts.host == "")
        #expect(throws: Malformation.host) {
            try inspect(.GET, "/", version: .http1_0, [("Host", "a"), ("Host", "b")])
        }
    }

    // MARK: Targets

    @Test(arguments: [
        (HTTPMethod.GET, "/", "/", "a"), (.GET, "/a?b=c//d", "/a?b=c//d", "a"), (.GET, "//x", "//x", "a"),
        (.OPTIONS, "*", "*", "a"), (.OPTIONS, "/", "/", "a"),
        (.GET, "http://b", "/", "b"), (.GET, "HTTP://B:80/x?y", "/x?y", "B:80"), (.GET, "http://b?y", "/?y", "b"),
        (.OPTIONS, "http://b", "*", "b"), (.OPTIONS, "http://b/", "/", "b"),
        (.GET, "http://[::1]:1/x", "/x", "[::1]:1"),
        (.GET, "http://b//c", "//c", "b"),
    ])
    func targets(method: HTTPMethod, target: String, origin: String, host: String) throws {
        let (facts, head) = try inspect(method, target)
        #expect(head.uri == origin)
        #expect(facts.host == host)
        #expect(head.headers["host"] == [host])
    }

    @Test(arguments: [
        (HTTPMethod.GET, "*"), (.GET, "a"), (.GET, "a:80"), (.GET, "/#x"), (.GET, "http://b/#x"), (.GET, "http://"),
        (.GET, "http:///x"), (.GET, "http://u@b/"), (.GET, "http://b:x/"), (.GET, "https://b/"), (.GET, "ftp://b/"),
        (.GET, "http:/b"), (.GET, ""), (.GET, "http://b c/"), (.OPTIONS, "**"),
    ])
    func invalidTargets(method: HTTPMethod, target: String) {
        #expect(throws: Malformation.target) { try inspect(method, target) }
    }

    @Test(arguments: ["a:80", "/", "*", "http://a/"])
    func connectIsRefused(target: String) {
        #expect(throws: Malformation.connect) { try inspect(.CONNECT, target) }
    }

    // MARK: Framing

    @Test(arguments: [
        ([("Content-Length", "0")], 0, false), ([("content-length", "12")], 12, false),
        ([("Content-Length", "007")], 7, false), ([("Content-Length", "12 ")], 12, false),
        ([("Content-Length", "99999999999999999999")], Int.max, false), ([], nil, false),
        ([("Transfer-Encoding", "chunked")], nil, true), ([("TRANSFER-ENCODING", "Chunked \t")], nil, true),
    ])
    func framing(headers: [(String, String)], length: Int?, isChunked: Bool) throws {
        let facts = try inspect(.POST, "/", headers + [("Host", "a")]).facts
        #expect(facts.contentLength == length)
        #expect(facts.isChunked == isChunked)
    }

    @Test(arguments: [
        [("Content-Length", "1"), ("Content-Length", "1")], [("Content-Length", "1"), ("Content-Length", "2")],
        [("Content-Length", "1, 1")], [("Content-Length", "")], [("Content-Length", "+1")], [("Content-Length", "-1")],
        [("Content-Length", "0x1")], [("Content-Length", "1 1")], [("Content-Length", "١")],
    ])
    func invalidLengths(headers: [(String, String)]) {
        #expect(throws: Malformation.contentLength) { try inspect(.POST, "/", headers + [("Host", "a")]) }
    }

    @Test(arguments: [
        [("Transfer-Encoding", "gzip, chunked")], [("Transfer-Encoding", "identity")], [("Transfer-Encoding", "")],
        [("Transfer-Encoding", "chunked, chunked")], [("Transfer-Encoding", "xchunked")],
        [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")],
        [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "gzip")],
        [("Transfer-Encoding", "chunked"), ("Content-Length", "1")],
        [("Content-Length", "1"), ("Transfer-Encoding", "chunked")],
    ])
    func invalidTransferEncodings(headers: [(String, String)]) {
        #expect(throws: Malformation.transferEncoding) { try inspect(.POST, "/", headers + [("Host", "a")]) }
    }

    @Test func anHTTP10RequestIsNotChunked() {
        #expect(throws: Malformation.transferEncoding) {
            try inspect(.POST, "/", version: .http1_0, [("Host", "a"), ("Transfer-Encoding", "chunked")])
        }
    }

    // MARK: The rest

    @Test func valuesLoseTheirTrailingBlanks() throws {
        let (facts, head) = try inspect(
            .GET, "/", [("Host", "a \t"), ("X", " b \t "), ("Expect", "100-Continue "), ("x-amzn-requestid", "id ")])
        #expect(facts.host == "a")
        #expect(facts.expectsContinue)
        #expect(facts.requestID == "id")
        #expect(head.headers.first(name: "x") == "b")
    }

    @Test func theFirstRequestIDCounts() throws {
        let headers = [("Host", "a"), ("X-Amzn-RequestId", "one"), ("x-amzn-requestid", "two")]
        #expect(try inspect(.GET, "/", headers).facts.requestID == "one")
    }

    @Test func theHeadIsMeasuredAsSent() throws {
        // "GET /ab HTTP/1.1\r\n" + "Host: a\r\n" + "\r\n"
        #expect(try inspect(.GET, "/ab").facts.headBytes == 29)
        var limits = DataPlaneLimits()
        limits.headerBlockBytes = 29
        #expect(try inspect(.GET, "/ab", limits: limits).facts.headBytes == 29)
        #expect(throws: Malformation.headersTooLarge) { try inspect(.GET, "/abc", limits: limits) }
    }
}
