/// The first word of an AWS `Authorization` header and of the string to sign.
package enum SignatureAlgorithm: String, Hashable, Sendable {
    /// SigV4: an HMAC with a key derived from the secret.
    case hmacSHA256 = "AWS4-HMAC-SHA256"
    /// SigV4A: ECDSA over P-256 with a private key derived from the secret; valid in a set of Regions.
    case ecdsaP256SHA256 = "AWS4-ECDSA-P256-SHA256"

    /// Whether the credential scope names a Region; otherwise the request carries a Region set.
    var hasRegionInScope: Bool { self == .hmacSHA256 }
}

/// The text that is signed: algorithm, time, scope, hash of the canonical request; no newline at the end.
package struct StringToSign: Sendable {
    package let text: String

    package init(
        algorithm: SignatureAlgorithm, time: SigningTime, scope: CredentialScope, canonicalRequestHash: String
    ) {
        text = "\(algorithm.rawValue)\n\(time.basicFormat)\n\(scope.text)\n\(canonicalRequestHash)"
    }
}
