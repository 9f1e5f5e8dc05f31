/// Character classes of Lambda's patterns; only ASCII ever matches.
enum ASCIIText {
    /// Whether every byte of a text that is not empty is in the class.
    static func isAll(_ text: some StringProtocol, _ isAllowed: (UInt8) -> Bool) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(isAllowed)
    }

    static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    static func isLowercase(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }

    static func isLetter(_ byte: UInt8) -> Bool { isLowercase(byte | 0x20) && byte < 0x80 }

    /// The class `[a-zA-Z0-9-_]`.
    static func isName(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLetter(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }

    /// The pattern `aws[a-zA-Z-]*`.
    static func isPartition(_ text: some StringProtocol) -> Bool {
        text.hasPrefix("aws") && text.utf8.allSatisfy { isLetter($0) || $0 == UInt8(ascii: "-") }
    }

    /// The pattern `\d{12}`.
    static func isAccount(_ text: some StringProtocol) -> Bool {
        text.utf8.count == 12 && text.utf8.allSatisfy(isDigit)
    }

    /// The pattern `[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}`.
    static func isRegion(_ text: some StringProtocol) -> Bool {
        var parts = text.split(separator: "-", omittingEmptySubsequences: false)[...]
        guard let country = parts.popFirst(), country.utf8.count == 2, isAll(country, isLowercase),
            let number = parts.popLast(), number.utf8.count == 1, isAll(number, isDigit),
            let place = parts.popLast(), isAll(place, isLowercase)
        else { return false }
        guard let partition = parts.popFirst() else { return true }
        let isIsolated =
            partition == "iso"
            || (partition.utf8.count == 4 && partition.hasPrefix("iso") && isAll(partition, isLowercase))
        return parts.isEmpty && (partition == "gov" || isIsolated)
    }
}
