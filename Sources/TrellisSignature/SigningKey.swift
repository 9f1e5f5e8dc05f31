import Crypto

/// The key of one day, Region and service, derived from a secret access key.
package struct SigningKey: Redacted, Sendable {
    /// Has taken the key in; each signature begins with a copy.
    private let keyed: HMAC<SHA256>

    /// `"AWS4" + secret` → date → Region → service → terminator, each step an HMAC-SHA256.
    package init(secretAccessKey: SecretAccessKey, scope: CredentialScope) {
        var key = SymmetricKey(data: Array("AWS4".utf8) + Array(secretAccessKey.bytes))
        for element in [scope.date, scope.region, scope.service, scope.terminator] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(element.utf8), using: key))
        }
        keyed = HMAC(key: key)
    }

    /// - Returns: 64 lower-case hexadecimal digits.
    package func signature(of stringToSign: StringToSign) -> String {
        authenticate(Array(stringToSign.text.utf8)).withUnsafeBytes { Hexadecimal.lowercase($0) }
    }

    func authenticate(_ stringToSign: [UInt8]) -> HashedAuthenticationCode<SHA256> {
        var authenticator = keyed
        stringToSign.withUnsafeBytes { authenticator.update(data: $0) }
        return authenticator.finalize()
    }

    /// Compares in constant time.
    ///
    /// - Parameter signature: The decoded bytes of a received signature, of any length.
    func isValid(_ signature: [UInt8], for stringToSign: StringToSign) -> Bool {
        authenticate(Array(stringToSign.text.utf8)) == signature
    }
}
