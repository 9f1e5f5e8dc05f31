import NIOCore

/// The sizes of bodies, in bytes.
enum BodySize {
    static let small = 1024
    /// What Lambda and VPC Lattice accept at most: 6 MiB.
    static let large = 6_291_456
}

/// Numbers that look random and are the same in every run.
struct FixedRandomness: RandomNumberGenerator {
    private var state: UInt64 = 0x0123_4567_89AB_CDEF

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

/// Bodies of which every byte is made, so that a run is the same everywhere.
enum Sample {
    /// What is repeated to fill a large body: more than a branch predictor can learn.
    private static let pattern = 1 << 20

    static func binary(_ count: Int) -> [UInt8] {
        var randomness = FixedRandomness()
        return repeated(count) { pattern in
            withUnsafeBytes(of: randomness.next()) { pattern.append(contentsOf: $0) }
        }
    }

    /// ASCII text in words and lines without any character that JSON escapes, line breaks apart.
    static func prose(_ count: Int) -> [UInt8] {
        var randomness = FixedRandomness()
        return repeated(count) { pattern in
            pattern.append(contentsOf: word(&randomness))
            pattern.append(UInt8(ascii: " "))
        }
    }

    /// JSON text with a quote every ten bytes or so, at distances that nobody can foresee.
    static func json(_ count: Int) -> [UInt8] {
        var randomness = FixedRandomness()
        var text = repeated(count, opening: "[") { pattern in
            pattern.append(contentsOf: #"{"id":"#.utf8)
            pattern.append(contentsOf: String(randomness.next() >> 44).utf8)
            pattern.append(contentsOf: #","title":""#.utf8)
            for _ in 0..<3 { pattern.append(contentsOf: word(&randomness) + [UInt8(ascii: " ")]) }
            pattern.append(contentsOf: #"","tags":[""#.utf8)
            pattern.append(contentsOf: word(&randomness))
            pattern.append(contentsOf: #"",""#.utf8)
            pattern.append(contentsOf: word(&randomness))
            pattern.append(contentsOf: #""],"created":"2026-01-02T03:04:05Z","open":true},"#.utf8)
        }
        text[count - 1] = UInt8(ascii: "]")
        return text
    }

    /// Nothing but one text again and again.
    static func only(_ text: String, _ count: Int) -> [UInt8] {
        repeated(count) { $0.append(contentsOf: text.utf8) }
    }

    /// Chinese text, three bytes for each character, a stop and a line break now and then.
    static func chinese(_ count: Int) -> [UInt8] {
        var randomness = FixedRandomness()
        return repeated(count) { pattern in
            for _ in 0...(randomness.next() % 30) {
                appendScalar(UInt32(0x4E00 + randomness.next() % 0x5000), to: &pattern)
            }
            pattern.append(contentsOf: "。\n".utf8)
        }
    }

    /// Western European text: ASCII with a letter of two bytes in every second word.
    static func french(_ count: Int) -> [UInt8] {
        var randomness = FixedRandomness()
        return repeated(count) { pattern in
            pattern.append(contentsOf: word(&randomness))
            if randomness.next() % 2 == 0 { pattern.append(contentsOf: "é".utf8) }
            pattern.append(contentsOf: word(&randomness))
            pattern.append(UInt8(ascii: " "))
        }
    }

    /// Chinese text as Python's `json.dumps` writes it: six bytes for each character.
    static func escapedChinese(_ count: Int) -> [UInt8] {
        var randomness = FixedRandomness()
        return repeated(count) { pattern in
            pattern.append(contentsOf: #"\u"#.utf8)
            pattern.append(contentsOf: String(0x4E00 + randomness.next() % 0x5000, radix: 16).utf8)
        }
    }

    /// - Returns: Exactly `count` bytes; a character that would be cut is replaced by full stops.
    private static func repeated(
        _ count: Int, opening: String = "", _ append: (inout [UInt8]) -> Void
    ) -> [UInt8] {
        var bytes = Array(opening.utf8)
        bytes.reserveCapacity(count + pattern)
        while bytes.count < min(count, pattern) { append(&bytes) }
        let whole = bytes[opening.utf8.count...]
        while bytes.count < count { bytes.append(contentsOf: whole) }
        let next = bytes.count > count ? bytes[count] : 0
        bytes.removeSubrange(count...)
        if next & 0xC0 == 0x80 {
            while let last = bytes.last, last & 0xC0 == 0x80 { bytes.removeLast() }
            bytes.removeLast()
            while bytes.count < count { bytes.append(UInt8(ascii: ".")) }
        }
        return bytes
    }

    private static func word(_ randomness: inout FixedRandomness) -> [UInt8] {
        let bits = randomness.next()
        return (0...(bits % 12)).map { UInt8(ascii: "a") + UInt8(truncatingIfNeeded: (bits >> ($0 * 4 + 8)) & 0x0F) }
    }

    private static func appendScalar(_ value: UInt32, to bytes: inout [UInt8]) {
        for byte in Unicode.Scalar(value).flatMap(UTF8.encode) ?? UTF8.encodedReplacementCharacter {
            bytes.append(byte)
        }
    }
}
