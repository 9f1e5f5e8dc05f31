enum Hexadecimal {
    private static let upperCaseDigits: [UInt8] = Array("0123456789ABCDEF".utf8)
    private static let lowerCaseDigits: [UInt8] = Array("0123456789abcdef".utf8)

    /// Two lower-case digits for each byte.
    static func lowercase(_ bytes: some Sequence<UInt8>) -> String {
        var digits: [UInt8] = []
        digits.reserveCapacity(64)
        for byte in bytes {
            digits.append(lowerCaseDigits[Int(byte >> 4)])
            digits.append(lowerCaseDigits[Int(byte & 0x0F)])
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// Appends `%XY` with upper-case digits, as RFC 3986 and SigV4 spell an escape.
    static func appendEscape(of byte: UInt8, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "%"))
        output.append(upperCaseDigits[Int(byte >> 4)])
        output.append(upperCaseDigits[Int(byte & 0x0F)])
    }

    /// - Returns: The value of one digit of either case, or `nil` for any other byte.
    static func value(ofDigit byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The bytes that lower-case digits stand for.
    ///
    /// - Returns: `nil` for an odd number of digits, an upper-case digit or any other character.
    static func bytes(ofLowercase digits: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.utf8.count / 2)
        var high: UInt8?
        for digit in digits.utf8 {
            guard digit == digit.asciiLowercased, let value = value(ofDigit: digit) else { return nil }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return high == nil ? bytes : nil
    }
}
