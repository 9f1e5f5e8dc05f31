import FoundationEssentials
import SwiftASN1
import X509

/// A certificate revocation list: who issued it, and which serial numbers it names.
///
/// - Source: RFC 5280, section 5.1. Extensions of the list and its entries are passed over; one that is critical makes the
///   list unreadable, as the RFC demands.
struct RevocationList {
    private let issuer: DistinguishedName
    private let serialNumbers: Set<[UInt8]>
    private let signedBytes: ArraySlice<UInt8>
    private let signature: [UInt8]
    private let algorithm: ASN1ObjectIdentifier

    /// - Parameter bytes: PEM or DER.
    init(parsing bytes: [UInt8]) throws {
        var der = bytes
        if let text = String(validating: bytes, as: UTF8.self), text.contains("-----BEGIN") {
            der = try PEMDocument(pemString: text).derBytes
        }
        self = try DER.sequence(try DER.parse(der), identifier: .sequence) { nodes in
            guard let signed = nodes.next() else { throw RolesAnywhereError.validation("The CRL is incomplete") }
            let (issuer, serialNumbers) = try Self.signedPart(signed)
            return RevocationList(
                issuer: issuer, serialNumbers: serialNumbers, signedBytes: signed.encodedBytes,
                algorithm: try Self.algorithm(&nodes), signature: Array(try ASN1BitString(derEncoded: &nodes).bytes))
        }
    }

    private init(
        issuer: DistinguishedName, serialNumbers: Set<[UInt8]>, signedBytes: ArraySlice<UInt8>,
        algorithm: ASN1ObjectIdentifier, signature: [UInt8]
    ) {
        self.issuer = issuer
        self.serialNumbers = serialNumbers
        self.signedBytes = signedBytes
        self.algorithm = algorithm
        self.signature = signature
    }

    private static func algorithm(_ nodes: inout ASN1NodeCollection.Iterator) throws -> ASN1ObjectIdentifier {
        guard let node = nodes.next() else { throw RolesAnywhereError.validation("The CRL is incomplete") }
        return try DER.sequence(node, identifier: .sequence) { nodes in
            let identifier = try ASN1ObjectIdentifier(derEncoded: &nodes)
            while nodes.next() != nil {}
            return identifier
        }
    }

    private static func signedPart(_ node: ASN1Node) throws -> (DistinguishedName, Set<[UInt8]>) {
        try DER.sequence(node, identifier: .sequence) { nodes in
            _ = try DER.optionalImplicitlyTagged(&nodes, tag: .integer) as Int?
            _ = try algorithm(&nodes)
            guard let name = nodes.next() else { throw RolesAnywhereError.validation("The CRL is incomplete") }
            let issuer = try DistinguishedName(derEncoded: name)
            var serials: Set<[UInt8]> = []
            while let node = nodes.next() {
                // thisUpdate and nextUpdate, then the entries; what follows has a tag of its own.
                guard node.identifier == .sequence else { continue }
                guard case .constructed(let entries) = node.content else { continue }
                for entry in entries {
                    try DER.sequence(entry, identifier: .sequence) { parts in
                        serials.insert(number(Array(try ArraySlice<UInt8>(derEncoded: &parts))))
                        while parts.next() != nil {}
                    }
                }
            }
            return (issuer, serials)
        }
    }

    /// Without the zeros in front, in which spellings of one number differ.
    private static func number(_ bytes: [UInt8]) -> [UInt8] { Array(bytes.drop { $0 == 0 }) }

    /// Whether one of these authorities has issued and signed the list.
    func isSigned(byOneOf authorities: [Certificate]) -> Bool {
        let algorithms: [ASN1ObjectIdentifier: Certificate.SignatureAlgorithm] = [
            [1, 2, 840, 113549, 1, 1, 11]: .sha256WithRSAEncryption,
            [1, 2, 840, 113549, 1, 1, 12]: .sha384WithRSAEncryption,
            [1, 2, 840, 113549, 1, 1, 13]: .sha512WithRSAEncryption,
            [1, 2, 840, 10045, 4, 3, 2]: .ecdsaWithSHA256, [1, 2, 840, 10045, 4, 3, 3]: .ecdsaWithSHA384,
            [1, 2, 840, 10045, 4, 3, 4]: .ecdsaWithSHA512,
        ]
        guard let algorithm = algorithms[algorithm] else { return false }
        return authorities.contains { authority in
            authority.subject == issuer
                && authority.publicKey.isValidSignature(signature, for: signedBytes, signatureAlgorithm: algorithm)
        }
    }

    func revokes(_ certificate: Certificate) -> Bool {
        certificate.issuer == issuer && serialNumbers.contains(Self.number(Array(certificate.serialNumber.bytes)))
    }
}
