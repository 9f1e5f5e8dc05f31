package import NIOCore

/// The last 4 KB of what is appended.
package struct LogTail: Sendable {
    /// - Source: reference lambda.md §3.3, "Log tail".
    package static let limit = 4_096

    private var buffer = ByteBuffer()

    package init() {}

    package mutating func append(_ bytes: ByteBuffer) {
        buffer.writeImmutableBuffer(bytes.suffix(Self.limit))
        if buffer.readableBytes > 4 * Self.limit {
            buffer.moveReaderIndex(to: buffer.writerIndex - Self.limit)
            buffer.discardReadBytes()
        }
    }

    /// Hands out the bytes and starts anew.
    package mutating func take() -> ByteBuffer {
        defer { buffer = ByteBuffer() }
        return buffer.suffix(Self.limit)
    }
}

extension ByteBuffer {
    /// The last bytes, at most `count`.
    fileprivate func suffix(_ count: Int) -> ByteBuffer {
        guard readableBytes > count else { return self }
        return getSlice(at: writerIndex - count, length: count) ?? self
    }
}
