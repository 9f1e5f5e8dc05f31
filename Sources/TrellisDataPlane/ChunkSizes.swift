import NIOCore

/// Watches the sizes in a chunked body go by, because the decoder waits for chunks that no memory could ever hold.
///
/// Everything else that can be wrong with a chunk is left to the decoder, which refuses it.
struct ChunkSizes {
    private enum State {
        case size(Int)
        case chunkExtension(Int)
        /// Between carriage return and line feed.
        case lineEnd(Int)
        case data(Int)
        case dataEnd
        /// The last chunk has begun, or something is malformed.
        case over
    }

    private var state = State.size(0)

    /// Whether more is to be watched.
    var isOver: Bool {
        if case .over = state { true } else { false }
    }

    /// - Parameter bytes: Of the body, as it comes: sizes, extensions, data and line ends.
    /// - Returns: `false` if they have a size of more than `Int.max`.
    mutating func areAcceptable(in bytes: ByteBufferView) -> Bool {
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if case .data(let left) = state {
                let skipped = min(left, bytes.endIndex - index)
                index += skipped
                state = left == skipped ? .dataEnd : .data(left - skipped)
                continue
            }
            guard take(bytes[index]) else { return false }
            if isOver { return true }
            index += 1
        }
        return true
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        switch (state, byte) {
        case (.size(let size), UInt8(ascii: "\r")), (.chunkExtension(let size), UInt8(ascii: "\r")):
            state = .lineEnd(size)
        case (.size(let size), UInt8(ascii: ";")):
            state = .chunkExtension(size)
        case (.size(let size), _):
            guard let digit = byte.hexadecimalDigit else {
                state = .over
                return true
            }
            guard size <= Int.max >> 4 else { return false }
            state = .size(size << 4 | digit)
        case (.chunkExtension, _), (.dataEnd, UInt8(ascii: "\r")):
            break
        case (.lineEnd(let size), UInt8(ascii: "\n")):
            state = size == 0 ? .over : .data(size)
        case (.dataEnd, UInt8(ascii: "\n")):
            state = .size(0)
        case (.lineEnd, _), (.dataEnd, _), (.data, _), (.over, _):
            state = .over
        }
        return true
    }
}

extension UInt8 {
    fileprivate var hexadecimalDigit: Int? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(self) - 0x30
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(self) - 0x61 + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(self) - 0x41 + 10
        default: nil
        }
    }
}

/// Finds the ends of blank lines in bytes that come in pieces: where a head ends, whatever it belongs to.
struct BlankLines {
    /// How many bytes of `\r\n\r\n` have been seen.
    private var seen = 0

    /// - Returns: The index behind the first one that ends in the bytes; `nil` if none does. The next call begins there.
    mutating func nextEnd(in bytes: ByteBufferView) -> Int? {
        let end = bytes.withContiguousStorageIfAvailable { nextEnd(in: $0) } ?? nil
        return end.map { bytes.startIndex + $0 }
    }

    private mutating func nextEnd(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        var index = 0
        while index < bytes.count {
            if seen == 0 {
                while index < bytes.count, bytes[index] != UInt8(ascii: "\r") { index += 1 }
                guard index < bytes.count else { return nil }
            }
            let byte = bytes[index]
            let expected = seen.isMultiple(of: 2) ? UInt8(ascii: "\r") : UInt8(ascii: "\n")
            if byte == expected { seen += 1 } else { seen = byte == UInt8(ascii: "\r") ? 1 : 0 }
            index += 1
            if seen == 4 {
                seen = 0
                return index
            }
        }
        return nil
    }
}
