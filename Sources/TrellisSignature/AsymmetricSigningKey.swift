import Crypto

/// The P-256 key pair of an access key, for SigV4A.
///
/// Whoever knows the secret derives the same pair, so that a server needs to keep nothing but the secret.
///
/// - Source: reference identity.md, "Signature Version 4A", and aws-c-auth `key_derivation.c`.
package struct AsymmetricSigningKey: Redacted, Sendable {
    private let privateKey: P256.Signing.PrivateKey
    private let publicKey: P256.Signing.PublicKey

    /// - Returns: `nil` if no counter gives a key, which has a chance of less than 2⁻³² for each of 254 counters.
    package init?(secretAccessKey: SecretAccessKey, accessKeyID: String) {
        let inputKey = SymmetricKey(data: Array("AWS4A".utf8) + Array(secretAccessKey.bytes))
        for counter in UInt8(1)...254 {
            // Iteration 1 of NIST SP 800-108 in counter mode: number, label, 0, context, length in bits.
            var input: [UInt8] = [0, 0, 0, 1]
            input.append(contentsOf: SignatureAlgorithm.ecdsaP256SHA256.rawValue.utf8)
            input.append(0)
            input.append(contentsOf: accessKeyID.utf8)
            input.append(contentsOf: [counter, 0, 0, 1, 0])
            let candidate = Array(HMAC<SHA256>.authenticationCode(for: input, using: inputKey))
            guard let scalar = Self.privateScalar(from: candidate) else { continue }
            guard let key = try? P256.Signing.PrivateKey(rawRepresentation: scalar) else { return nil }
            privateKey = key
            publicKey = key.publicKey
            return
        }
        return nil
    }

    /// The order of the group minus 2, big-endian.
    private static let greatestCandidate: [UInt8] = [
        0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x4F,
    ]

    /// Candidate + 1, or `nil` for one above the greatest; which bytes differ cannot be told from the time it takes.
    private static func privateScalar(from candidate: [UInt8]) -> [UInt8]? {
        var scalar = candidate
        var borrow: Int16 = 0
        var carry: UInt16 = 1
        for index in scalar.indices.reversed() {
            borrow = (Int16(greatestCandidate[index]) - Int16(candidate[index]) + borrow) >> 8
            carry += UInt16(candidate[index])
            scalar[index] = UInt8(truncatingIfNeeded: carry)
            carry >>= 8
        }
        return borrow == 0 ? scalar : nil
    }

    /// X and Y, 32 bytes each.
    package var publicPoint: [UInt8] { Array(publicKey.rawRepresentation) }

    /// - Returns: The DER form in lower-case hexadecimal digits, another one every time.
    package func signature(of stringToSign: StringToSign) throws -> String {
        let signature = try privateKey.signature(for: Array(stringToSign.text.utf8))
        return Hexadecimal.lowercase(signature.derRepresentation)
    }

    /// - Parameter signature: The decoded bytes of a received signature, of any length.
    func isValid(_ signature: [UInt8], for stringToSign: StringToSign) -> Bool {
        guard let signature = try? P256.Signing.ECDSASignature(derRepresentation: signature) else { return false }
        return publicKey.isValidSignature(signature, for: Array(stringToSign.text.utf8))
    }
}

/// The key of an access key and a scope, of either algorithm.
package enum DerivedKey: Sendable {
    case symmetric(SigningKey)
    case asymmetric(AsymmetricSigningKey)

    /// - Returns: `nil` only if ``AsymmetricSigningKey`` has none.
    init?(secretAccessKey: SecretAccessKey, accessKeyID: String, algorithm: SignatureAlgorithm, scope: CredentialScope)
    {
        switch algorithm {
        case .hmacSHA256:
            self = .symmetric(SigningKey(secretAccessKey: secretAccessKey, scope: scope))
        case .ecdsaP256SHA256:
            guard let key = AsymmetricSigningKey(secretAccessKey: secretAccessKey, accessKeyID: accessKeyID) else {
                return nil
            }
            self = .asymmetric(key)
        }
    }

    func signature(of stringToSign: StringToSign) throws -> String {
        switch self {
        case .symmetric(let key): key.signature(of: stringToSign)
        case .asymmetric(let key): try key.signature(of: stringToSign)
        }
    }

    func isValid(_ signature: [UInt8], for stringToSign: StringToSign) -> Bool {
        switch self {
        case .symmetric(let key): key.isValid(signature, for: stringToSign)
        case .asymmetric(let key): key.isValid(signature, for: stringToSign)
        }
    }
}
