/// The time of day, injected so that tests hold the clock.
package protocol WallClock: Sendable {
    func now() -> Timestamp
}

/// Where identifiers and request ids get their randomness, injected so that tests can fix it.
package protocol RandomSource: Sendable {
    /// - Returns: 64 uniformly distributed bits.
    func next() -> UInt64
}

extension RandomSource {
    /// A random (version 4) UUID in lower-case text.
    package func uuid() -> String {
        uuidText(next(), next())
    }

    /// Sixteen lower-case hexadecimal digits for each 64 bits asked for.
    package func hexadecimalDigits(words: Int) -> String {
        (0..<words).map { _ in TrellisModel.hexadecimalDigits(next()) }.joined()
    }
}

/// Sixteen lower-case hexadecimal digits.
func hexadecimalDigits(_ word: UInt64) -> String {
    String(unsafeUninitializedCapacity: 16) { text in
        for position in 0..<16 { text[position] = hexadecimalDigit(word >> UInt64(60 - 4 * position)) }
        return 16
    }
}

/// The lower-case digit of the lowest four bits.
private func hexadecimalDigit(_ bits: UInt64) -> UInt8 {
    let digit = UInt8(truncatingIfNeeded: bits & 0xF)
    return digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
}

/// A version 4 UUID in lower-case text, made of 122 of the given random bits.
package func uuidText(_ first: UInt64, _ second: UInt64) -> String {
    let high = (first & 0xFFFF_FFFF_FFFF_0FFF) | 0x4000
    let low = (second & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
    return String(unsafeUninitializedCapacity: 36) { text in
        var position = 0
        for digit in 0..<32 {
            if digit == 8 || digit == 12 || digit == 16 || digit == 20 {
                text[position] = UInt8(ascii: "-")
                position += 1
            }
            let word = digit < 16 ? high : low
            text[position] = hexadecimalDigit(word >> UInt64(60 - 4 * (digit % 16)))
            position += 1
        }
        return position
    }
}
