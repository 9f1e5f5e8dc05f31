/// What is wrong with a function's response, and where.
///
/// The function is to blame and a retry is as likely to fail; the client gets 502.
public struct LambdaResponseError: Error, Hashable, Sendable {
    /// The members that mean something.
    public enum Member: String, Hashable, Sendable, CaseIterable {
        case statusCode
        case isBase64Encoded
        case headers
        case multiValueHeaders
        case body
    }

    /// Everything that can be wrong.
    public enum Reason: Hashable, Sendable {
        /// The document ends too early.
        case unexpectedEnd
        /// This byte cannot stand here in JSON.
        case unexpectedByte(UInt8)
        /// A string holds a control character that JSON wants escaped.
        case controlCharacterInString(UInt8)
        /// A backslash begins no JSON escape.
        case invalidEscape
        /// A string is not UTF-8.
        case invalidUTF8
        /// Arrays and objects are nested more than `limit` deep.
        case nestingTooDeep(limit: Int)
        /// Something follows the document.
        case trailingBytes
        /// The document is JSON of another kind, such as `null` or a string.
        case notAnObject
        /// The object has no `statusCode`; the offset is that of its closing brace.
        case missingStatusCode
        /// `statusCode` is neither a whole number nor a string of three digits.
        case statusCodeNotNumeric
        /// `statusCode` is a number outside 200 to 599.
        case statusCodeOutOfRange
        /// A member's value is of the wrong kind: `isBase64Encoded` must be `true` or `false`, `headers` and
        /// `multiValueHeaders` objects, `body` a string or `null`.
        case wrongType(Member)
        /// A header's value is neither a string nor a list of strings; in `multiValueHeaders`, not a list of strings.
        case headerValueNotString(name: String)
        /// A header's name is not a token of RFC 9110.
        case invalidHeaderName
        /// A header's value holds a line break, a NUL or another control character.
        case invalidHeaderValue(name: String)
        /// There are more than `limit` header lines.
        case tooManyHeaders(limit: Int)
        /// The header lines are longer than `limit` bytes in total.
        case headersTooLarge(limit: Int)
        /// `isBase64Encoded` is true and the body is not canonical base64.
        case invalidBase64
    }

    /// What is wrong.
    public var reason: Reason
    /// Where, in bytes from the beginning of the document; of a value that is wrong as a whole, its first byte.
    public var offset: Int

    /// A fault and the offset of the byte where it lies.
    public init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}

extension LambdaResponseError: CustomStringConvertible {
    /// One line for logs and for the answer to loopback clients: `body must be a string or null (byte 27)`.
    public var description: String { "\(reason) (byte \(offset))" }
}

extension LambdaResponseError.Reason: CustomStringConvertible {
    /// The fault in plain words.
    public var description: String {
        switch self {
        case .unexpectedEnd: "the response ends in the middle of its JSON"
        case .unexpectedByte(let byte): "the response is not JSON: unexpected \(printed(byte))"
        case .controlCharacterInString(let byte): "a string holds an unescaped control character, \(printed(byte))"
        case .invalidEscape: "a string holds an invalid escape"
        case .invalidUTF8: "a string is not UTF-8"
        case .nestingTooDeep(let limit): "arrays and objects are nested more than \(limit) deep"
        case .trailingBytes: "something follows the JSON document"
        case .notAnObject: "the response is not a JSON object"
        case .missingStatusCode: "statusCode is missing"
        case .statusCodeNotNumeric: "statusCode must be a whole number or a string of three digits"
        case .statusCodeOutOfRange: "statusCode must be from 200 to 599"
        case .wrongType(let member): "\(member.rawValue) must be \(member.expectation)"
        case .headerValueNotString(let name): "the value of header '\(name)' must be a string or a list of strings"
        case .invalidHeaderName: "a header name is not a valid token"
        case .invalidHeaderValue(let name): "the value of header '\(name)' holds a control character"
        case .tooManyHeaders(let limit): "there are more than \(limit) header lines"
        case .headersTooLarge(let limit): "the header lines are longer than \(limit) bytes"
        case .invalidBase64: "the body is not valid base64, though isBase64Encoded is true"
        }
    }

    private func printed(_ byte: UInt8) -> String {
        guard (0x21...0x7E).contains(byte) else { return "byte 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16) }
        return "'\(Character(UnicodeScalar(byte)))'"
    }
}

extension LambdaResponseError.Member {
    fileprivate var expectation: String {
        switch self {
        case .statusCode: "a number"
        case .isBase64Encoded: "true or false"
        case .headers, .multiValueHeaders: "an object"
        case .body: "a string or null"
        }
    }
}
