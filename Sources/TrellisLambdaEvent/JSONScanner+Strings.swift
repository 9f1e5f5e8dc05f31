extension JSONScanner {
    /// Takes a string after white space.
    mutating func takeString() throws(LambdaResponseError) -> StringToken {
        try take(UInt8(ascii: "\""))
        let start = position
        var hasEscapes = false
        while true {
            // Most strings are short: names and header values.
            if position - start >= Self.shortString { takeBlocks(&hasEscapes) }
            if bytes.count - position >= 8 {
                let word = ByteWord(bytes, at: position)
                let marks = word.specialInJSON | word.nonASCII
                guard marks != 0 else {
                    position += 8
                    continue
                }
                position += ByteWord.countBefore(marks)
            }
            guard position < bytes.count else { throw .init(.unexpectedEnd, at: position) }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return StringToken(range: start..<(position - 1), hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try takeEscape()
            case 0x80...:
                let length = utf8SequenceLength(bytes, at: position)
                guard length > 0 else { throw .init(.invalidUTF8, at: position) }
                position += length
            case let control where control < 0x20:
                throw .init(.controlCharacterInString(control), at: position)
            default:
                position += 1
            }
        }
    }

    /// Lends the text of a string without its escapes.
    func withText<Result>(of token: StringToken, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let inside = UnsafeRawBufferPointer(rebasing: bytes[token.range])
        guard token.hasEscapes else { return body(inside) }
        return withUnsafeTemporaryAllocation(byteCount: inside.count, alignment: 1) { memory in
            let count = JSONUnescape.unescape(inside, to: memory)
            return body(UnsafeRawBufferPointer(rebasing: memory[0..<count]))
        }
    }

    /// In bytes.
    private static let shortString = 32

    private mutating func takeEscape() throws(LambdaResponseError) {
        let start = position
        guard bytes.count - start >= 2 else { throw .init(.unexpectedEnd, at: bytes.count) }
        guard bytes[start + 1] == UInt8(ascii: "u") else {
            guard Self.isShortEscape(bytes[start + 1]) else { throw .init(.invalidEscape, at: start) }
            position += 2
            return
        }
        for index in (start + 2)..<(start + 6) {
            guard index < bytes.count else { throw .init(.unexpectedEnd, at: bytes.count) }
            guard hexadecimalValue(bytes[index]) != nil else { throw .init(.invalidEscape, at: start) }
        }
        position += 6
    }

    /// Whether a backslash and this byte are an escape.
    @inline(__always)
    private static func isShortEscape(_ kind: UInt8) -> Bool {
        // Not a switch: it would become a jump that is rarely foreseen.
        let kinds = kind < 0x40 ? lowEscapes : highEscapes
        return kind < 0x80 && kinds >> UInt64(kind & 0x3F) & 1 != 0
    }

    /// A bit for each character from U+0000 to U+003F: `"/`.
    private static let lowEscapes: UInt64 = 0x0000_8004_0000_0000
    /// A bit for each character from U+0040 to U+007F: `\bfnrt`.
    private static let highEscapes: UInt64 = 0x0014_4044_1000_0000

    // MARK: Blocks

    /// What an escape may take beyond the block that it begins in.
    private static let lookahead = ByteBlock.count + 6

    /// Moves on through whole blocks, up to the closing quote or to something that needs a closer look.
    private mutating func takeBlocks(_ hasEscapes: inout Bool) {
        var start = position
        defer { position = start }
        while bytes.count - start >= Self.lookahead {
            let block = ByteBlock(bytes, at: start)
            var end = start + ByteBlock.count
            if !block.isASCII {
                guard start >= 3, let count = ByteBlock.wellFormedCount(bytes, at: start) else { return }
                end = start + count
            }
            guard !block.specialInJSON.isEmpty else {
                start = end
                continue
            }
            guard block.controls.isEmpty else { return }
            let backslashes = Backslashes(block.backslashes.bits)
            let quotes = block.quotes.bits
            let closing = quotes & ~backslashes.escaped
            // All bits below that of the closing quote, or all if there is none.
            let inside = (closing & (0 &- closing)) &- 1
            hasEscapes = hasEscapes || backslashes.bits & inside != 0
            guard let last = lastByteOfEscapes(backslashes.escaped & ~quotes & inside, from: start) else { return }
            guard closing == 0 else {
                start += closing.trailingZeroBitCount
                return
            }
            if backslashes.isLastPending { end -= 1 }
            start = max(end, last + 1)
        }
    }

    /// Checks escapes other than of quotes and backslashes.
    ///
    /// - Parameter marks: What comes after a backslash in the block at `start`.
    /// - Returns: Where the last of them ends, or `nil` if one is wrong.
    @inline(__always)
    private func lastByteOfEscapes(_ marks: UInt64, from start: Int) -> Int? {
        var marks = marks
        var last = start
        while marks != 0 {
            let index = start &+ marks.trailingZeroBitCount
            if !Self.isShortEscape(bytes[index]) {
                guard bytes[index] == UInt8(ascii: "u"), HexadecimalDigits(bytes, at: index &+ 1).areValid
                else { return nil }
                last = index &+ 4
            }
            marks &= marks &- 1
        }
        return last
    }
}

/// The backslashes of a block that begins outside any escape, the first byte in the lowest bit.
private struct Backslashes {
    private static let even: UInt64 = 0x5555_5555_5555_5555

    let bits: UInt64
    /// What else than a backslash comes after a backslash that is not escaped itself.
    let escaped: UInt64

    @inline(__always)
    init(_ bits: UInt64) {
        self.bits = bits
        let firsts = bits & ~(bits << 1)
        // A run that is added to its first bit leaves the bit after its end; the run is of odd length if one of the two
        // places is even and the other odd.
        let afterEvenFirsts = (bits &+ (firsts & Self.even)) & ~bits
        let afterOddFirsts = (bits &+ (firsts & ~Self.even)) & ~bits
        escaped = (afterEvenFirsts & ~Self.even) | (afterOddFirsts & Self.even)
    }

    /// Whether the block's last byte is a backslash that escapes the first byte after it.
    @inline(__always)
    var isLastPending: Bool { (~bits).leadingZeroBitCount & 1 != 0 }
}
