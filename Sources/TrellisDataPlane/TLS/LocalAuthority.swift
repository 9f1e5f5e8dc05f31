import Crypto
import FoundationEssentials
import SwiftASN1
package import TrellisModel
import X509
import _CryptoExtras

/// The certificate authority of a data directory, which issues certificates for the generated names of services.
///
/// Its own key is ECDSA P-256. Its certificate permits names under `on.aws` and `localhost` only, so that who trusts it
/// trusts it for nothing else.
package struct LocalAuthority: Sendable {
    let certificate: Certificate
    private let key: P256.Signing.PrivateKey

    /// How long the authority's own certificate is valid: as long as a development machine may live.
    package static let validity: Duration = .seconds(3650 * 86_400)
    /// How long what it issues is valid; less than clients accept at most.
    package static let leafValidity: Duration = .seconds(90 * 86_400)
    /// What a clock may be behind that of the machine, in milliseconds.
    private static let allowedSkew: Int64 = 3_600_000
    private static let permittedDomains = ["on.aws", "localhost"]

    /// Makes an authority with a key of its own.
    package static func make(now: Timestamp, random: some RandomSource) throws -> LocalAuthority {
        try LocalAuthority(key: P256.Signing.PrivateKey(), now: now, random: random)
    }

    /// Makes a certificate for a key that has none.
    package init(keyPEM: String, now: Timestamp, random: some RandomSource) throws {
        try self.init(key: P256.Signing.PrivateKey(pemRepresentation: keyPEM), now: now, random: random)
    }

    /// - Throws: ``AuthorityProblem``, or what the reader of PEM and certificates says.
    package init(keyPEM: String, certificatePEM: String) throws {
        key = try P256.Signing.PrivateKey(pemRepresentation: keyPEM)
        certificate = try Certificate(pemEncoded: certificatePEM)
        guard certificate.publicKey == Certificate.PublicKey(key.publicKey) else {
            throw AuthorityProblem.keyOfAnotherCertificate
        }
    }

    private init(key: P256.Signing.PrivateKey, now: Timestamp, random: some RandomSource) throws {
        self.key = key
        let name = try DistinguishedName {
            OrganizationName("Trellis")
            CommonName("Trellis local authority \(random.hexadecimalDigits(words: 1).prefix(8))")
        }
        let publicKey = Certificate.PublicKey(key.publicKey)
        certificate = try Certificate(
            version: .v3, serialNumber: Self.serialNumber(random), publicKey: publicKey,
            notValidBefore: Date(now, plus: -Self.allowedSkew),
            notValidAfter: Date(now, plus: Self.validity.milliseconds),
            issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                Critical(NameConstraints(permittedDNSDomains: Self.permittedDomains))
                SubjectKeyIdentifier(hash: publicKey)
            },
            issuerPrivateKey: Certificate.PrivateKey(key))
    }

    package var keyPEM: String { key.pemRepresentation + "\n" }

    /// The authority's certificate as clients take it for trust.
    package var certificatePEM: String {
        get throws { try certificate.serializeAsPEM().pemString + "\n" }
    }

    package var notAfter: Timestamp { Timestamp(certificate.notValidAfter) }

    /// Issues a certificate for a server.
    ///
    /// - Parameters:
    ///   - names: DNS names of the authority's domains.
    ///   - subject: The common name, at most 64 characters.
    ///   - publicKey: The server's.
    func issue(
        names: [String], subject: String, publicKey: _RSA.Signing.PublicKey, now: Timestamp, random: some RandomSource
    ) throws -> Certificate {
        let end = min(now.millisecondsSinceEpoch + Self.leafValidity.milliseconds, notAfter.millisecondsSinceEpoch)
        let authorityKeyIdentifier = SubjectKeyIdentifier(hash: certificate.publicKey).keyIdentifier
        let publicKey = Certificate.PublicKey(publicKey)
        return try Certificate(
            version: .v3, serialNumber: Self.serialNumber(random), publicKey: publicKey,
            notValidBefore: Date(now, plus: -Self.allowedSkew),
            notValidAfter: Date(Timestamp(millisecondsSinceEpoch: end), plus: 0), issuer: certificate.subject,
            subject: try DistinguishedName { CommonName(subject) }, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true, keyEncipherment: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(names.map { .dnsName($0) })
                AuthorityKeyIdentifier(keyIdentifier: authorityKeyIdentifier)
                SubjectKeyIdentifier(hash: publicKey)
            },
            issuerPrivateKey: Certificate.PrivateKey(key))
    }

    /// 126 random bits in sixteen bytes, positive and never zero.
    private static func serialNumber(_ random: some RandomSource) -> Certificate.SerialNumber {
        let first = random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x4000_0000_0000_0000
        let words = [first, random.next()]
        return Certificate.SerialNumber(
            bytes: words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) } })
    }
}

/// Why stored parts do not make an authority.
package enum AuthorityProblem: Error, Hashable, CustomStringConvertible {
    case keyOfAnotherCertificate

    package var description: String { "the private key does not belong to the certificate" }
}

extension Timestamp {
    init(_ date: Date) {
        self.init(millisecondsSinceEpoch: Int64(date.timeIntervalSince1970 * 1000))
    }
}

extension Date {
    /// - Parameter milliseconds: Added to the time.
    fileprivate init(_ time: Timestamp, plus milliseconds: Int64) {
        self.init(timeIntervalSince1970: Double(time.millisecondsSinceEpoch + milliseconds) / 1000)
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 { components.seconds * 1000 }
}
