import NIOCore
import Testing

@testable import trellis

@Suite struct CurlRequestTests {
    private static let files: [String: String] = [
        "lines": "a=1\r\nb\u{0}=2\n", "headers": "X-One: 1\n\nX-Two: 2\r\n", "é": "ü&",
    ]

    private func lines(_ arguments: [String]) throws -> [String] {
        let request = try CurlRequest(try EventArguments(arguments)) { source in
            guard case .file(let name) = source, let text = Self.files[name] else { return Array("stdin\n".utf8) }
            return Array(text.utf8)
        }
        let message = request.message()
        return [message.requestLine] + message.headerLines.map { String(decoding: $0, as: UTF8.self) }
            + ["", String(buffer: message.body)]
    }

    /// What curl 7.88 sends for the same arguments, but for the user agent.
    private static let sent: [([String], [String])] = [
        (["h/a"], ["GET /a HTTP/1.1", "Host: h", "Accept: */*", "", ""]),
        (
            ["-d", "a=1", "-H", "X-A: 1", "-u", "u:p", "-e", "ref", "-b", "c=1", "-b", "d=2", "h/a/../b?x=1"],
            [
                "POST /b?x=1 HTTP/1.1", "Host: h", "Authorization: Basic dTpw", "Accept: */*", "Referer: ref",
                "Cookie: c=1;d=2", "X-A: 1", "Content-Length: 3", "Content-Type: application/x-www-form-urlencoded", "",
                "a=1",
            ]
        ),
        (
            [
                "-H", "Host;", "-H", "X-Empty;", "-H", "Accept:", "-H", "X-Gone:", "-H", "X-B:v", "-H", "X-B:   w  ",
                "h",
            ],
            ["GET / HTTP/1.1", "Host:", "X-Empty:", "X-B:v", "X-B:   w  ", "", ""]
        ),
        (
            ["--json", #"{"a":1}"#, "--json", #"{"b":2}"#, "-d", "x", "h"],
            [
                "POST / HTTP/1.1", "Host: h", "Content-Type: application/json", "Accept: application/json",
                "Content-Length: 16", "", #"{"a":1}{"b":2}&x"#,
            ]
        ),
        (
            ["-d", "x", "--json", "y", "-H", "accept: z", "h"],
            [
                "POST / HTTP/1.1", "Host: h", "accept: z", "Content-Type: application/json", "Content-Length: 2", "",
                "xy",
            ]
        ),
        (
            ["-G", "-d", "q=1", "-d", "r=2", "h/?x=1"],
            ["GET /?x=1&q=1&r=2 HTTP/1.1", "Host: h", "Accept: */*", "", ""]
        ),
        (["-G", "-d", "q=1", "-I", "h"], ["HEAD /?q=1 HTTP/1.1", "Host: h", "Accept: */*", "", ""]),
        (["-I", "h"], ["HEAD / HTTP/1.1", "Host: h", "Accept: */*", "", ""]),
        (
            ["-d", "", "h"],
            [
                "POST / HTTP/1.1", "Host: h", "Accept: */*", "Content-Length: 0",
                "Content-Type: application/x-www-form-urlencoded", "", "",
            ]
        ),
        (
            ["-d", "a", "-H", "Content-Type:", "-X", "PUT", "h"],
            ["PUT / HTTP/1.1", "Host: h", "Accept: */*", "Content-Length: 1", "", "a"]
        ),
        (
            [
                "-H", "Content-Type: t", "--data-urlencode", "name=x y&é", "--data-urlencode", "=a b",
                "--data-urlencode",
                "c~d", "h",
            ],
            [
                "POST / HTTP/1.1", "Host: h", "Accept: */*", "Content-Type: t", "Content-Length: 25", "",
                "name=x+y%26%C3%A9&a+b&c~d",
            ]
        ),
        (
            ["-H", "Host: other", "-H", "Content-Length: 3", "-H", "Content-Type: t", "-d", "abc", "h"],
            ["POST / HTTP/1.1", "Host: other", "Accept: */*", "Content-Length: 3", "Content-Type: t", "", "abc"]
        ),
        (
            ["-H", "Authorization: Bearer x", "-u", "a:b", "-H", "Cookie: own", "-b", "c=1", "h"],
            ["GET / HTTP/1.1", "Host: h", "Accept: */*", "Authorization: Bearer x", "Cookie: own", "", ""]
        ),
        (
            ["-H", "Content-Type: t", "-d", "@lines", "--data-binary", "@lines", "--data-raw", "@lines", "h"],
            [
                "POST / HTTP/1.1", "Host: h", "Accept: */*", "Content-Type: t", "Content-Length: 24", "",
                "a=1b=2&a=1\r\nb\u{0}=2\n&@lines",
            ]
        ),
        (
            ["-H", "Content-Type: t", "--data-urlencode", "n@é", "--data-binary", "@-", "h"],
            [
                "POST / HTTP/1.1", "Host: h", "Accept: */*", "Content-Type: t", "Content-Length: 18", "",
                "n=%C3%BC%26&stdin\n",
            ]
        ),
        (["-H", "@headers", "h"], ["GET / HTTP/1.1", "Host: h", "Accept: */*", "X-One: 1", "X-Two: 2", "", ""]),
        (
            ["--path-as-is", "h/a/./b/../c/é%zz"],
            ["GET /a/./b/../c/%c3%a9%zz HTTP/1.1", "Host: h", "Accept: */*", "", ""]
        ),
        (
            ["u:p%40@h:81/x#frag"],
            ["GET /x HTTP/1.1", "Host: h:81", "Authorization: Basic dTpwQA==", "Accept: */*", "", ""]
        ),
    ]

    @Test(arguments: sent)
    func sends(arguments: [String], expected: [String]) throws {
        #expect(try lines(["-A", ""] + arguments) == expected)
        #expect(try lines(arguments).contains("User-Agent: trellis-event"))
    }

    @Test(
        arguments: [
            ("https://h", "h", 443, "/"), ("http://h:80/a", "h", 80, "/a"), ("HTTPS://h:443", "h", 443, "/"),
            ("https://h:80/", "h:80", 80, "/"), ("h?q=/../", "h", nil, "/?q=/../"),
            ("/a/b?x=://", "localhost", nil, "/a/b?x=://"),
            ("http://[::1]:8080/a/..", "[::1]:8080", 8080, "/"), ("http://[::1]", "[::1]", nil, "/"),
            ("h/a/b/../../../c/./", "h", nil, "/c/"), ("h//a", "h", nil, "//a"), ("h:", "h", nil, "/"),
            ("http://h/?q=[1]", "h", nil, "/?q=[1]"),
        ] as [(String, String, Int?, String)])
    func urls(text: String, authority: String, port: Int?, target: String) throws {
        let url = try RequestURL(text, keepsDots: false)
        #expect(url.authority == authority && url.target == target)
        #expect(url.port == port || (port == 443 && url.port == nil))
    }

    @Test(arguments: ["", "ftp://h", "http://", "http:///x", "h:0", "h:65536", "h:x", "a b", "h/\n", "http://:80/"])
    func wrongURLs(text: String) {
        #expect(throws: EventUsageError.self) { try RequestURL(text, keepsDots: false) }
    }

    @Test(arguments: [
        [], ["h", "i"], ["-H", "nonsense", "h"], ["-H", ": x", "h"], ["-H", "a: b\r\nc: d", "h"],
        ["-I", "-d", "x", "h"],
        ["-b", "file", "h"], ["-X", "", "h"], ["-X", "A B", "h"],
    ])
    func wrongRequests(arguments: [String]) {
        #expect(throws: EventUsageError.self) { try lines(arguments) }
    }
}
