package import TrellisModel

/// What shows that a domain belongs to who wants it verified.
///
/// It stands for the domain name system, so that verifications work on a machine without one.
package struct DomainOwnership: Hashable, Sendable {
    /// The values of TXT records by name; names are compared without case and without the dot at the end.
    private var textRecords: [String: Set<String>]
    /// Domains that need no record, and what is below them.
    private var ownedDomains: Set<DomainName>

    package init(textRecords: [String: Set<String>] = [:], ownedDomains: Set<DomainName> = []) {
        self.textRecords = [:]
        self.ownedDomains = ownedDomains
        for (name, values) in textRecords { self.textRecords[Self.canonical(name), default: []].formUnion(values) }
    }

    package func isProved(for verification: DomainVerificationRecord) -> Bool {
        if ownedDomains.contains(where: { verification.domainName.isWithin($0) }) { return true }
        return textRecords[Self.canonical(verification.recordName)]?.contains(verification.recordValue) ?? false
    }

    private static func canonical(_ name: String) -> String {
        (name.hasSuffix(".") ? name.dropLast() : name[...]).lowercased()
    }
}
