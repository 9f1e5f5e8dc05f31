/// Undoes the escapes of a JSON string that ``JSONScanner`` has accepted.
///
/// Two `\u` escapes that form a surrogate pair become one character; a surrogate alone, which JSON's grammar allows and
/// some languages write, becomes U+FFFD.
enum JSONUnescape {
    /// - Parameters:
    ///   - input: The inside of the string.
    ///   - output: As long as the input at least: no escape is shorter than what it stands for.
    /// - Returns: How many bytes were written.
    static func unescape(_ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer) -> Int {
        var (source, target) = copyBlocks(input, to: output)
        while source < input.count {
            copyPlainCharacters(input, &source, to: output, &target)
            guard source < input.count else { break }
            if input[source] == UInt8(ascii: "\\"), input.count - source >= 2 {
                if input[source + 1] == UInt8(ascii: "u") {
                    let copied = copyUnicodeEscape(input, source, to: output, target)
                    source += copied.read
                    target += copied.written
                } else {
                    output[target] = character(for: input[source + 1])
                    source += 2
                    target += 1
                }
            } else {
                output[target] = input[source]
                source += 1
                target += 1
            }
        }
        return target
    }

    /// Copies block by block, up to the last bytes of the input.
    private static func copyBlocks(
        _ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer
    ) -> (read: Int, written: Int) {
        var source = 0
        var target = 0
        while input.count - source >= ByteBlock.lookahead {
            let block = ByteBlock(input, at: source)
            let backslashes = block.backslashes
            let end = source + ByteBlock.count
            if backslashes.isEmpty {
                block.store(to: output, at: target)
                target += ByteBlock.count
                source = end
                continue
            }
            let start = source
            var marks = backslashes.bits
            // All indices are a block's or a few bytes more: none of these sums can overflow.
            repeat {
                let backslash = start &+ marks.trailingZeroBitCount
                ByteBlock.copyRun(input, from: source, to: output, at: target, count: backslash &- source)
                target &+= backslash &- source
                let kind = input[backslash &+ 1]
                if kind == UInt8(ascii: "u") {
                    let copied = copyUnicodeEscape(input, backslash, to: output, target)
                    source = backslash &+ copied.read
                    target &+= copied.written
                    marks &= ~0 << UInt64(truncatingIfNeeded: source &- start)
                } else {
                    output[target] = character(for: kind)
                    source = backslash &+ 2
                    target &+= 1
                    let mark = marks & (0 &- marks)
                    marks ^= mark
                    if kind == UInt8(ascii: "\\") { marks &= ~(mark << 1) }
                }
            } while marks != 0
            if source < end {
                ByteBlock.copyRun(input, from: source, to: output, at: target, count: end - source)
                target += end - source
                source = end
            }
        }
        return (source, target)
    }

    /// Takes `\uXXXX`, or two of them that form a pair.
    @inline(never)
    private static func copyUnicodeEscape(
        _ input: UnsafeRawBufferPointer, _ start: Int, to output: UnsafeMutableRawBufferPointer, _ target: Int
    ) -> (read: Int, written: Int) {
        var source = start
        let scalar = takeScalar(input, &source).value
        let written: Int
        switch scalar {
        case 0x800..<0x10000:
            output[target] = UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12)
            output[target + 1] = continuation(scalar >> 6)
            output[target + 2] = continuation(scalar)
            written = 3
        case 0..<0x80:
            output[target] = UInt8(truncatingIfNeeded: scalar)
            written = 1
        case 0x80..<0x800:
            output[target] = UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6)
            output[target + 1] = continuation(scalar)
            written = 2
        default:
            output[target] = UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18)
            output[target + 1] = continuation(scalar >> 12)
            output[target + 2] = continuation(scalar >> 6)
            output[target + 3] = continuation(scalar)
            written = 4
        }
        return (source - start, written)
    }

    @inline(__always)
    private static func continuation(_ bits: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: 0x80 | bits & 0x3F) }

    /// How many bytes of the inside of a string stand for its first `count` bytes of text.
    static func escapedLength(ofFirst count: Int, in input: UnsafeRawBufferPointer) -> Int {
        var source = 0
        var text = 0
        while source < input.count, text < count {
            if input[source] != UInt8(ascii: "\\") || input.count - source < 2 {
                source += 1
                text += 1
            } else if input[source + 1] == UInt8(ascii: "u") {
                text += (UTF8.encode(takeScalar(input, &source)) ?? UTF8.encodedReplacementCharacter).count
            } else {
                source += 2
                text += 1
            }
        }
        return source
    }

    /// Copies eight bytes at a time up to somewhere near the next backslash.
    @inline(__always)
    private static func copyPlainCharacters(
        _ input: UnsafeRawBufferPointer, _ source: inout Int, to output: UnsafeMutableRawBufferPointer,
        _ target: inout Int
    ) {
        while input.count - source >= 8 {
            let word = ByteWord(input, at: source)
            output.storeBytes(of: word.value.littleEndian, toByteOffset: target, as: UInt64.self)
            let marks = word.backslashes
            guard marks == 0 else {
                source += ByteWord.countBefore(marks)
                target += ByteWord.countBefore(marks)
                return
            }
            source += 8
            target += 8
        }
    }

    /// What the escape of a backslash and this byte stands for.
    @inline(__always)
    private static func character(for kind: UInt8) -> UInt8 {
        // Not a switch: it would become a jump that is rarely foreseen.
        let controls = kind & 0x10 == 0 ? lowControls : highControls
        return kind < 0x60 ? kind : UInt8(truncatingIfNeeded: controls >> (UInt64(kind & 0x0F) * 4)) & 0x0F
    }

    /// Four bits for each letter from U+0060 to U+006F: the control characters of `b`, `f` and `n`.
    private static let lowControls: UInt64 = 0x0A00_0000_0C00_0800
    /// Four bits for each letter from U+0070 to U+007F: the control characters of `r` and `t`.
    private static let highControls: UInt64 = 0x0000_0000_0009_0D00

    /// Takes `\uXXXX`, or two of them that form a pair.
    @inline(__always)
    private static func takeScalar(_ input: UnsafeRawBufferPointer, _ source: inout Int) -> Unicode.Scalar {
        let replacement: Unicode.Scalar = "\u{FFFD}"
        guard let unit = codeUnit(input, at: source) else {
            source = input.count
            return replacement
        }
        source += 6
        guard UTF16.isLeadSurrogate(unit) else { return Unicode.Scalar(unit) ?? replacement }
        guard let trail = codeUnit(input, at: source), UTF16.isTrailSurrogate(trail) else { return replacement }
        source += 6
        return Unicode.Scalar(0x10000 + UInt32(unit & 0x3FF) << 10 + UInt32(trail & 0x3FF)) ?? replacement
    }

    @inline(__always)
    private static func codeUnit(_ input: UnsafeRawBufferPointer, at index: Int) -> UInt16? {
        guard input.count - index >= 6, input[index] == UInt8(ascii: "\\"), input[index + 1] == UInt8(ascii: "u")
        else { return nil }
        return HexadecimalDigits(input, at: index + 2).value
    }
}
