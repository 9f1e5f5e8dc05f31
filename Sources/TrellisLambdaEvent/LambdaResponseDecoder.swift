public import NIOCore

/// Reads what a function answered, the same for both event structure versions.
///
/// ```json
/// { "isBase64Encoded": false, "statusCode": 200, "statusDescription": "200 OK",
///   "headers": { "Content-Type": "text/plain", "Set-Cookie": ["a=1", "b=2"] }, "body": "hello" }
/// ```
///
/// - `statusCode` is required: a whole number from 200 to 599, or the same as a string of three digits.
/// - `isBase64Encoded` may be missing, then it is false; `headers` may be missing, then there are none; `body` may be
///   missing or `null`, then it is empty. Apart from that, a member of the wrong kind is an error, `null` included.
/// - A header's value is a string, sent as one line, or a list of strings, one line each.
/// - `statusDescription`, `cookies` and all unknown members are skipped, but must be JSON. So is `multiValueHeaders`,
///   unless ``Options/readsMultiValueHeaders`` is on.
/// - Where a name appears twice in an object, all are checked and the last one counts. Header names that differ in case
///   are different names.
/// - Hop-by-hop headers and `content-length` are dropped.
///
/// The document is read in one pass. A body without escapes shares its memory; others are decoded into one buffer.
///
/// - Source: reference "Function response"; "Data-plane limits" for the bounds on headers.
public struct LambdaResponseDecoder: Sendable {
    /// Extensions and bounds.
    public struct Options: Hashable, Sendable {
        /// Whether `multiValueHeaders`, an object of lists as in API Gateway's format, is read too; off by default.
        ///
        /// Its lines replace those of the same name, compared without case, in `headers`. VPC Lattice does not know it.
        public var readsMultiValueHeaders: Bool
        /// The most header lines a response may have, 100 by default.
        public var maximumHeaderLines: Int
        /// The most bytes its header lines may take on the wire, 60 KiB by default.
        ///
        /// A line takes its name, its value and four bytes.
        public var maximumHeaderBytes: Int

        /// Options of which each has a default.
        public init(
            readsMultiValueHeaders: Bool = false, maximumHeaderLines: Int = 100, maximumHeaderBytes: Int = 61_440
        ) {
            self.readsMultiValueHeaders = readsMultiValueHeaders
            self.maximumHeaderLines = maximumHeaderLines
            self.maximumHeaderBytes = maximumHeaderBytes
        }
    }

    /// What is read and how much of it.
    public var options: Options

    /// A decoder, by default for the format of VPC Lattice alone.
    public init(options: Options = Options()) {
        self.options = options
    }

    /// Decodes one document.
    ///
    /// - Parameter document: What the function returned; all readable bytes, white space around the object allowed.
    /// - Throws: ``LambdaResponseError`` for the first thing that is wrong; offsets count from the first readable byte.
    public func decode(_ document: ByteBuffer) throws(LambdaResponseError) -> LambdaResponse {
        let parsed = try document.withUnsafeReadableBytes {
            (bytes: UnsafeRawBufferPointer) throws(LambdaResponseError) -> ParsedResponse in
            var parser = ResponseParser(bytes, options)
            return try parser.parse()
        }
        let body = try parsed.body.map { (token) throws(LambdaResponseError) -> ByteBuffer in
            try decodeBody(token, isBase64: parsed.isBase64Encoded, of: document)
        }
        return LambdaResponse(
            statusCode: parsed.statusCode, headers: parsed.headers, body: body ?? ByteBuffer())
    }

    private func decodeBody(
        _ token: JSONScanner.StringToken, isBase64: Bool, of document: ByteBuffer
    ) throws(LambdaResponseError) -> ByteBuffer {
        let start = document.readerIndex + token.range.lowerBound
        guard let inside = document.getSlice(at: start, length: token.range.count) else { return ByteBuffer() }
        let text = token.hasEscapes ? unescaped(inside) : inside
        guard isBase64 else { return text }
        return try decodeBase64(text, token, inside)
    }

    private func unescaped(_ inside: ByteBuffer) -> ByteBuffer {
        var text = ByteBuffer()
        text.writeWithUnsafeMutableBytes(minimumWritableBytes: inside.readableBytes) { output in
            inside.withUnsafeReadableBytes { JSONUnescape.unescape($0, to: output) }
        }
        return text
    }

    private func decodeBase64(
        _ text: ByteBuffer, _ token: JSONScanner.StringToken, _ inside: ByteBuffer
    ) throws(LambdaResponseError) -> ByteBuffer {
        var body = ByteBuffer()
        var invalid: Int?
        let room = Base64Decoding.decodedLength(of: text.readableBytes) + 1
        body.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { output in
            switch text.withUnsafeReadableBytes({ Base64Decoding.decode($0, to: output) }) {
            case .decoded(let count): return count
            case .invalid(let index):
                invalid = index
                return 0
            }
        }
        guard let invalid else { return body }
        let distance =
            token.hasEscapes
            ? inside.withUnsafeReadableBytes { JSONUnescape.escapedLength(ofFirst: invalid, in: $0) } : invalid
        throw .init(.invalidBase64, at: token.range.lowerBound + distance)
    }
}
