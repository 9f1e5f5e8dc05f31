package import NIOCore

/// Answers of the Runtime API as bytes, each to be sent in one write.
///
/// - Source: reference lambda.md §1.2, §1.3.
package enum RuntimeAPIResponse {
    /// What the runtime learns about its invocation besides the event.
    package struct Event: Sendable {
        package var requestID: String
        /// Milliseconds since the epoch.
        package var deadlineMilliseconds: Int64
        /// As it was called.
        package var functionARN: String
        /// JSON text.
        package var clientContext: String?
        /// For X-Ray.
        package var traceHeader: TraceHeader
        package var payload: ByteBuffer

        package init(
            requestID: String, deadlineMilliseconds: Int64, functionARN: String, clientContext: String?,
            traceHeader: TraceHeader, payload: ByteBuffer
        ) {
            self.requestID = requestID
            self.deadlineMilliseconds = deadlineMilliseconds
            self.functionARN = functionARN
            self.clientContext = clientContext
            self.traceHeader = traceHeader
            self.payload = payload
        }
    }

    package static let accepted = ByteBuffer(
        string: "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n"
            + "{\"status\":\"OK\"}\n")

    package static let pong = ByteBuffer(
        string: "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\npong")

    package static let goOn = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")

    package static func refusal(_ error: RuntimeAPIError) -> ByteBuffer {
        let body = "{\"errorMessage\":\(JSONText.quoted(error.message)),\"errorType\":\"\(error.errorType)\"}\n"
        return ByteBuffer(
            string: "HTTP/1.1 \(error.status)\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    /// An event up to this size is copied behind its head; a larger one goes out beside it in the same system call.
    private static let copiedPayload = 16 * 1024

    /// The answer to `next`: one buffer, or head and payload.
    package static func event(_ event: Event, allocator: ByteBufferAllocator) -> (head: ByteBuffer, rest: ByteBuffer?) {
        let isCopied = event.payload.readableBytes <= copiedPayload
        var head = allocator.buffer(capacity: 512 + (isCopied ? event.payload.readableBytes : 0))
        head.writeStaticString("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: ")
        head.writeHeaderValue(event.requestID)
        head.writeStaticString("\r\nLambda-Runtime-Deadline-Ms: ")
        head.writeString(String(event.deadlineMilliseconds))
        head.writeStaticString("\r\nLambda-Runtime-Invoked-Function-Arn: ")
        head.writeHeaderValue(event.functionARN)
        if let clientContext = event.clientContext, !clientContext.isEmpty {
            head.writeStaticString("\r\nLambda-Runtime-Client-Context: ")
            head.writeHeaderValue(clientContext)
        }
        head.writeStaticString("\r\nLambda-Runtime-Trace-Id: ")
        head.writeHeaderValue(event.traceHeader.text)
        head.writeStaticString("\r\nContent-Length: ")
        head.writeString(String(event.payload.readableBytes))
        head.writeStaticString("\r\n\r\n")
        guard isCopied else { return (head, event.payload) }
        head.writeImmutableBuffer(event.payload)
        return (head, nil)
    }
}

extension ByteBuffer {
    /// Line breaks and other control bytes become spaces, so that a value cannot become a header of its own.
    ///
    /// In JSON text they are only white space.
    fileprivate mutating func writeHeaderValue(_ value: String) {
        if value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) {
            writeString(value)
        } else {
            writeBytes(value.utf8.lazy.map { $0 >= 0x20 && $0 != 0x7F ? $0 : 0x20 })
        }
    }
}
