import TrellisLambdaEvent

/// The URL of a request, taken apart as curl does.
struct RequestURL: Equatable {
    var scheme: ForwardedHeaders.Scheme
    /// As `Host` says it: without user information, and without the port that the scheme has anyway.
    var authority: String
    /// `nil` where the URL names none.
    var port: Int?
    /// Path and query, without fragment.
    var target: String
    /// User information as `name:password`.
    var user: String?

    /// - Parameters:
    ///   - text: `https://host/path?query`, `host/path` (http), or `/path` alone, whose host is `localhost`.
    ///   - keepsDots: Whether `/./` and `/../` stay in the path.
    init(_ text: String, keepsDots: Bool) throws(EventUsageError) {
        guard !text.isEmpty else { throw EventUsageError("The URL is empty.") }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw EventUsageError("The URL '\(text)' holds a blank or control character: write it as %20 and the like.")
        }
        let (scheme, rest) = try Self.scheme(of: text)
        self.scheme = scheme
        let withoutFragment = rest.prefix { $0 != "#" }
        let end = withoutFragment.firstIndex { $0 == "/" || $0 == "?" } ?? withoutFragment.endIndex
        var authority = String(withoutFragment[..<end])
        if let at = authority.lastIndex(of: "@") {
            user = authority[..<at].removingPercentEncoding
            authority = String(authority[authority.index(after: at)...])
        }
        (self.authority, port) = try Self.checkedAuthority(authority, scheme, text)
        target = Self.target(withoutFragment[end...], keepsDots: keepsDots)
    }

    private static func scheme(of text: String) throws(EventUsageError) -> (ForwardedHeaders.Scheme, Substring) {
        if text.hasPrefix("/") { return (.http, ("localhost" + text)[...]) }
        guard let mark = text.firstRange(of: "://"), !text[..<mark.lowerBound].contains(where: { "/?#".contains($0) })
        else { return (.http, text[...]) }
        guard let scheme = ForwardedHeaders.Scheme(rawValue: text[..<mark.lowerBound].lowercased()) else {
            throw EventUsageError("The URL '\(text)' is neither http:// nor https://.")
        }
        return (scheme, text[mark.upperBound...])
    }

    private static func checkedAuthority(
        _ authority: String, _ scheme: ForwardedHeaders.Scheme, _ text: String
    ) throws(EventUsageError) -> (String, Int?) {
        // An address in brackets holds colons of its own.
        let afterAddress = authority.lastIndex(of: "]") ?? authority.startIndex
        guard let colon = authority[afterAddress...].lastIndex(of: ":") else {
            guard !authority.isEmpty else { throw EventUsageError("The URL '\(text)' has no host.") }
            return (authority, nil)
        }
        let host = String(authority[..<colon])
        let digits = authority[authority.index(after: colon)...]
        guard !host.isEmpty else { throw EventUsageError("The URL '\(text)' has no host.") }
        if digits.isEmpty { return (host, nil) }
        guard let port = Int(digits), (1...65_535).contains(port) else {
            throw EventUsageError("The URL '\(text)' has a port that is not 1 to 65535.")
        }
        return (port == (scheme == .https ? 443 : 80) ? host : authority, port)
    }

    private static func target(_ text: Substring, keepsDots: Bool) -> String {
        let path = text.prefix { $0 != "?" }
        let query = text[path.endIndex...]
        let segments = keepsDots ? String(path) : removingDots(path)
        return encodingNonASCII((segments.isEmpty ? "/" : segments) + query)
    }

    /// - Source: RFC 3986, section 5.2.4.
    private static func removingDots(_ path: Substring) -> String {
        guard path.contains(".") else { return String(path) }
        var kept: [Substring] = []
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            switch segment {
            case ".": if isLast { kept.append("") }
            case "..":
                _ = kept.popLast()
                if isLast { kept.append("") }
            default: kept.append(segment)
            }
        }
        return "/" + kept.joined(separator: "/")
    }

    private static func encodingNonASCII(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 >= 0x80 }) else { return text }
        return text.utf8.map { byte in
            byte < 0x80 ? String(UnicodeScalar(byte)) : "%" + String(byte, radix: 16)
        }.joined()
    }
}

extension Substring {
    /// The text with `%XX` as bytes; what is not UTF-8 after that stays as it is.
    fileprivate var removingPercentEncoding: String {
        var bytes: [UInt8] = []
        var rest = utf8
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let decoded = UInt8(String(Substring(rest.prefix(2))), radix: 16)
            {
                bytes.append(decoded)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self) ?? String(self)
    }
}
