internal import NIOCore

extension LambdaEventEncoder {
    /// Whether a body of this content type goes into the event as text, provided that it is UTF-8.
    ///
    /// True for `text/*`, `application/json`, `application/xml` and `application/javascript`, whatever their case and
    /// parameters. False for everything else, `application/problem+json` included, and without a content type.
    ///
    /// - Parameter contentType: The value of the request's first `content-type` line.
    /// - Source: reference "Base64 of the request body".
    public static func isText(contentType: String?) -> Bool {
        guard let contentType else { return false }
        return contentType.withUTF8Bytes { value in
            let mediaType = trimmingBlanks(value.prefix { $0 != UInt8(ascii: ";") })
            return FieldName.hasPrefix(mediaType, "text/")
                || FieldName.equals(mediaType, "application/json")
                || FieldName.equals(mediaType, "application/xml")
                || FieldName.equals(mediaType, "application/javascript")
        }
    }

    /// Writes the body as a JSON string.
    ///
    /// - Parameter declared: What the content type says; a body that is not UTF-8 becomes base64 all the same.
    /// - Returns: How it was written.
    func writeBody(
        _ body: ByteBuffer, declared: DeclaredBody, to event: inout ByteBuffer
    ) throws(LambdaEventError) -> BodyEncoding {
        guard body.readableBytes > 0 else {
            event.writeStaticString(#""""#)
            return .empty
        }
        if declared == .text, try writeText(body, to: &event) { return .text }
        try writeBase64(body, to: &event)
        return declared.base64
    }

    /// - Returns: Whether the body is UTF-8; if not, nothing was written.
    private func writeText(_ body: ByteBuffer, to event: inout ByteBuffer) throws(LambdaEventError) -> Bool {
        let start = event.writerIndex
        event.writeStaticString("\"")
        let outcome = body.withUnsafeReadableBytes { event.writeEscaped(validating: $0, limit: maximumEventBytes) }
        switch outcome {
        case .finished:
            event.writeStaticString("\"")
            return true
        case .illFormed:
            event.moveWriterIndex(to: start)
            return false
        case .overLimit:
            // Only text becomes longer by escapes: what is not UTF-8 further on may still fit as base64.
            guard body.isUTF8 else {
                event.moveWriterIndex(to: start)
                return false
            }
            throw .tooLarge(limit: maximumEventBytes)
        }
    }

    private func writeBase64(_ body: ByteBuffer, to event: inout ByteBuffer) throws(LambdaEventError) {
        let length = Base64Encoding.encodedLength(of: body.readableBytes)
        guard event.readableBytes + length <= maximumEventBytes else { throw .tooLarge(limit: maximumEventBytes) }
        event.writeStaticString("\"")
        event.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { output in
            body.withUnsafeReadableBytes { Base64Encoding.encode($0, to: output) }
        }
        event.writeStaticString("\"")
    }
}

extension ByteBuffer {
    fileprivate var isUTF8: Bool {
        withUnsafeReadableBytes { bytes in
            var index = 0
            while index < bytes.count {
                let length = utf8SequenceLength(bytes, at: index)
                guard length > 0 else { return false }
                index += length
            }
            return true
        }
    }
}
