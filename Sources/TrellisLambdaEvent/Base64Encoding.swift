/// Base64 with the standard alphabet and padding (RFC 4648 section 4), straight from one memory area to another.
package enum Base64Encoding {
    /// The two characters of every 12-bit group, so that three bytes take two look-ups.
    private static let pairs: [UInt16] = {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        return (0..<4096).map { UInt16(alphabet[$0 >> 6]) | UInt16(alphabet[$0 & 63]) << 8 }
    }()

    /// - Parameter count: At most three quarters of `Int.max`.
    package static func encodedLength(of count: Int) -> Int { (count + 2) / 3 * 4 }

    /// - Parameter output: At least ``encodedLength(of:)`` bytes.
    /// - Returns: How many bytes were written.
    package static func encode(_ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer) -> Int {
        pairs.withUnsafeBufferPointer { pairs in
            let (read, written) = encodeSixAtATime(input, to: output, pairs)
            return encodeRest(input, from: read, to: output, at: written, pairs)
        }
    }

    @inline(__always)
    private static func encodeSixAtATime(
        _ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer, _ pairs: UnsafeBufferPointer<UInt16>
    ) -> (read: Int, written: Int) {
        var read = 0
        var written = 0
        while input.count - read >= 8 {
            let bits = UInt64(bigEndian: input.loadUnaligned(fromByteOffset: read, as: UInt64.self))
            let first = UInt64(pairs[Int(truncatingIfNeeded: bits >> 52)])
            let second = UInt64(pairs[Int(truncatingIfNeeded: bits >> 40 & 0xFFF)])
            let third = UInt64(pairs[Int(truncatingIfNeeded: bits >> 28 & 0xFFF)])
            let fourth = UInt64(pairs[Int(truncatingIfNeeded: bits >> 16 & 0xFFF)])
            let characters = first | second << 16 | third << 32 | fourth << 48
            output.storeBytes(of: characters.littleEndian, toByteOffset: written, as: UInt64.self)
            read += 6
            written += 8
        }
        return (read, written)
    }

    /// Encodes the last seven bytes or fewer.
    private static func encodeRest(
        _ input: UnsafeRawBufferPointer, from start: Int, to output: UnsafeMutableRawBufferPointer, at end: Int,
        _ pairs: UnsafeBufferPointer<UInt16>
    ) -> Int {
        var read = start
        var written = end
        while read < input.count {
            let available = min(3, input.count - read)
            var bits = Int(input[read]) << 16
            if available > 1 { bits |= Int(input[read + 1]) << 8 }
            if available > 2 { bits |= Int(input[read + 2]) }
            output.storeBytes(of: pairs[bits >> 12].littleEndian, toByteOffset: written, as: UInt16.self)
            output.storeBytes(of: pairs[bits & 0xFFF].littleEndian, toByteOffset: written + 2, as: UInt16.self)
            for missing in 0..<(3 - available) { output[written + 3 - missing] = UInt8(ascii: "=") }
            read += available
            written += 4
        }
        return written
    }
}
