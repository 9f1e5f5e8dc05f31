import TrellisAPI

/// What a domain name may look like: labels of 1 to 63 letters, digits and hyphens, no hyphen at either end of a label,
/// at least two labels.
///
/// The shapes have lengths only; a name that breaks these rules could never be in a Host header, a certificate or a
/// zone.
enum DomainName {
    static let constraint =
        "Member must be a domain name: labels of letters, digits and hyphens with dots between them"

    static let wildcardConstraint = constraint + ", the first of which may be *"

    /// - Parameter allowsWildcard: Whether the first label may be `*`.
    static func isValid(_ text: String, allowsWildcard: Bool = false) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count > 1 else { return false }
        let isWildcard = allowsWildcard && labels[0] == "*"
        return labels.dropFirst(isWildcard ? 1 : 0).allSatisfy(isLabel)
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
            && label.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"): true
                default: false
                }
            }
    }
}

extension InputReader {
    func customDomainName() -> String? {
        guard let name = string("customDomainName", as: LatticeShapes.customDomainName) else { return nil }
        guard DomainName.isValid(name) else {
            report("customDomainName", value: name, DomainName.constraint)
            return nil
        }
        return name
    }
}
