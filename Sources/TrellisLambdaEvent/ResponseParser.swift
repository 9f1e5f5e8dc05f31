/// A function's response before its body is decoded.
struct ParsedResponse {
    var statusCode: Int
    var isBase64Encoded: Bool
    var headers: HeaderList
    var body: JSONScanner.StringToken?
}

/// Reads the members of a function's response; the rules are those of ``LambdaResponseDecoder``.
struct ResponseParser {
    private typealias Member = LambdaResponseError.Member

    private let options: LambdaResponseDecoder.Options
    private var scanner: JSONScanner
    private var statusCode: Int?
    private var isBase64Encoded = false
    private var headers: HeaderLines
    private var multiValueHeaders: HeaderLines
    private var multiValueOffset = 0
    private var body: JSONScanner.StringToken?

    init(_ bytes: UnsafeRawBufferPointer, _ options: LambdaResponseDecoder.Options) {
        self.options = options
        scanner = JSONScanner(bytes)
        headers = HeaderLines(options)
        multiValueHeaders = HeaderLines(options)
    }

    mutating func parse() throws(LambdaResponseError) -> ParsedResponse {
        guard try scanner.peek() == UInt8(ascii: "{") else { throw .init(.notAnObject, at: scanner.position) }
        try forEachMember { (parser, name) throws(LambdaResponseError) in try parser.parseMember(named: name) }
        let closingBrace = scanner.position - 1
        try scanner.takeEnd()
        guard let statusCode else { throw .init(.missingStatusCode, at: closingBrace) }
        if options.readsMultiValueHeaders {
            try headers.replace(with: multiValueHeaders, at: multiValueOffset)
        }
        return ParsedResponse(
            statusCode: statusCode, isBase64Encoded: isBase64Encoded, headers: headers.withoutConnectionHeaders(),
            body: body)
    }

    /// Takes an object whose opening brace is next, calling `body` with each name after its colon.
    private mutating func forEachMember(
        _ body: (inout ResponseParser, JSONScanner.StringToken) throws(LambdaResponseError) -> Void
    ) throws(LambdaResponseError) {
        try scanner.take(UInt8(ascii: "{"))
        guard try !scanner.takes(UInt8(ascii: "}")) else { return }
        repeat {
            let name = try scanner.takeString()
            try scanner.take(UInt8(ascii: ":"))
            try body(&self, name)
        } while try scanner.takes(UInt8(ascii: ","))
        try scanner.take(UInt8(ascii: "}"))
    }

    private mutating func parseMember(named name: JSONScanner.StringToken) throws(LambdaResponseError) {
        switch scanner.member(named: name) {
        case .statusCode: statusCode = try takeStatusCode()
        case .isBase64Encoded: isBase64Encoded = try takeFlag()
        case .body: body = try takeBody()
        case .headers:
            headers = try takeHeaders(.headers)
        case .multiValueHeaders where options.readsMultiValueHeaders:
            multiValueHeaders = try takeHeaders(.multiValueHeaders)
            multiValueOffset = scanner.position - 1
        case .multiValueHeaders, nil:
            try scanner.skipValue(depth: 1)
        }
    }

    // MARK: Members

    private mutating func takeStatusCode() throws(LambdaResponseError) -> Int {
        let value: Int?
        let offset: Int
        switch try scanner.peek() {
        case UInt8(ascii: "\""):
            let token = try scanner.takeString()
            offset = token.offset
            value = scanner.withText(of: token, StatusCode.threeDigits)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            let range = try scanner.takeNumber()
            offset = range.lowerBound
            value = StatusCode.wholeNumber(UnsafeRawBufferPointer(rebasing: scanner.bytes[range]))
        default:
            throw .init(.statusCodeNotNumeric, at: scanner.position)
        }
        guard let value else { throw .init(.statusCodeNotNumeric, at: offset) }
        guard StatusCode.allowed.contains(value) else { throw .init(.statusCodeOutOfRange, at: offset) }
        return value
    }

    private mutating func takeFlag() throws(LambdaResponseError) -> Bool {
        switch try scanner.peek() {
        case UInt8(ascii: "t"):
            try scanner.takeLiteral("true")
            return true
        case UInt8(ascii: "f"):
            try scanner.takeLiteral("false")
            return false
        default:
            throw .init(.wrongType(.isBase64Encoded), at: scanner.position)
        }
    }

