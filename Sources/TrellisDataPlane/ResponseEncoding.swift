import NIOCore
import NIOHTTP1
import TrellisLambdaEvent

/// The parts of a response head that belong to the connection, not to the answer.
struct ResponseFrame {
    var requestID: String
    var date: String
    /// `nil` says nothing, which is keep-alive in HTTP/1.1.
    var connection: StaticString?
    var framing: ResponseFraming
    /// Whether ``Answer/detail`` is sent.
    var showsDetail: Bool
}

extension ByteBuffer {
    /// Writes head and body of a response, one after the other.
    ///
    /// The function's lines come first, in its spelling; then what Trellis says, in lower case. A function's
    /// `x-amzn-requestid` gives way to that of the request, its `date` is kept.
    mutating func writeResponse(_ answer: Answer, in frame: ResponseFrame) {
        let bodyBytes = frame.framing.sendsBody ? answer.body.readableBytes : 0
        reserveCapacity(readableBytes + answer.expectedHeadBytes + bodyBytes)
        writeStaticString("HTTP/1.1 ")
        writeString(String(answer.status))
        writeStaticString(" ")
        writeString(HTTPResponseStatus(statusCode: answer.status).reasonPhrase)
        writeStaticString("\r\n")
        answer.forEachHeader(in: frame) { writeHeader($0, $1) }
        if let connection = frame.connection {
            writeStaticString("connection: ")
            writeStaticString(connection)
            writeStaticString("\r\n")
        }
        writeStaticString("\r\n")
        if frame.framing.sendsBody {
            var body = answer.body
            writeBuffer(&body)
        }
    }

    private mutating func writeHeader(_ name: String, _ value: String) {
        writeString(name)
        writeStaticString(": ")
        writeString(value)
        writeStaticString("\r\n")
    }
}

extension Answer {
    /// The header lines in order, without those about the connection.
    @inline(__always)
    func forEachHeader(in frame: ResponseFrame, _ write: (_ name: String, _ value: String) -> Void) {
        var hasDate = false
        for (name, value) in headers {
            if name.isField("x-amzn-requestid") { continue }
            if name.isField("date") { hasDate = true }
            write(name, value)
        }
        if frame.showsDetail, let detail { write("x-trellis-reason", detail.withoutControls) }
        write("x-amzn-requestid", frame.requestID)
        if !hasDate { write("date", frame.date) }
        if let length = frame.framing.contentLength { write("content-length", String(length)) }
    }

    /// Enough for the head in nearly all cases.
    fileprivate var expectedHeadBytes: Int {
        headers.reduce(320) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
    }
}

extension String {
    /// The text with `?` for every control character, so that it can stand in a header.
    fileprivate var withoutControls: String {
        guard utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return self }
        return String(decoding: utf8.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: "?") : $0 }, as: UTF8.self)
    }
}
