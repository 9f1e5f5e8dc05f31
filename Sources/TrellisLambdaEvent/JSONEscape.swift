/// Copies UTF-8 into the inside of a JSON string, escaping what JSON does not allow there.
///
/// `"` and `\` get a backslash, control characters their short form or `\u00XX`. Everything else stays as it is, U+007F
/// and U+2028 included.
enum JSONEscape {
    /// The room that one step may need beyond the bytes it is asked to copy.
    static let slack = 16

    enum State {
        /// All input was copied.
        case finished
        /// Fewer than ``slack`` bytes of output were left; go on from `consumed` with more.
        case outOfRoom
        /// The bytes at `consumed` are not UTF-8.
        case illFormed
    }

    struct Progress {
        var consumed: Int
        var written: Int
        var state: State
    }

    /// - Parameters:
    ///   - input: The whole text; copying goes on at `start`.
    ///   - output: Filled from its beginning.
    ///   - validating: Whether the input may be something else than UTF-8; if not, bytes from 0x80 are taken on trust.
    @inline(__always)
    static func copy(
        _ input: UnsafeRawBufferPointer, from start: Int, to output: UnsafeMutableRawBufferPointer, validating: Bool
    ) -> Progress {
        let room = output.count - slack
        var source = start
        var target = 0
        while source < input.count {
            guard target <= room else { return Progress(consumed: source, written: target, state: .outOfRoom) }
            if input.count - source >= 8 {
                let word = ByteWord(input, at: source)
                output.storeBytes(of: word.value.littleEndian, toByteOffset: target, as: UInt64.self)
                let marks = word.specialInJSON | (validating ? word.nonASCII : 0)
                guard marks != 0 else {
                    source += 8
                    target += 8
                    continue
                }
                source += ByteWord.countBefore(marks)
                target += ByteWord.countBefore(marks)
            }
            guard validating, input[source] >= 0x80 else {
                target += write(input[source], to: output, at: target)
                source += 1
                continue
            }
            repeat {
                let length = utf8SequenceLength(input, at: source)
                guard length > 0 else { return Progress(consumed: source, written: target, state: .illFormed) }
                copySequence(of: length, from: input, at: source, to: output, at: target)
                source += length
                target += length
            } while source < input.count && input[source] >= 0x80 && target <= room
        }
        return Progress(consumed: source, written: target, state: .finished)
    }

    /// Copies one UTF-8 sequence, where possible with the bytes after it, which the next step overwrites.
    @inline(__always)
    private static func copySequence(
        of length: Int, from input: UnsafeRawBufferPointer, at source: Int, to output: UnsafeMutableRawBufferPointer,
        at target: Int
    ) {
        if input.count - source >= 4 {
            let bytes = input.loadUnaligned(fromByteOffset: source, as: UInt32.self)
            output.storeBytes(of: bytes, toByteOffset: target, as: UInt32.self)
        } else {
            for offset in 0..<length { output[target + offset] = input[source + offset] }
        }
    }

    /// Writes one byte, escaped if it must be, and returns how many bytes that took: 1, 2 or 6.
    @inline(__always)
    static func write(_ byte: UInt8, to output: UnsafeMutableRawBufferPointer, at index: Int) -> Int {
        let short: UInt8
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): short = byte
        case 0x20...:
            output[index] = byte
            return 1
        case 0x08: short = UInt8(ascii: "b")
        case 0x09: short = UInt8(ascii: "t")
        case 0x0A: short = UInt8(ascii: "n")
        case 0x0C: short = UInt8(ascii: "f")
        case 0x0D: short = UInt8(ascii: "r")
        default:
            writeUnicodeEscape(byte, to: output, at: index)
            return 6
        }
        output[index] = UInt8(ascii: "\\")
        output[index + 1] = short
        return 2
    }

    private static func writeUnicodeEscape(_ byte: UInt8, to output: UnsafeMutableRawBufferPointer, at index: Int) {
        let low = byte & 0x0F
        output[index] = UInt8(ascii: "\\")
        output[index + 1] = UInt8(ascii: "u")
        output[index + 2] = UInt8(ascii: "0")
        output[index + 3] = UInt8(ascii: "0")
        output[index + 4] = UInt8(ascii: "0") + (byte >> 4)
        output[index + 5] = low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10
    }
}
