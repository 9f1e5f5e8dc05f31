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
            if input.count - source >= ByteBlock.lookahead, output.count - target >= roomForBlock {
                (source, target) = copyBlocks(input, from: source, to: output, at: target, validating: validating)
                guard source < input.count else { break }
            }
            guard target <= room else { return Progress(consumed: source, written: target, state: .outOfRoom) }
            let available = min(8, input.count - source)
            let word = available == 8 ? ByteWord(input, at: source) : ByteWord(last: input, from: source)
            output.storeBytes(of: word.value.littleEndian, toByteOffset: target, as: UInt64.self)
            let marks = word.specialInJSON | (validating ? word.nonASCII : 0)
            guard marks != 0 else {
                source += available
                target += available
                continue
            }
            source += ByteWord.countBefore(marks)
            target += ByteWord.countBefore(marks)
            guard validating, input[source] >= 0x80 else {
                target += write(input[source], to: output, at: target)
                source += 1
                continue
            }
            let length = utf8SequenceLength(input, at: source)
            guard length > 0 else { return Progress(consumed: source, written: target, state: .illFormed) }
            for offset in 0..<length { output[target + offset] = input[source + offset] }
            source += length
            target += length
        }
        return Progress(consumed: source, written: target, state: .finished)
    }

    // MARK: Blocks

    /// What a block may take when all its bytes become `\u00XX`, and the bytes that a run writes too many.
    private static let roomForBlock = 6 * ByteBlock.count + ByteBlock.runSize

    /// Copies block by block, up to one that must be looked at more closely or for which there is no room.
    ///
    /// - Returns: Where input and output go on.
    private static func copyBlocks(
        _ input: UnsafeRawBufferPointer, from start: Int, to output: UnsafeMutableRawBufferPointer, at end: Int,
        validating: Bool
    ) -> (source: Int, target: Int) {
        escapes.withUnsafeBufferPointer { escapes in
            var source = start
            var target = end
            while input.count - source >= ByteBlock.lookahead, output.count - target >= roomForBlock {
                let block = ByteBlock(input, at: source)
                var count = ByteBlock.count
                if validating, !block.isASCII {
                    guard source >= 3, let whole = ByteBlock.wellFormedCount(input, at: source) else { break }
                    count = whole
                }
                let special = block.specialInJSON
                if special.isEmpty {
                    block.store(to: output, at: target)
                    target += count
                } else {
                    target = copyBlock(input, source..<(source + count), special.bits, to: output, target, escapes)
                }
                source += count
            }
            return (source, target)
        }
    }

    /// - Parameter marks: Where in the range something must be escaped.
    /// - Returns: Where the output goes on.
    @inline(__always)
    private static func copyBlock(
        _ input: UnsafeRawBufferPointer, _ range: Range<Int>, _ marks: UInt64,
        to output: UnsafeMutableRawBufferPointer, _ start: Int, _ escapes: UnsafeBufferPointer<UInt64>
    ) -> Int {
        var marks = marks
        var source = range.lowerBound
        var target = start
        // All indices are a block's: none of these sums can overflow.
        while marks != 0 {
            let special = range.lowerBound &+ marks.trailingZeroBitCount
            ByteBlock.copyRun(input, from: source, to: output, at: target, count: special &- source)
            target &+= special &- source
            let escape = escapes[Int(input[special])]
            output.storeBytes(of: escape.littleEndian, toByteOffset: target, as: UInt64.self)
            target &+= Int(truncatingIfNeeded: escape >> 56)
            source = special &+ 1
            marks &= marks &- 1
        }
        ByteBlock.copyRun(input, from: source, to: output, at: target, count: range.upperBound &- source)
        return target &+ range.upperBound &- source
    }

    /// For each byte how it is written, the first character in the lowest bits, and in the highest eight its length.
    private static let escapes: [UInt64] = (0...UInt8.max).map { byte in
        withUnsafeTemporaryAllocation(byteCount: 8, alignment: 8) { memory in
            memory.initializeMemory(as: UInt8.self, repeating: 0)
            let length = write(byte, to: memory, at: 0)
            return UInt64(littleEndian: memory.load(as: UInt64.self)) | UInt64(length) << 56
        }
    }

    // MARK: Bytes

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
