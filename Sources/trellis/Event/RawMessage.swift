import NIOCore

/// Reads a whole HTTP/1.1 request message, with CRLF or bare LF at the ends of its lines.
///
/// The body is framed by `Content-Length` or by chunks; without either it is everything to the end, and the request gets
/// the `content-length` that a client would have sent with it. Line ends after the message are not part of it.
///
/// - Source: RFC 9112, sections 2 to 7.
struct RawMessage {
    private var rest: ArraySlice<UInt8>
    /// Of the line that is taken next, counted from 1.
    private var lineNumber = 1
    private var length: (value: Int, line: Int)?
    private var chunkedLine: Int?

    static func parse(_ bytes: [UInt8]) throws(RawMessageError) -> RequestMessage {
        var message = RawMessage(rest: bytes[...])
        return try message.parse()
    }

    private init(rest: ArraySlice<UInt8>) {
        self.rest = rest
    }

    private mutating func parse() throws(RawMessageError) -> RequestMessage {
        let requestLine = try takeRequestLine()
        let firstLine = lineNumber - 1
        var headerLines: [[UInt8]] = []
        while true {
            let line = try takeLine(of: "the header lines, which end with an empty line")
            guard !line.isEmpty else { break }
            try checkHeaderLine(line)
            headerLines.append(Array(line))
        }
        let body = try takeBody()
        if length == nil, chunkedLine == nil, !body.isEmpty {
            headerLines.append(Array("content-length: \(body.count)".utf8))
        }
        return RequestMessage(
            requestLine: requestLine, headerLines: headerLines, body: ByteBuffer(bytes: body), firstLine: firstLine)
    }

    // MARK: Lines

    private mutating func takeLine(of what: String) throws(RawMessageError) -> ArraySlice<UInt8> {
        guard let end = rest.firstIndex(of: 0x0A) else {
            throw RawMessageError(lineNumber, rest.isEmpty ? "the message ends before \(what)" : "the line has no end")
        }
        var line = rest[..<end]
        rest = rest[(end + 1)...]
        lineNumber += 1
        if line.last == 0x0D { line.removeLast() }
        guard !line.contains(0x0D) else { throw fault("a carriage return stands inside the line") }
        return line
    }

    /// About the line that was taken last.
    private func fault(_ problem: String) -> RawMessageError {
        RawMessageError(lineNumber - 1, problem)
    }

