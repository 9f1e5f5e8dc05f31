import NIOCore

/// One message of the content type `application/vnd.amazon.eventstream`.
///
/// On the wire, all numbers big-endian: total length (4 bytes), length of the headers (4), CRC-32 of these eight bytes;
/// the headers; the payload; CRC-32 of everything before it. A header is the length of its name (1), the name, type 7 for
/// text, the length of the value (2), the value.
///
/// - Source: the event stream encoding of the Smithy specification.
struct EventStreamMessage {
    enum Content: String {
        case bytes = "application/octet-stream"
        case json = "application/json"
    }

    var eventType: String
    var content: Content
    var payload: ByteBuffer

    /// - Returns: The message's bytes; `payload` has at most 16 MiB.
    var bytes: ByteBuffer {
        let headers = self.headers
        let total = 12 + headers.readableBytes + payload.readableBytes + 4
        var message = ByteBuffer()
        message.reserveCapacity(total)
        message.writeInteger(UInt32(truncatingIfNeeded: total))
        message.writeInteger(UInt32(truncatingIfNeeded: headers.readableBytes))
        message.writeInteger(CRC32.checksum(message))
        message.writeImmutableBuffer(headers)
        message.writeImmutableBuffer(payload)
        message.writeInteger(CRC32.checksum(message))
        return message
    }

    private var headers: ByteBuffer {
        var headers = ByteBuffer()
        for (name, value) in [
            (":message-type", "event"), (":event-type", eventType), (":content-type", content.rawValue),
        ] {
            headers.writeInteger(UInt8(truncatingIfNeeded: name.utf8.count))
            headers.writeString(name)
            headers.writeInteger(UInt8(7))
            headers.writeInteger(UInt16(truncatingIfNeeded: value.utf8.count))
            headers.writeString(value)
        }
        return headers
    }
}
