import TrellisAPI
import TrellisModel

/// The shapes of domain names have lengths only; a name that is none could never be in a Host header, a certificate or
/// a zone.
extension DomainName {
    static let constraint =
        "Member must be a domain name: labels of letters, digits and hyphens with dots between them"

    static let wildcardConstraint = constraint + ", the first of which may be *"

    /// - Parameter allowsWildcard: Whether the first label may be `*`, also before a name of one label.
    static func isValid(_ text: String, allowsWildcard: Bool = false) -> Bool {
        guard !text.hasSuffix(".") else { return false }
        let name = allowsWildcard && text.hasPrefix("*.") ? "wildcard" + text.dropFirst() : text
        return DomainName(name) != nil
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
