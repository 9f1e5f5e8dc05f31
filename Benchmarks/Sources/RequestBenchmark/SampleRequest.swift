import NIOHTTP1

/// A GET as a browser's script sends it, with 20 header lines.
enum SampleRequest {
    static let host = "service-1.localhost"

    static func headers(host: String = host) -> [(name: String, value: String)] {
        [
            ("host", host), ("connection", "keep-alive"), ("accept", "application/json, text/plain, */*"),
            ("accept-language", "en-GB,en;q=0.9,de;q=0.8"), ("accept-encoding", "gzip, deflate, br, zstd"),
            ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0"),
            ("referer", "https://shop.example.com/orders"), ("origin", "https://shop.example.com"),
            ("cookie", "session=0123456789abcdef0123456789abcdef; theme=dark; consent=all"),
            ("cache-control", "no-cache"), ("pragma", "no-cache"), ("sec-fetch-dest", "empty"),
            ("sec-fetch-mode", "cors"), ("sec-fetch-site", "same-site"), ("sec-ch-ua-platform", "\"Linux\""),
            ("sec-ch-ua-mobile", "?0"), ("priority", "u=1, i"), ("x-request-id", "7f1b7c52-7a0e-4a53-9f83-3b1d2c"),
            ("x-forwarded-for", "203.0.113.7"), ("dnt", "1"),
        ]
    }

    /// - Parameter tenant: Which rule's path it is for.
    static func head(tenant: Int = 0) -> HTTPRequestHead {
        HTTPRequestHead(
            version: .http1_1, method: .GET, uri: "/tenants/\(tenant)/orders?state=open&page=2",
            headers: HTTPHeaders(headers().map { ($0.name, $0.value) }))
    }

    /// The request as bytes.
    static func text(tenant: Int = 0) -> String {
        let lines = headers().map { "\($0.name): \($0.value)\r\n" }.joined()
        return "GET /tenants/\(tenant)/orders?state=open&page=2 HTTP/1.1\r\n\(lines)\r\n"
    }
}
