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
        let high = (next() & 0xFFFF_FFFF_FFFF_0FFF) | 0x4000
        let low = (next() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
        let digits = hexadecimal(high) + hexadecimal(low)
        var text = ""
        text.reserveCapacity(36)
        for (index, digit) in digits.enumerated() {
            if index == 8 || index == 12 || index == 16 || index == 20 { text.append("-") }
            text.append(digit)
        }
        return text
    }

    /// Sixteen lower-case hexadecimal digits for each 64 bits asked for.
    package func hexadecimalDigits(words: Int) -> String {
        (0..<words).map { _ in hexadecimal(next()) }.joined()
    }

    private func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
