extension String {
    /// Lends the string's UTF-8 without copying it where it is stored contiguously, as every string from NIO is.
    @inline(__always)
    func withUTF8Bytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        if let result = utf8.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) { return result }
        var copy = self
        return copy.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }
}

/// The length of the UTF-8 sequence that begins at `index`, or 0 if the bytes there are ill-formed or cut off.
///
/// - Source: table 3-7 of the Unicode standard: no overlong forms, no surrogates, nothing above U+10FFFF.
@inline(__always)
func utf8SequenceLength(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int {
    let available = bytes.count - index
    let word: UInt32
    if available >= 4 {
        word = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self))
    } else {
        // Zeros after the end are no continuation bytes, so a sequence that is cut off fails below.
        var padded: UInt32 = 0
        for offset in 0..<available { padded |= UInt32(bytes[index + offset]) << UInt32(8 * offset) }
        word = padded
    }
    return utf8SequenceLength(word)
}

/// The same for up to four bytes, the first one in the lowest bits.
///
/// Each form is a pattern of fixed bits, then a look at the payload bits that tell overlong forms (all zero),
/// surrogates (U+D800 to U+DFFF) and values above U+10FFFF.
@inline(__always)
private func utf8SequenceLength(_ word: UInt32) -> Int {
    if word & 0x80 == 0 { return 1 }
    if word & 0xC0_C0F0 == 0x80_80E0 {
        let top = word & 0x200F
        return top != 0 && top != 0x200D ? 3 : 0
    }
    if word & 0xC0E0 == 0x80C0 { return word & 0x1E != 0 ? 2 : 0 }
    if word & 0xC0C0_C0F8 == 0x8080_80F0 {
        let top = word & 0x3007
        return top != 0 && (word & 0x04 == 0 || word & 0x3003 == 0) ? 4 : 0
    }
    return 0
}

/// Eight bytes looked at together, the first one in the lowest bits.
struct ByteWord {
    private static let low: UInt64 = 0x0101_0101_0101_0101
    private static let high: UInt64 = 0x8080_8080_8080_8080

    let value: UInt64

    /// - Parameter index: At least eight bytes before the end.
    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer, at index: Int) {
        value = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    /// The last bytes of a text, fewer than eight, and spaces after them.
    ///
    /// - Parameter index: One to seven bytes before the end.
    @inline(__always)
    init(last bytes: UnsafeRawBufferPointer, from index: Int) {
        let count = bytes.count - index
        let bits = UInt64(truncatingIfNeeded: count) &* 8
        let spaces = (0x20 &* Self.low) &<< bits
        if bytes.count >= 8 {
            let word = bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self)
            value = UInt64(littleEndian: word) &>> (64 &- bits) | spaces
        } else {
            var word = spaces
            for offset in 0..<count {
                word |= UInt64(bytes[index + offset]) &<< (UInt64(truncatingIfNeeded: offset) &* 8)
            }
            value = word
        }
    }

    /// Marks the bytes that a JSON string cannot hold as they are: control characters, `"` and `\`.
    ///
    /// Only the lowest mark is exact, those above it may be false: a borrow runs upwards. That suffices to find the
    /// first.
    @inline(__always)
    var specialInJSON: UInt64 {
        let control = value &- (0x20 &* Self.low)
        let quote = (value ^ (0x22 &* Self.low)) &- Self.low
        let backslash = (value ^ (0x5C &* Self.low)) &- Self.low
        return (control | quote | backslash) & ~value & Self.high
    }

    /// Marks control characters; exact in the lowest mark only.
    @inline(__always)
    var controls: UInt64 {
        let control = value &- (0x20 &* Self.low)
        let delete = (value ^ (0x7F &* Self.low)) &- Self.low
        return (control | delete) & ~value & Self.high
    }

    /// Marks control characters and `;`, the latter separating pairs in header values; exact in the lowest mark only.
    @inline(__always)
    var specialInHeaderPair: UInt64 {
        let control = value &- (0x20 &* Self.low)
        let delete = (value ^ (0x7F &* Self.low)) &- Self.low
        let semicolon = (value ^ (0x3B &* Self.low)) &- Self.low
        return (control | delete | semicolon) & ~value & Self.high
    }

    /// Marks the bytes that are not ASCII, exactly.
    @inline(__always)
    var nonASCII: UInt64 { value & Self.high }

    /// Marks backslashes; exact in the lowest mark only.
    @inline(__always)
    var backslashes: UInt64 {
        let difference = value ^ (0x5C &* Self.low)
        return (difference &- Self.low) & ~difference & Self.high
    }

    /// The bytes with `A` to `Z` in lower case.
    @inline(__always)
    var lowercased: UInt64 {
        let seven = value & ~Self.high
        let fromA = seven &+ ((0x80 - 0x41) &* Self.low)
        let aboveZ = seven &+ ((0x80 - 0x5B) &* Self.low)
        return value | (fromA & ~aboveZ & ~value & Self.high) >> 2
    }

    /// How many bytes lie before the lowest mark.
    @inline(__always)
    static func countBefore(_ marks: UInt64) -> Int { marks.trailingZeroBitCount >> 3 }
}
