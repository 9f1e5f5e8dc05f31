/// Scheme, host and port of an HTTP server, with a path that everything is below.
package struct HTTPOrigin: Hashable, Sendable, CustomStringConvertible {
    package var isSecure: Bool
    /// A name or an address; IPv6 without brackets.
    package var host: String
    package var port: Int
    /// Empty, or begins with `/` and does not end with one.
    package var basePath: String

    package init(isSecure: Bool, host: String, port: Int, basePath: String = "") {
        self.isSecure = isSecure
        self.host = host
        self.port = port
        self.basePath = basePath
    }

    /// Reads `http://127.0.0.1:9000` or `https://lambda.eu-west-1.amazonaws.com/base`.
    ///
    /// - Returns: `nil` for another scheme, user information, a query, a fragment, or characters that no URL has.
    package init?(_ url: String) {
        let secure = url.hasPrefix("https://")
        guard secure || url.hasPrefix("http://"), url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        let rest = url.dropFirst(secure ? 8 : 7)
        guard !rest.contains(where: { "?#@\\\"<>".contains($0) }) else { return nil }
        let authority = rest.prefix { $0 != "/" }
        guard let (host, port) = Self.split(authority, defaultPort: secure ? 443 : 80) else { return nil }
        var path = rest.dropFirst(authority.count)
        while path.hasSuffix("/") { path = path.dropLast() }
        self.init(isSecure: secure, host: host, port: port, basePath: String(path))
    }

    private static func split(_ authority: Substring, defaultPort: Int) -> (host: String, port: Int)? {
        var host = authority
        var port = defaultPort
        let afterHost = authority.lastIndex(of: "]").map { authority.index(after: $0) } ?? authority.startIndex
        if let colon = authority[afterHost...].lastIndex(of: ":") {
            guard let number = decimal(authority[authority.index(after: colon)...].utf8), (1...65_535).contains(number)
            else { return nil }
            port = number
            host = authority[..<colon]
        }
        if host.hasPrefix("[") {
            guard host.hasSuffix("]") else { return nil }
            host = host.dropFirst().dropLast()
            guard host.contains(":"), host.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else { return nil }
        } else {
            guard !host.contains(":"), !host.contains("["), !host.contains("]") else { return nil }
        }
        return host.isEmpty ? nil : (String(host), port)
    }

    /// The value of a `host` header: the port only where it is not the scheme's own.
    package var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    package var description: String { "\(isSecure ? "https" : "http")://\(authority)\(basePath)" }
}