    private mutating func takeBody() throws(LambdaResponseError) -> JSONScanner.StringToken? {
        switch try scanner.peek() {
        case UInt8(ascii: "\""):
            return try scanner.takeString()
        case UInt8(ascii: "n"):
            try scanner.takeLiteral("null")
            return nil
        default:
            throw .init(.wrongType(.body), at: scanner.position)
        }
    }

    // MARK: Headers

    private mutating func takeHeaders(_ member: Member) throws(LambdaResponseError) -> HeaderLines {
        guard try scanner.peek() == UInt8(ascii: "{") else { throw .init(.wrongType(member), at: scanner.position) }
        var lines = HeaderLines(options)
        try forEachMember { (parser, token) throws(LambdaResponseError) in
            guard let name = parser.scanner.headerName(token) else { throw .init(.invalidHeaderName, at: token.offset) }
            lines.remove(name)
            switch try parser.scanner.peek() {
            case UInt8(ascii: "\"") where member == .headers: try parser.takeHeaderLine(name, to: &lines)
            case UInt8(ascii: "["): try parser.takeHeaderList(name, to: &lines)
            default: throw .init(.headerValueNotString(name: name), at: parser.scanner.position)
            }
        }
        return lines
    }

    private mutating func takeHeaderList(
        _ name: String, to lines: inout HeaderLines
    ) throws(LambdaResponseError) {
        try scanner.take(UInt8(ascii: "["))
        guard try !scanner.takes(UInt8(ascii: "]")) else { return }
        repeat {
            guard try scanner.peek() == UInt8(ascii: "\"") else {
                throw .init(.headerValueNotString(name: name), at: scanner.position)
            }
            try takeHeaderLine(name, to: &lines)
        } while try scanner.takes(UInt8(ascii: ","))
        try scanner.take(UInt8(ascii: "]"))
    }

    private mutating func takeHeaderLine(
        _ name: String, to lines: inout HeaderLines
    ) throws(LambdaResponseError) {
        let token = try scanner.takeString()
        let value = scanner.withText(of: token) { text in
            isFieldValue(text) ? String(decoding: text, as: UTF8.self) : nil
        }
        guard let value else { throw .init(.invalidHeaderValue(name: name), at: token.offset) }
        try lines.append(name, value, at: token.offset)
    }
}

extension JSONScanner {
    fileprivate func member(named token: StringToken) -> LambdaResponseError.Member? {
        withText(of: token) { name in
            switch name.count {
            case 4 where isText(name, "body"): .body
            case 7 where isText(name, "headers"): .headers
            case 10 where isText(name, "statusCode"): .statusCode
            case 15 where isText(name, "isBase64Encoded"): .isBase64Encoded
            case 17 where isText(name, "multiValueHeaders"): .multiValueHeaders
            default: nil
            }
        }
    }

    fileprivate func headerName(_ token: StringToken) -> String? {
        withText(of: token) { FieldName.isToken($0) ? String(decoding: $0, as: UTF8.self) : nil }
    }

    @inline(__always)
    private func isText(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        areEqual(bytes, UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}

private enum StatusCode {
    static let allowed = 200...599
    /// More than any status code, and far from overflow.
    private static let large = 1_000_000

    static func threeDigits(_ text: UnsafeRawBufferPointer) -> Int? {
        let areDigits = text.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return text.count == 3 && areDigits ? wholeNumber(text) : nil
    }

    /// The value of a JSON number if it is whole, as `200.0` is, and written without an exponent.
    ///
    /// Large values are not exact.
    static func wholeNumber(_ text: UnsafeRawBufferPointer) -> Int? {
        var value = 0
        var isFraction = false
        for (index, byte) in text.enumerated() {
            switch byte {
            case UInt8(ascii: "-") where index == 0: value = 0
            case UInt8(ascii: ".") where index > 0 && !isFraction: isFraction = true
            case UInt8(ascii: "0") where isFraction: continue
            case UInt8(ascii: "0")...UInt8(ascii: "9") where !isFraction:
                value = min(value * 10 + Int(byte - UInt8(ascii: "0")), large)
            default: return nil
            }
        }
        return text.first == UInt8(ascii: "-") ? -value : value
    }
}
