/// An address and how many of its leading bits count.
package struct CIDRBlock: Hashable, Sendable {
    package let address: IPAddress
    /// 0 to 32, or 0 to 128.
    package let prefixLength: Int

    /// - Returns: `nil` unless the text is an address, a slash and a prefix length of the address's family.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard
            parts.count == 2, let address = IPAddress(parts[0]),
            (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let length = Int(parts[1])
        else { return nil }
        // A mapped IPv4 address in IPv6 form would have its prefix counted from another end.
        guard parts[0].contains(":") == address.isIPv6, length <= address.bitWidth else { return nil }
        self.address = address
        prefixLength = length
    }

    /// Whether all bits behind the prefix are zero.
    package var isCanonical: Bool {
        switch address {
        case .v4(let value): value << UInt32(prefixLength) == 0
        case .v6(let value): value << UInt128(prefixLength) == 0
        }
    }

    package func contains(_ other: IPAddress) -> Bool {
        switch (address, other) {
        case (.v4(let block), .v4(let value)): (block ^ value) >> UInt32(32 - prefixLength) == 0
        case (.v6(let block), .v6(let value)): (block ^ value) >> UInt128(128 - prefixLength) == 0
        default: false
        }
    }
}

extension IPAddress {
    fileprivate var isIPv6: Bool {
        if case .v6 = self { true } else { false }
    }

    fileprivate var bitWidth: Int { isIPv6 ? 128 : 32 }
}
