/// What the operations refuse.
enum RolesAnywhereError: Error, Hashable {
    case validation(String)
    case accessDenied(String)
    case notFound(String)
    case tooManyTags(String)

    /// Without saying which of the checks failed, as AWS does.
    static let untrusted = RolesAnywhereError.accessDenied("Untrusted certificate. Insufficient certificate")
    static let revoked = RolesAnywhereError.accessDenied("Certificate is revoked")
}
