import NIOHTTP1

/// What the data plane reads from a request head, checked.
struct RequestFacts {
    /// The value of `Host`, or the authority of a target in absolute form; empty for an HTTP/1.0 request without one.
    var host = ""
    /// More than an `Int` holds counts as `Int.max`.
    var contentLength: Int?
    var isChunked = false
    var expectsContinue = false
    /// Whether the client asks to leave HTTP/1.1, after which the decoder reads no further request.
    var asksForUpgrade = false
    var requestID: String?
    var userAgent: String?
    /// `X-Amzn-Trace-Id`.
    var traceHeader: String?
    /// Whether the `Authorization` header is an AWS signature.
    var claimsSignature = false
    /// Whether a query parameter may be one of a presigned request.
    var mayHaveQuerySignature = false
    /// Request line and header lines with their separators, in bytes.
    var headBytes = 0
}

extension RequestFacts {
    /// Reads and checks a head where the decoder is lenient; the head then has its target in origin form and header
    /// values without surrounding blanks.
    ///
    /// - Throws: What others might read differently. The connection must not be used further.
    /// - Source: RFC 9112, sections 3.2, 5 and 6.
    init(inspecting head: inout HTTPRequestHead, limits: DataPlaneLimits) throws(Malformation) {
        var hosts = 0
        var hasPaddedValue = false
        headBytes = head.method.rawValue.utf8.count + head.uri.utf8.count + Self.requestLineFrame
        for (name, value) in head.headers {
            headBytes += name.utf8.count + value.utf8.count + Self.headerLineFrame
            if value.endsWithBlank { hasPaddedValue = true }
            switch name.utf8.count {
            case 4 where name.isField("host"):
                hosts += 1
                host = value
            case 6 where name.isField("expect"):
                expectsContinue = value.trimmingBlanks.isField("100-continue")
            case 7 where name.isField("upgrade"):
                asksForUpgrade = true
            case 10 where name.isField("user-agent") && userAgent == nil:
                userAgent = value.trimmingBlanks
            case 13 where name.isField("authorization"):
                if Self.isSignature(value) { claimsSignature = true }
            case 14 where name.isField("content-length"):
                contentLength = try Self.length(value, after: contentLength)
            case 15 where name.isField("x-amzn-trace-id") && traceHeader == nil:
                traceHeader = value.trimmingBlanks
            case 16 where name.isField("x-amzn-requestid") && requestID == nil:
                requestID = value.trimmingBlanks
            case 17 where name.isField("transfer-encoding"):
                guard !isChunked, value.trimmingBlanks.isField("chunked") else { throw .transferEncoding }
                isChunked = true
            default:
                break
            }
        }
        guard headBytes <= limits.headerBlockBytes else { throw .headersTooLarge }
        if hasPaddedValue {
            head.headers = HTTPHeaders(head.headers.map { ($0.name, $0.value.trimmingBlanks) })
            host = host.trimmingBlanks
        }
        try checkFraming(head)
        try checkHost(lines: hosts, in: head)
        try checkTarget(of: &head)
        mayHaveQuerySignature = Self.mayHaveQuerySignature(head.uri)
    }

    /// `GET / HTTP/1.1` and two line ends, without method and target.
    private static let requestLineFrame = 14
    /// `: ` and a line end.
    private static let headerLineFrame = 4

    /// `Bearer` and the like are the application's own.
    private static func isSignature(_ value: String) -> Bool {
        value.utf8.drop { isBlank($0) }.starts(with: "AWS4-".utf8)
    }

    /// Whether a parameter's name begins like `X-Amz-Signature`, perhaps percent-encoded.
    private static func mayHaveQuerySignature(_ target: String) -> Bool {
        var startsName = false
        for byte in target.utf8 {
            if startsName, byte == UInt8(ascii: "X") || byte == UInt8(ascii: "%") { return true }
            startsName = byte == UInt8(ascii: "?") || byte == UInt8(ascii: "&")
        }
        return false
    }