    private mutating func takeRequestLine() throws(RawMessageError) -> String {
        var line = try takeLine(of: "a request line such as 'GET /items HTTP/1.1'")
        // A client may have ended its last message with one line end too many.
        while line.isEmpty { line = try takeLine(of: "a request line such as 'GET /items HTTP/1.1'") }
        let text = String(decoding: line, as: UTF8.self)
        let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty }) else {
            throw fault("'\(text)' is not a request line: METHOD, target and HTTP/1.1 with one blank between them")
        }
        guard parts[2].elementsEqual("HTTP/1.1".utf8) || parts[2].elementsEqual("HTTP/1.0".utf8) else {
            throw fault("'\(String(decoding: parts[2], as: UTF8.self))' is not HTTP/1.1 or HTTP/1.0")
        }
        guard line.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }), String(validating: line, as: UTF8.self) != nil else {
            throw fault("the request line holds a control character or is not UTF-8")
        }
        return text
    }

    private mutating func checkHeaderLine(_ line: ArraySlice<UInt8>) throws(RawMessageError) {
        guard line.first != 0x20, line.first != 0x09 else {
            throw fault("a header line begins with a blank; values over several lines are not taken")
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            throw fault("'\(String(decoding: line, as: UTF8.self))' is not a header line: Name: value")
        }
        let name = line[..<colon]
        guard !name.isEmpty, name.last != 0x20, name.last != 0x09 else {
            throw fault(
                name.isEmpty ? "a header line has no name" : "a blank stands between a header's name and the colon")
        }
        guard name.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw fault("a header's name holds a blank, a control character or something that is not ASCII")
        }
        let value = line[(colon + 1)...].trimmingBlanks
        guard value.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }) else {
            throw fault("a header's value holds a control character")
        }
        try noteFraming(String(decoding: name, as: UTF8.self).lowercased(), String(decoding: value, as: UTF8.self))
    }

    // MARK: Framing

    private mutating func noteFraming(_ name: String, _ value: String) throws(RawMessageError) {
        switch name {
        case "content-length":
            if let length { throw fault("a second Content-Length; the first one is in line \(length.line)") }
            guard !value.isEmpty, value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                throw fault("Content-Length is '\(value)', not a number of bytes")
            }
            length = (Int(value) ?? .max, lineNumber - 1)
        case "transfer-encoding":
            if let chunkedLine { throw fault("a second Transfer-Encoding; the first one is in line \(chunkedLine)") }
            guard value.lowercased() == "chunked" else {
                throw fault("Transfer-Encoding is '\(value)'; only chunked is taken")
            }
            chunkedLine = lineNumber - 1
        default:
            break
        }
        guard length == nil || chunkedLine == nil else {
            throw fault("Content-Length and Transfer-Encoding stand together, which could be understood in two ways")
        }
    }

    private mutating func takeBody() throws(RawMessageError) -> [UInt8] {
        if chunkedLine != nil { return try takeChunks() }
        guard let length else {
            defer { rest = [] }
            return Array(rest)
        }
        guard length.value <= rest.count else {
            throw RawMessageError(
                length.line, "Content-Length says \(length.value) bytes, but the message ends after \(rest.count)")
        }
        let body = Array(rest.prefix(length.value))
        rest = rest.dropFirst(length.value)
        guard rest.allSatisfy({ $0 == 0x0D || $0 == 0x0A }) else {
            throw RawMessageError(
                length.line,
                "Content-Length says \(length.value) bytes, but \(rest.count) more follow, "
                    + "which a server would take for the next request")
        }
        return body
    }

    private mutating func takeChunks() throws(RawMessageError) -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let line = try takeLine(of: "the last chunk, which is '0'")
            let digits = line.prefix { $0 != UInt8(ascii: ";") }.trimmingBlanks
            let isHexadecimal = digits.allSatisfy { Character(UnicodeScalar($0)).isHexDigit && $0 < 0x80 }
            guard isHexadecimal, let size = Int(String(decoding: digits, as: UTF8.self), radix: 16) else {
                throw fault(
                    "'\(String(decoding: line, as: UTF8.self))' is not the size of a chunk in hexadecimal digits")
            }
            guard size > 0 else { break }
            guard size <= rest.count else {
                throw fault("the chunk has \(size) bytes, but the message ends after \(rest.count)")
            }
            lineNumber += rest.prefix(size).count { $0 == 0x0A }
            body += rest.prefix(size)
            rest = rest.dropFirst(size)
            guard try takeLine(of: "the line end after a chunk").isEmpty else {
                throw fault("the chunk of \(size) bytes does not end here")
            }
        }
        // Trailers end with an empty line; a message that was typed may lack it.
        while !rest.isEmpty {
            let line = try takeLine(of: "the end of the trailers")
            if line.isEmpty { break }
        }
        guard rest.allSatisfy({ $0 == 0x0D || $0 == 0x0A }) else {
            throw RawMessageError(lineNumber, "something follows the last chunk")
        }
        return body
    }
}

/// What is wrong with a message, and in which of its lines, counted from 1.
struct RawMessageError: Error, Equatable {
    var line: Int
    var problem: String

    init(_ line: Int, _ problem: String) {
        self.line = line
        self.problem = problem
    }
}

extension ArraySlice<UInt8> {
    /// The bytes without spaces and tabs at both ends.
    var trimmingBlanks: ArraySlice<UInt8> {
        var text = self
        while let first = text.first, first == 0x20 || first == 0x09 { text.removeFirst() }
        while let last = text.last, last == 0x20 || last == 0x09 { text.removeLast() }
        return text
    }
}
