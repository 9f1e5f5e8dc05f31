public import NIOCore

extension ByteBuffer {
    /// Writes a string as a JSON string, quotes included.
    ///
    /// `"` and `\` are escaped, control characters as `\b`, `\t`, `\n`, `\f`, `\r` or `\u00XX`; other text stays UTF-8.
    ///
    /// - Returns: The number of bytes written.
    @discardableResult
    public mutating func writeJSONString(_ string: String) -> Int {
        string.withUTF8Bytes { writeJSONString(utf8: $0) }
    }

    /// Writes bytes that are known to be UTF-8 as a JSON string, quotes included.
    ///
    /// - Parameter bytes: Bytes that are not part of this buffer. Whether they are UTF-8 is not looked at: others make
    ///   no JSON.
    /// - Returns: The number of bytes written.
    @discardableResult
    public mutating func writeJSONString(utf8 bytes: UnsafeRawBufferPointer) -> Int {
        let start = writerIndex
        reserveCapacity(minimumWritableBytes: bytes.count + 2 + JSONEscape.slack)
        writeInteger(UInt8(ascii: "\""))
        writeEscaped(bytes)
        writeInteger(UInt8(ascii: "\""))
        return writerIndex - start
    }

    /// Writes bytes that may be UTF-8 as a JSON string, quotes included, in one pass.
    ///
    /// - Parameter bytes: Bytes that are not part of this buffer.
    /// - Returns: The number of bytes written, or `nil` if the bytes are not UTF-8; then nothing is written.
    @discardableResult
    public mutating func writeJSONString(validatingUTF8 bytes: UnsafeRawBufferPointer) -> Int? {
        let start = writerIndex
        reserveCapacity(minimumWritableBytes: bytes.count + 2 + JSONEscape.slack)
        writeInteger(UInt8(ascii: "\""))
        guard case .finished = writeEscaped(validating: bytes, limit: Int.max) else {
            moveWriterIndex(to: start)
            return nil
        }
        writeInteger(UInt8(ascii: "\""))
        return writerIndex - start
    }

    /// Writes the inside of a JSON string.
    mutating func writeEscaped(_ bytes: UnsafeRawBufferPointer) {
        var consumed = 0
        while consumed < bytes.count {
            consumed = writeEscapedRun(bytes, from: consumed, validating: false).consumed
        }
    }

    /// How ``writeEscaped(validating:limit:)`` ended; in every case but the first, part of the text has been written.
    enum EscapeOutcome {
        case finished
        case illFormed
        case overLimit
    }

    /// Writes the inside of a JSON string unless it is not UTF-8 or the buffer's readable bytes would exceed `limit`.
    mutating func writeEscaped(validating bytes: UnsafeRawBufferPointer, limit: Int) -> EscapeOutcome {
        var consumed = 0
        while consumed < bytes.count {
            guard readableBytes <= limit else { return .overLimit }
            let progress = writeEscapedRun(bytes, from: consumed, validating: true)
            if case .illFormed = progress.state { return .illFormed }
            consumed = progress.consumed
        }
        return readableBytes <= limit ? .finished : .overLimit
    }

    /// Writes as much as fits after making room for the rest without escapes.
    ///
    /// A buffer grows by powers of two, so the number of rounds is logarithmic.
    @inline(__always)
    private mutating func writeEscapedRun(
        _ bytes: UnsafeRawBufferPointer, from start: Int, validating: Bool
    ) -> JSONEscape.Progress {
        var progress = JSONEscape.Progress(consumed: start, written: 0, state: .outOfRoom)
        writeWithUnsafeMutableBytes(minimumWritableBytes: bytes.count - start + JSONEscape.slack) { output in
            progress = JSONEscape.copy(bytes, from: start, to: output, validating: validating)
            return progress.written
        }
        return progress
    }
}
