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
        var source = 0
        var target = 0
        while source < input.count {
            copyPlainCharacters(input, &source, to: output, &target)
            guard source < input.count else { break }
            guard input[source] == UInt8(ascii: "\\"), input.count - source >= 2 else {
                output[target] = input[source]
                source += 1
                target += 1
                continue
            }
            let kind = input[source + 1]
            if kind == UInt8(ascii: "u") {
                let scalar = takeScalar(input, &source)
                for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
                    output[target] = byte
                    target += 1
                }
            } else {
                output[target] = character(for: kind)
                source += 2
                target += 1
            }
        }
        return target
    }

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

    private static func character(for kind: UInt8) -> UInt8 {
        switch kind {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: kind
        }
    }

    /// Takes `\uXXXX`, or two of them that form a pair.
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

    private static func codeUnit(_ input: UnsafeRawBufferPointer, at index: Int) -> UInt16? {
        guard input.count - index >= 6, input[index] == UInt8(ascii: "\\"), input[index + 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt16 = 0
        for digit in (index + 2)..<(index + 6) {
            guard let value = hexadecimalValue(input[digit]) else { return nil }
            unit = unit << 4 | UInt16(value)
        }
        return unit
    }
}
