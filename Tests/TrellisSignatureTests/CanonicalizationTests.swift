import Testing
import TrellisSignature

@Suite struct CanonicalizationTests {
    @Test(
        arguments: [
            // path, normalised and encoded, encoded, as received
            ("", "/", "/", "/"),
            ("/", "/", "/", "/"),
            ("/a%20b", "/a%2520b", "/a%2520b", "/a%20b"),
            ("/a b", "/a%20b", "/a%20b", "/a b"),
            ("/%2F/%2f", "/%252F/%252f", "/%252F/%252f", "/%2F/%2f"),
            ("/-._~/+*:@$", "/-._~/%2B%2A%3A%40%24", "/-._~/%2B%2A%3A%40%24", "/-._~/+*:@$"),
            ("/é", "/%C3%A9", "/%C3%A9", "/é"),
            ("//a//b//", "/a/b/", "//a//b//", "//a//b//"),
            ("/a/./b", "/a/b", "/a/./b", "/a/./b"),
            ("/a/../b/", "/b/", "/a/../b/", "/a/../b/"),
            ("/a/b/..", "/a", "/a/b/..", "/a/b/.."),
            ("/../../a", "/a", "/../../a", "/../../a"),
            ("/a/..", "/", "/a/..", "/a/.."),
            ("/.../..a/.b", "/.../..a/.b", "/.../..a/.b", "/.../..a/.b"),
            ("/a/%2E%2E/b", "/a/%252E%252E/b", "/a/%252E%252E/b", "/a/%2E%2E/b"),
            ("*", "%2A", "%2A", "*"),
        ])
    func path(_ path: String, normalized: String, encoded: String, received: String) {
        #expect(lines(of: path, .init(path: .normalizedEncoded, query: .sorted)).path == normalized)
        #expect(lines(of: path, .init(path: .encoded, query: .sorted)).path == encoded)
        #expect(lines(of: path, .init(path: .asReceived, query: .sorted)).path == received)
    }

    @Test(
        arguments: [
            // query, recoded and sorted, sorted
            ("", "", ""),
            ("a", "a=", "a="),
            ("b=2&a=1", "a=1&b=2", "a=1&b=2"),
            ("a=2&a=1&a", "a=&a=1&a=2", "a=&a=1&a=2"),
            ("a=b=c", "a=b%3Dc", "a=b=c"),
            ("a+b=c*", "a%2Bb=c%2A", "a+b=c*"),
            ("a=%2f&b=%2F", "a=%2F&b=%2F", "a=%2f&b=%2F"),
            ("%7Ea=%41", "~a=A", "%7Ea=%41"),
            ("a=~-._", "a=~-._", "a=~-._"),
            ("a=é&a=%C3%A9", "a=%C3%A9&a=%C3%A9", "a=%C3%A9&a=é"),
            ("a=%zz&b=%4&c=%", "a=%25zz&b=%254&c=%25", "a=%zz&b=%4&c=%"),
            ("a=%%41&b=%4%41", "a=%25A&b=%254A", "a=%%41&b=%4%41"),
            ("a=%C3&b=%00", "a=%C3&b=%00", "a=%C3&b=%00"),
            ("a&&b", "a=&b=", "=&a=&b="),
            ("=v", "=v", "=v"),
            // By name first: `-` and `.` come before `=`, a prefix before both.
            ("a-=1&a=2&a.=3", "a=2&a-=1&a.=3", "a=2&a-=1&a.=3"),
            ("B=1&a=2&_=3", "B=1&_=3&a=2", "B=1&_=3&a=2"),
            ("a=1?b=2", "a=1%3Fb%3D2", "a=1?b=2"),
        ])
    func query(_ query: String, recoded: String, sorted: String) {
        #expect(lines(of: "/?" + query, .standard).query == recoded)
        #expect(lines(of: "/?" + query, .init(path: .asReceived, query: .sorted)).query == sorted)
        #expect(lines(of: "/?" + query, .init(path: .asReceived, query: .asReceived)).query == query)
    }

    @Test(
        arguments: [
            (["a"], "a"), ([""], ""), (["  a  "], "a"), (["a   b"], "a b"), (["\ta\t \tb\r\n c "], "a b c"),
            (["\"a   b\""], "\"a b\""), (["b", "a"], "b,a"), ([" b ", "", "a  c"], "b,,a c"), (["a,b"], "a,b"),
            (["é"], "é"), ([" \t "], ""),
        ])
    func headerValue(_ values: [String], expected: String) {
        let request = SignableRequest(
            method: "GET", target: "/", headers: [("host", "h")] + values.map { ("X-Header", $0) })
        let canonical = CanonicalRequest(
            request, signedHeaders: SignedHeaderNames(["X-HEADER", "Host"]), payloadHash: "hash")
        #expect(
            String(decoding: canonical.bytes(.standard), as: UTF8.self)
                == "GET\n/\n\nhost:h\nx-header:\(expected)\n\nhost;x-header\nhash")
    }

    @Test func headerLinesOfOneNameKeepTheirOrderAmongOthers() {
        let request = SignableRequest(
            method: "GET", target: "/",
            headers: [("b", "1"), ("A", "1"), ("B", "2"), ("c", "1"), ("a", "2"), ("b", "3")])
        let canonical = CanonicalRequest(
            request, signedHeaders: SignedHeaderNames(["c", "b", "a", "B"]), payloadHash: "hash")
        #expect(
            String(decoding: canonical.bytes(.standard), as: UTF8.self)
                == "GET\n/\n\na:1,2\nb:1,2,3\nc:1\n\na;b;c\nhash")
    }

    @Test func signedHeaderNamesAreSortedByByteAndUnique() {
        #expect(SignedHeaderNames(["b-a", "B", "b", "b.c", ":authority", "b1"]).joined == ":authority;b;b-a;b.c;b1")
    }

    /// Large inputs take the time of a few sorts.
    ///
    /// A quadratic step would take minutes here and be noticed.
    @Test func largeRequestsAreCanonicalised() {
        var generator = SeededGenerator(seed: 1)
        let names = (0..<6000).map { "x\($0)" }
        let request = SignableRequest(
            method: "GET",
            target: String(repeating: "/a/..", count: 6000) + "?" + String(repeating: "&b&a", count: 8000),
            headers: names.shuffled(using: &generator).map { ($0, "v") }
                + (0..<20_000).map { _ in ("same", "v") })
        let canonical = CanonicalRequest(
            request, signedHeaders: SignedHeaderNames(names + ["same"]), payloadHash: "hash")
        for canonicalization in Canonicalization.accepted {
            #expect(canonical.bytes(canonicalization).count > 100_000)
        }
    }

    private func lines(of target: String, _ form: Canonicalization) -> (path: String, query: String) {
        let request = CanonicalRequest(
            SignableRequest(method: "GET", target: target, headers: []), signedHeaders: SignedHeaderNames([]),
            payloadHash: "hash")
        let lines = String(decoding: request.bytes(form), as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 6)
        return (String(lines[1]), String(lines[2]))
    }
}
