import NIOCore

/// Reads the response to one HTTP/1.1 request from the bytes of a connection; not for HEAD.
///
/// Strict about framing: two lengths, a length beside chunks, or another transfer coding than `chunked` end it.
///
/// - Source: RFC 9112 §6 and §7.
struct HTTPResponseReader {
    /// Of status line and headers, and of the trailers of a chunked body.
    static let headLimit = 65_536
    /// Of the line before each chunk, with its extensions.
    private static let chunkLineLimit = 1024

    private enum State {
        case head
        case body(length: Int)
        case chunkLine
        case chunk(left: Int)
        case chunkEnd
        case trailers(read: Int)
        /// The body ends with the connection.
        case untilEnd
        case finished
    }

    private let bodyLimit: Int
    private var state = State.head
    private var input = ByteBuffer()
    private var response = HTTPResponse(status: 0, headers: [], body: ByteBuffer(), keepsAlive: false)

    init(bodyLimit: Int) {
        self.bodyLimit = bodyLimit
    }

    /// Whether nothing has arrived yet.
    var isUntouched: Bool {
        if case .head = state { return input.readableBytes == 0 && response.status == 0 }
        return false
    }

    /// - Returns: The response once it is complete. Bytes behind it belong to nothing: it does not keep alive then.
    mutating func receive(_ bytes: ByteBuffer) throws(HTTPResponseError) -> HTTPResponse? {
        if input.readableBytes == 0 { input = bytes } else { input.writeImmutableBuffer(bytes) }
        while try step() {}
        guard case .finished = state else { return nil }
        if input.readableBytes > 0 { response.keepsAlive = false }
        return response
    }

    /// - Returns: The response if it was to end with the connection.
    mutating func end() throws(HTTPResponseError) -> HTTPResponse {
        guard case .untilEnd = state else { throw .incomplete }
        state = .finished
        response.keepsAlive = false
        return response
    }

    /// - Returns: Whether there may be more to do with what is there.
    private mutating func step() throws(HTTPResponseError) -> Bool {
        switch state {
        case .head: return try readHead()
        case .body(let length):
            // Grown once and not with every piece; a length that is only claimed takes no more than a first piece.
            if input.readableBytes < length { input.reserveCapacity(min(length, 1 << 20)) }
            guard let body = input.readSlice(length: length) else { return false }
            response.body = body
            state = .finished
            return false
        case .chunkLine: return try readChunkLine()
        case .chunk(let left): return takeChunk(left)
        case .chunkEnd: return try readChunkEnd()
        case .trailers(let read): return try readTrailers(read)
        case .untilEnd:
            guard response.body.readableBytes + input.readableBytes <= bodyLimit else { throw .bodyTooLarge }
            response.body.writeBuffer(&input)
            return false
        case .finished: return false
        }
    }

    // MARK: Head

    private mutating func readHead() throws(HTTPResponseError) -> Bool {
        guard let length = input.withUnsafeReadableBytes({ HTTPResponseHead.length(in: $0) }) else {
            guard input.readableBytes <= Self.headLimit else { throw .headTooLarge }
            return false
        }
        guard length <= Self.headLimit, let bytes = input.readSlice(length: length) else { throw .headTooLarge }
        let head = try bytes.withUnsafeReadableBytes { bytes in
            Result { () throws(HTTPResponseError) in try HTTPResponseHead(bytes) }
        }.get()
        response.status = head.status
        response.headers = head.headers
        if (100...199).contains(head.status) {
            guard head.status != 101 else { throw .malformed("unexpected change of protocol") }
            return true
        }
        response.keepsAlive = head.isHTTP11 && !head.closesConnection
        state = try framing()
        return true
    }

    private func framing() throws(HTTPResponseError) -> State {
        if response.status == 204 || response.status == 304 { return .finished }
        let codings = response.headers.filter { $0.name == "transfer-encoding" }
        let lengths = response.headers.filter { $0.name == "content-length" }
        if let coding = codings.first {
            guard codings.count == 1, lengths.isEmpty, coding.value.lowercasedASCII == "chunked" else {
                throw .malformed("unsupported transfer coding")
            }
            return .chunkLine
        }
        guard let first = lengths.first else { return .untilEnd }
        guard lengths.count == 1, let length = decimal(first.value.utf8) else {
            throw .malformed("invalid content length")
        }
        guard length <= bodyLimit else { throw .bodyTooLarge }
        return .body(length: length)
    }

    // MARK: Chunks

    private mutating func readChunkLine() throws(HTTPResponseError) -> Bool {
        guard let line = input.readLine(limit: Self.chunkLineLimit) else {
            guard input.readableBytes <= Self.chunkLineLimit else { throw .malformed("chunk line is too long") }
            return false
        }
        let digits = line.readableBytesView.prefix { $0 != UInt8(ascii: ";") }.trimmingBlanks
        guard let size = hexadecimal(digits) else { throw .malformed("invalid chunk size") }
        guard size <= bodyLimit - response.body.readableBytes else { throw .bodyTooLarge }
        state = size == 0 ? .trailers(read: 0) : .chunk(left: size)
        return true
    }

    private mutating func takeChunk(_ left: Int) -> Bool {
        guard var piece = input.readSlice(length: min(left, input.readableBytes)), piece.readableBytes > 0 else {
            return false
        }
        let size = piece.readableBytes
        response.body.writeBuffer(&piece)
        state = size == left ? .chunkEnd : .chunk(left: left - size)
        return true
    }

    private mutating func readChunkEnd() throws(HTTPResponseError) -> Bool {
        guard input.readableBytes >= 2 else { return false }
        guard input.readString(length: 2) == "\r\n" else { throw .malformed("chunk is longer than its size") }
        state = .chunkLine
        return true
    }

    private mutating func readTrailers(_ read: Int) throws(HTTPResponseError) -> Bool {
        guard let line = input.readLine(limit: Self.headLimit) else {
            guard input.readableBytes <= Self.headLimit else { throw .headTooLarge }
            return false
        }
        guard line.readableBytes > 0 else {
            state = .finished
            return false
        }
        guard read + line.readableBytes <= Self.headLimit else { throw .headTooLarge }
        state = .trailers(read: read + line.readableBytes)
        return true
    }
}
