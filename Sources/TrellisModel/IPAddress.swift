/// An IPv4 or IPv6 address as a number; as text in its canonical form.
package enum IPAddress: Hashable, Sendable, CustomStringConvertible {
    case v4(UInt32)
    case v6(UInt128)

    /// An IPv6 address; one that maps an IPv4 address (`::ffff:a.b.c.d`) becomes that address.
    package init(v6 value: UInt128) {
        self = value >> 32 == 0xFFFF ? .v4(UInt32(truncatingIfNeeded: value)) : .v6(value)
    }

    /// - Returns: `nil` unless the bytes are a dotted quad.
    package init?(v4 text: UnsafeBufferPointer<UInt8>) {
        guard let value = parseIPv4(text) else { return nil }
        self = .v4(value)
    }

    /// - Returns: `nil` unless the text is a dotted quad or an IPv6 address without a zone.
    package init?(_ text: some StringProtocol) {
        if text.utf8.contains(UInt8(ascii: ":")) {
            guard let value = parseIPv6(text) else { return nil }
            self.init(v6: value)
        } else {
            guard let value = text.withBytes(parseIPv4) else { return nil }
            self = .v4(value)
        }
    }

    /// `127.0.0.0/8` and `::1`.
    package var isLoopback: Bool {
        switch self {
        case .v4(let value): value >> 24 == 127
        case .v6(let value): value == 1
        }
    }

    /// Whether packets to the address go to one machine: not the unspecified address, multicast or broadcast.
    package var isUnicast: Bool {
        switch self {
        case .v4(let value): value != 0 && value >> 28 != 0b1110 && value != .max
        case .v6(let value): value != 0 && value >> 120 != 0xFF
        }
    }

    /// A dotted quad, or groups of lower-case hexadecimal digits with the longest run of zero groups written `::`.
    ///
    /// - Source: RFC 5952, section 4.
    package var description: String {
        switch self {
        case .v4(let value): [24, 16, 8, 0].map { String(value >> $0 & 0xFF) }.joined(separator: ".")
        case .v6(let value): text(ofGroups: (0..<8).map { UInt16(truncatingIfNeeded: value >> (112 - 16 * $0)) })
        }
    }
}

private func text(ofGroups groups: [UInt16]) -> String {
    func hexadecimal(_ groups: ArraySlice<UInt16>) -> String {
        groups.map { String($0, radix: 16) }.joined(separator: ":")
    }
    var zeros = 0..<0
    var start = 0
    for (index, group) in groups.enumerated() {
        if group != 0 { start = index + 1 }
        if index + 1 - start > zeros.count { zeros = start..<index + 1 }
    }
    // A single zero group is written as it is.
    guard zeros.count > 1 else { return hexadecimal(groups[...]) }
    return hexadecimal(groups[..<zeros.lowerBound]) + "::" + hexadecimal(groups[zeros.upperBound...])
}

/// Four decimal numbers of 0 to 255 without leading zeros.
private func parseIPv4(_ text: UnsafeBufferPointer<UInt8>) -> UInt32? {
    var value: UInt32 = 0
    var numbers = 1
    var number: UInt32 = 0
    var digits = 0
    for byte in text {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            // A leading zero, or more than a byte holds.
            guard digits == 0 || number > 0 else { return nil }
            number = number * 10 + UInt32(byte - UInt8(ascii: "0"))
            digits += 1
            guard number <= 255 else { return nil }
        case UInt8(ascii: "."):
            guard digits > 0, numbers < 4 else { return nil }
            value = value << 8 | number
            numbers += 1
            number = 0
            digits = 0
        default: return nil
        }
    }
    return numbers == 4 && digits > 0 ? value << 8 | number : nil
}

/// Eight groups of hexadecimal digits, one run of zero groups written `::`, the last two groups perhaps a dotted quad.
private func parseIPv6(_ text: some StringProtocol) -> UInt128? {
    let halves = splitAtDoubleColon(text)
    guard let front = parseGroups(halves.front, allowsQuad: halves.back == nil) else { return nil }
    guard let back = halves.back else { return front.count == 8 ? join(front) : nil }
    guard let tail = parseGroups(back, allowsQuad: true), front.count + tail.count <= 7 else { return nil }
    return join(front + Array(repeating: 0, count: 8 - front.count - tail.count) + tail)
}

private func splitAtDoubleColon<Text: StringProtocol>(
    _ text: Text
) -> (front: Text.SubSequence, back: Text.SubSequence?) {
    var index = text.startIndex
    while index < text.endIndex {
        let next = text.index(after: index)
        if text[index] == ":", next < text.endIndex, text[next] == ":" {
            return (text[..<index], text[text.index(after: next)...])
        }
        index = next
    }
    return (text[...], nil)
}

private func parseGroups(_ text: some StringProtocol, allowsQuad: Bool) -> [UInt16]? {
    guard !text.isEmpty else { return [] }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    var groups: [UInt16] = []
    for (index, part) in parts.enumerated() {
        if part.utf8.contains(UInt8(ascii: ".")) {
            guard allowsQuad, index == parts.count - 1, let quad = part.withBytes(parseIPv4) else { return nil }
            groups.append(UInt16(quad >> 16))
            groups.append(UInt16(truncatingIfNeeded: quad))
        } else {
            guard
                (1...4).contains(part.utf8.count), part.first != "+", part.first != "-",
                let group = UInt16(part, radix: 16)
            else { return nil }
            groups.append(group)
        }
    }
    return groups.count <= 8 ? groups : nil
}

private func join(_ groups: [UInt16]) -> UInt128 {
    groups.reduce(0) { $0 << 16 | UInt128($1) }
}
