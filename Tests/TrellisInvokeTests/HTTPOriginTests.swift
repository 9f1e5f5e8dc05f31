import Testing

@testable import TrellisInvoke

@Suite struct HTTPOriginTests {
    @Test(arguments: [
        ("http://127.0.0.1:9000", "127.0.0.1:9000", ""),
        ("https://lambda.eu-west-1.amazonaws.com/", "lambda.eu-west-1.amazonaws.com", ""),
        ("http://[::1]:80/a/b/", "[::1]", "/a/b"), ("https://h:443", "h", ""), ("http://h:443", "h:443", ""),
    ])
    func urlsAreRead(_ url: String, _ authority: String, _ path: String) throws {
        let origin = try #require(HTTPOrigin(url))
        #expect(origin.authority == authority)
        #expect(origin.basePath == path)
        #expect(origin.isSecure == url.hasPrefix("https"))
    }

    @Test(arguments: [
        "", "h", "ftp://h", "http://", "http://:80", "http://h:0", "http://h:65536", "http://h:x", "http://u@h",
        "http://h?q", "http://h#f", "http://a b", "http://[::1", "http://::1", "http://[x]", "http://h\r\nx: y",
        "http://h:80:80", "http://hé",
    ])
    func othersAreNot(_ url: String) {
        #expect(HTTPOrigin(url) == nil)
    }
}
