import NIOSSL
import SwiftASN1
package import TrellisModel
import X509
import _CryptoExtras

/// A certificate with its chain and private key, as a server shows it.
package struct ServerCertificate: Sendable {
    /// The server's own certificate first.
    let chain: [NIOSSLCertificate]
    let key: NIOSSLPrivateKey
    /// The names that the certificate is for, in lower case: the DNS names of its SAN list, without one its CN.
    package let names: [String]
    package let notBefore: Timestamp
    package let notAfter: Timestamp

    /// Reads and checks a certificate of the user's own.
    ///
    /// - Parameters:
    ///   - certificatePEM: The certificate, then those that lead to a root, each issued by the next.
    ///   - keyPEM: An unencrypted RSA key of 2048 bits, in PKCS #1 or PKCS #8 form.
    /// - Throws: What is wrong, in words for the user.
    /// - Source: reference table "TLS": RSA-2048 only.
    package init(certificatePEM: String, keyPEM: String) throws(CertificateProblem) {
        let chain: [Certificate]
        do {
            chain = try PEMDocument.parseMultiple(pemString: certificatePEM)
                .filter { $0.discriminator == Certificate.defaultPEMDiscriminator }
                .map { try Certificate(pemDocument: $0) }
        } catch {
            throw .unreadableCertificate("\(error)")
        }
        guard let leaf = chain.first else { throw .noCertificate }
        guard let publicKey = _RSA.Signing.PublicKey(leaf.publicKey), publicKey.keySizeInBits == Self.keyBits else {
            throw .keyKind
        }
        let key = try Self.key(in: keyPEM)
        guard key.publicKey.derRepresentation == publicKey.derRepresentation else { throw .keyOfAnotherCertificate }
        for (certificate, issuer) in zip(chain, chain.dropFirst())
        where !issuer.publicKey.isValidSignature(certificate.signature, for: certificate) { throw .brokenChain }
        do {
            try self.init(chain, key)
        } catch {
            throw .unreadableCertificate("\(error)")
        }
        guard !names.isEmpty else { throw .noName }
    }

    /// - Parameter chain: Not empty.
    init(_ chain: [Certificate], _ key: _RSA.Signing.PrivateKey) throws {
        guard let leaf = chain.first else { throw CertificateProblem.noCertificate }
        var chainInDER: [NIOSSLCertificate] = []
        for certificate in chain {
            var serializer = DER.Serializer()
            try serializer.serialize(certificate)
            chainInDER.append(try NIOSSLCertificate(bytes: serializer.serializedBytes, format: .der))
        }
        self.chain = chainInDER
        self.key = try NIOSSLPrivateKey(bytes: Array(key.derRepresentation), format: .der)
        names = try leaf.serverNames
        notBefore = Timestamp(leaf.notValidBefore)
        notAfter = Timestamp(leaf.notValidAfter)
    }

    private static func key(in pem: String) throws(CertificateProblem) -> _RSA.Signing.PrivateKey {
        do {
            let documents = try PEMDocument.parseMultiple(pemString: pem)
            guard let document = documents.first(where: { $0.discriminator.hasSuffix("PRIVATE KEY") }) else {
                throw CertificateProblem.noKey
            }
            guard !document.discriminator.hasPrefix("ENCRYPTED") else { throw CertificateProblem.encryptedKey }
            return try _RSA.Signing.PrivateKey(derRepresentation: document.derBytes)
        } catch let problem as CertificateProblem {
            throw problem
        } catch {
            throw .unreadableKey("\(error)")
        }
    }

    private static let keyBits = 2048

    /// Whether a client that asks for the host accepts the certificate.
    ///
    /// - Parameter host: In any case, without a port.
    /// - Source: reference table "TLS": a wildcard stands for one label, the left-most.
    package func covers(_ host: some StringProtocol) -> Bool {
        let host = host.lowercased()
        return names.contains { name in
            guard name.hasPrefix("*.") else { return name == host }
            guard let dot = host.firstIndex(of: "."), dot > host.startIndex else { return false }
            return host[dot...] == name.dropFirst()
        }
    }
}

/// What is wrong with a certificate of the user's own, in words.
package enum CertificateProblem: Error, Hashable, CustomStringConvertible {
    case noCertificate
    case unreadableCertificate(String)
    case keyKind
    case noKey
    case encryptedKey
    case unreadableKey(String)
    case keyOfAnotherCertificate
    case brokenChain
    case noName

    package var description: String {
        switch self {
        case .noCertificate: "there is no CERTIFICATE block in the file"
        case .unreadableCertificate(let reason): "the certificate cannot be read: \(reason)"
        case .keyKind: "the certificate's key is not RSA with 2048 bits, the only kind that is taken"
        case .noKey: "there is no PRIVATE KEY block in the file"
        case .encryptedKey: "the private key is encrypted; it must be stored without a pass phrase"
        case .unreadableKey(let reason): "the private key cannot be read as an RSA key: \(reason)"
        case .keyOfAnotherCertificate: "the private key does not belong to the certificate"
        case .brokenChain:
            "a certificate of the chain was not issued by the next one; the server's own comes first, then its issuers"
        case .noName: "the certificate names no host"
        }
    }
}

extension Certificate {
    /// - Source: reference table "TLS": the SAN list only if there is one, else the CN.
    fileprivate var serverNames: [String] {
        get throws {
            if let list = try extensions.subjectAlternativeNames {
                return list.compactMap { name in
                    if case .dnsName(let text) = name { text.lowercased() } else { nil }
                }
            }
            return subject.flatMap { Array($0) }.filter { $0.type == .RDNAttributeType.commonName }.compactMap {
                String($0.value)?.lowercased()
            }
        }
    }
}
