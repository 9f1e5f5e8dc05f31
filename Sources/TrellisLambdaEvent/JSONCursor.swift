internal import NIOCore

/// Writes JSON text into memory of fixed size.
///
/// What does not fit is left out and remembered, so a caller can write first and look afterwards; see
/// `ByteBuffer.writeJSON(expecting:limit:_:)`.
struct JSONCursor {
    private let output: UnsafeMutableRawBufferPointer
    private(set) var count = 0
    private(set) var hasOverflowed = false

    init(_ output: UnsafeMutableRawBufferPointer) {
        self.output = output
    }

    /// Writes punctuation and member names as they are.
    @inline(__always)
    mutating func write(_ text: StaticString) {
        let length = text.utf8CodeUnitCount
        guard reserve(length), let start = output.baseAddress else { return }
        start.advanced(by: count).copyMemory(from: text.utf8Start, byteCount: length)
        count += length
    }

    /// Writes a JSON string, quotes included.
    @inline(__always)
    mutating func writeString(_ string: String) {
        write("\"")
        writeEscaped(string)
        write("\"")
    }

    /// Writes a JSON string of bytes that are known to be UTF-8, quotes included.
    @inline(__always)
    mutating func writeString(utf8 bytes: UnsafeRawBufferPointer) {
        write("\"")
        writeEscaped(utf8: bytes)
        write("\"")
    }

    /// Writes the inside of a JSON string.
    mutating func writeEscaped(_ string: String) {
        string.withUTF8Bytes { writeEscaped(utf8: $0) }
    }

    /// Writes the inside of a JSON string, of bytes that are known to be UTF-8.
    mutating func writeEscaped(utf8 bytes: UnsafeRawBufferPointer) {
        guard reserve(bytes.count) else { return }
        let rest = UnsafeMutableRawBufferPointer(rebasing: output[count...])
        let progress = JSONEscape.copy(bytes, from: 0, to: rest, validating: false)
        count += progress.written
        if case .outOfRoom = progress.state { hasOverflowed = true }
    }

    /// Writes a number in decimal digits.
    mutating func write(_ number: Int64) {
        guard reserve(20) else { return }
        var digits = 1
        var rest = number.magnitude / 10
        while rest > 0 {
            digits += 1
            rest /= 10
        }
        if number < 0 { write("-") }
        rest = number.magnitude
        for index in stride(from: count + digits - 1, through: count, by: -1) {
            output[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count += digits
    }

    @inline(__always)
    private mutating func reserve(_ length: Int) -> Bool {
        if output.count - count < length { hasOverflowed = true }
        return !hasOverflowed
    }
}

extension ByteBuffer {
    /// Writes JSON text whose size is known roughly, unless it is too long.
    ///
    /// - Parameters:
    ///   - expected: The size without unusual characters, in bytes; text that fits is written in one attempt.
    ///   - limit: The size above which nothing is written.
    ///   - write: Must write the same text each time it is called.
    /// - Returns: Whether the text was written.
    mutating func writeJSON(expecting expected: Int, limit: Int, _ write: (inout JSONCursor) -> Void) -> Bool {
        var size = expected
        while true {
            size = min(size, limit)
            var hasOverflowed = false
            writeWithUnsafeMutableBytes(minimumWritableBytes: size + JSONEscape.slack) { output in
                var cursor = JSONCursor(output)
                write(&cursor)
                hasOverflowed = cursor.hasOverflowed || cursor.count > limit
                return hasOverflowed ? 0 : cursor.count
            }
            if !hasOverflowed { return true }
            if size >= limit { return false }
            size *= 4
        }
    }
}
