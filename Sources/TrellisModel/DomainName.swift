/// A domain name of two or more labels, compared without case.
///
/// - Source: RFC 1123, section 2.1: labels of 1 to 63 letters, digits and inner hyphens, 253 characters at most.
package struct DomainName: Hashable, Sendable, CustomStringConvertible {
    /// In lower case, without a dot at the end.
    package let rawValue: String

    /// - Returns: `nil` if the text is not such a name; one dot at the end is allowed.
    package init?(_ text: String) {
        let name = text.hasSuffix(".") ? text.dropLast() : text[...]
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard name.utf8.count <= 253, labels.count >= 2, labels.allSatisfy(isLabel) else { return nil }
        rawValue = name.lowercased()
    }

    package var description: String { rawValue }

    /// Whether this is the other domain or one below it.
    package func isWithin(_ other: DomainName) -> Bool { self == other || isBelow(other) }

    package func isBelow(_ other: DomainName) -> Bool { rawValue.hasSuffix("." + other.rawValue) }
}

private func isLabel(_ label: Substring.UTF8View) -> Bool {
    let hyphen = UInt8(ascii: "-")
    guard (1...63).contains(label.count), label.first != hyphen, label.last != hyphen else { return false }
    return label.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == hyphen
    }
}

extension DomainName: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decodeChecked(from: decoder, as: "a domain name", DomainName.init)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
