/// Strict base64: standard alphabet, padding required, no white space, and no bits set that belong to no byte.
///
/// - Source: RFC 4648, sections 3.5 and 4.
package enum Base64Decoding {
    private static let invalid: UInt32 = 0xFF00_0000

    /// For each of the four characters of a group, the bits that every byte stands for, already in their place.
    ///
    /// The first decoded byte is in the lowest bits. Bytes outside the alphabet have all bits of the highest byte set.
    private static let contributions: [UInt32] = {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var table = [UInt32](repeating: invalid, count: 4 * 256)
        for place in 0..<4 {
            for (value, character) in alphabet.enumerated() {
                let bits = UInt32(value) << UInt32(18 - 6 * place)
                table[place * 256 + Int(character)] = bits.byteSwapped >> 8
            }
        }
        return table
    }()

    /// The outcome of ``decode(_:to:)``.
    package enum Outcome: Hashable, Sendable {
        /// The number of bytes written.
        case decoded(Int)
        /// The index of the first character that cannot be right; the input's length if it ends too early.
        case invalid(at: Int)
    }

    /// The longest that `count` characters can become.
    package static func decodedLength(of count: Int) -> Int { count / 4 * 3 }

    /// - Parameter output: At least ``decodedLength(of:)`` bytes and one more.
    package static func decode(_ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer) -> Outcome {
        contributions.withUnsafeBufferPointer { table in
            var read = 0
            var written = 0
            while input.count - read >= 4 {
                let bits =
                    table[Int(input[read])] | table[256 + Int(input[read + 1])]
                    | table[512 + Int(input[read + 2])] | table[768 + Int(input[read + 3])]
                guard bits < invalid else {
                    return decodeLastGroup(input, at: read, to: output, written, table)
                }
                output.storeBytes(of: bits.littleEndian, toByteOffset: written, as: UInt32.self)
                read += 4
                written += 3
            }
            guard read < input.count else { return .decoded(written) }
            return incompleteGroup(input, at: read, table)
        }
    }

    /// Decodes a group with padding, which must be the last one, or says what is wrong with it.
    private static func decodeLastGroup(
        _ input: UnsafeRawBufferPointer, at start: Int, to output: UnsafeMutableRawBufferPointer, _ written: Int,
        _ table: UnsafeBufferPointer<UInt32>
    ) -> Outcome {
        let end = start + 4
        guard let pad = firstInvalid(input, in: start..<end, table) else { return .invalid(at: start) }
        guard input[pad] == UInt8(ascii: "="), pad >= start + 2 else { return .invalid(at: pad) }
        if pad == start + 2, input[start + 3] != UInt8(ascii: "=") { return .invalid(at: start + 3) }
        guard end == input.count else { return .invalid(at: end) }
        var bits = table[Int(input[start])] | table[256 + Int(input[start + 1])]
        if pad == start + 3 { bits |= table[512 + Int(input[start + 2])] }
        let count = pad - start - 1
        guard bits >> UInt32(8 * count) == 0 else { return .invalid(at: pad - 1) }
        for index in 0..<count { output[written + index] = UInt8(truncatingIfNeeded: bits >> UInt32(8 * index)) }
        return .decoded(written + count)
    }

    /// Says what is wrong with fewer than four characters at the end.
    private static func incompleteGroup(
        _ input: UnsafeRawBufferPointer, at start: Int, _ table: UnsafeBufferPointer<UInt32>
    ) -> Outcome {
        guard let wrong = firstInvalid(input, in: start..<input.count, table) else { return .invalid(at: input.count) }
        let isPadding = input[wrong] == UInt8(ascii: "=") && wrong == start + 2
        return .invalid(at: isPadding ? input.count : wrong)
    }

    private static func firstInvalid(
        _ input: UnsafeRawBufferPointer, in range: Range<Int>, _ table: UnsafeBufferPointer<UInt32>
    ) -> Int? {
        range.first { table[Int(input[$0])] >= invalid }
    }
}