    private static func length(_ value: String, after earlier: Int?) throws(Malformation) -> Int {
        let digits = value.trimmingBlanks.utf8
        guard earlier == nil, !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw .contentLength
        }
        return Int(value.trimmingBlanks) ?? .max
    }

    private func checkFraming(_ head: HTTPRequestHead) throws(Malformation) {
        guard isChunked else { return }
        // A recipient that does not know HTTP/1.1 would take the body for the next request.
        guard contentLength == nil, !head.isHTTP10 else { throw .transferEncoding }
    }

    private func checkHost(lines: Int, in head: HTTPRequestHead) throws(Malformation) {
        guard lines == 1 || (lines == 0 && head.isHTTP10) else { throw .host }
        guard host.isEmpty || HostSyntax.isValid(host) else { throw .host }
    }

    /// Accepts origin form, absolute form, and the asterisk of `OPTIONS`.
    private mutating func checkTarget(of head: inout HTTPRequestHead) throws(Malformation) {
        guard head.method != .CONNECT else { throw .connect }
        let target = head.uri
        // A fragment is for the client alone.
        guard !target.utf8.contains(UInt8(ascii: "#")) else { throw .target }
        if target.utf8.first == UInt8(ascii: "/") { return }
        if target == "*" {
            guard head.method == .OPTIONS else { throw .target }
            return
        }
        guard let absolute = AbsoluteTarget(target, method: head.method) else { throw .target }
        head.uri = absolute.originForm
        head.headers.replaceOrAdd(name: "host", value: absolute.authority)
        host = absolute.authority
    }
}

/// A request target such as `http://example.com:8080/orders?state=open`.
///
/// A server must accept it, and must take the host from it instead of from `Host`.
///
/// - Source: RFC 9112, section 3.2.2.
struct AbsoluteTarget: Equatable {
    let authority: String
    /// Path and query; `/` or, for `OPTIONS`, `*` where there is no path.
    let originForm: String

    /// - Returns: `nil` unless the scheme is `http` and the authority a valid host without user information.
    init?(_ target: String, method: HTTPMethod) {
        let scheme = target.utf8.prefix(7)
        guard String(Substring(scheme)).isField("http://") else { return nil }
        let rest = target.utf8.dropFirst(7)
        let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        self.authority = String(Substring(authority))
        guard !authority.isEmpty, HostSyntax.isValid(self.authority) else { return nil }
        let path = String(Substring(rest.dropFirst(authority.count)))
        if path.isEmpty {
            originForm = method == .OPTIONS ? "*" : "/"
        } else {
            originForm = path.utf8.first == UInt8(ascii: "?") ? "/" + path : path
        }
    }
}

/// The form `host`, `host:port`, `[address]` or `[address]:port` of a `Host` header.
enum HostSyntax {
    static func isValid(_ host: String) -> Bool {
        let bytes = host.utf8
        if bytes.first == UInt8(ascii: "[") {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let address = bytes[bytes.index(after: bytes.startIndex)..<end]
            return !address.isEmpty && address.allSatisfy(isAddressByte) && isPort(bytes[bytes.index(after: end)...])
        }
        let name = bytes.prefix { $0 != UInt8(ascii: ":") }
        return name.allSatisfy(isNameByte) && isPort(bytes[name.endIndex...])
    }

    /// Empty, or a colon and digits.
    private static func isPort(_ text: Substring.UTF8View) -> Bool {
        guard let first = text.first else { return true }
        return first == UInt8(ascii: ":") && text.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
    }

    /// RFC 3986, `reg-name`: unreserved characters, percent signs and sub-delimiters.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"), UInt8(ascii: "%"), UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "="):
            true
        default:
            false
        }
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ":") || isNameByte(byte)
    }
}

extension String {
    /// Whether the text is `expected`, which is in lower case, compared without case.
    @inline(__always)
    func isField(_ expected: StaticString) -> Bool {
        guard utf8.count == expected.utf8CodeUnitCount else { return false }
        var index = 0
        for byte in utf8 {
            let lowercase = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
            guard lowercase == expected.utf8Start[index] else { return false }
            index += 1
        }
        return true
    }

    /// Whether the last byte is a space or a tab; the decoder has removed those in front.
    fileprivate var endsWithBlank: Bool {
        utf8.last.map(isBlank) ?? false
    }

    fileprivate var trimmingBlanks: String {
        guard endsWithBlank || utf8.first.map(isBlank) ?? false else { return self }
        var text = utf8[...]
        while let first = text.first, isBlank(first) { text.removeFirst() }
        while let last = text.last, isBlank(last) { text.removeLast() }
        return String(Substring(text))
    }
}

private func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09
}
