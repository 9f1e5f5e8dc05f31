import Crypto
import FoundationEssentials
import SwiftASN1
import TrellisModel
import TrellisSignature
@_spi(FixedExpiryValidationTime) import X509

/// The certificate that a request of CreateSession is signed with, and those that lead to its trust anchor.
///
/// - Source: reference identity.md §7.1 to §7.4.
struct DeviceCertificate {
    let leaf: Certificate
    let intermediates: [Certificate]

    /// One certificate of a header, in base64.
    private static let longestHeader = 16_384
    private static let mostIntermediates = 5

    /// - Throws: ``RolesAnywhereError/validation(_:)``.
    init(leaf text: String, chain: String?) throws {
        leaf = try Self.certificate(text)
        let texts = chain.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) } ?? []
        guard texts.count <= Self.mostIntermediates else {
            throw RolesAnywhereError.validation("The certificate chain has more than \(Self.mostIntermediates) members")
        }
        intermediates = try texts.map(Self.certificate)
    }

    private static func certificate(_ text: String) throws -> Certificate {
        guard text.utf8.count <= longestHeader, let der = Data(base64Encoded: text),
            let certificate = try? Certificate(derEncoded: Array(der))
        else { throw RolesAnywhereError.validation("Unable to parse the certificate") }
        return certificate
    }

    // MARK: What the leaf must be

    /// - Throws: AccessDenied if it cannot sign requests.
    func checkForm() throws {
        guard leaf.version == .v3, !leaf.subject.isEmpty else { throw RolesAnywhereError.untrusted }
        if let constraints = try leaf.extensions.basicConstraints, case .isCertificateAuthority = constraints {
            throw RolesAnywhereError.untrusted
        }
        guard let usage = try leaf.extensions.keyUsage, usage.digitalSignature else {
            throw RolesAnywhereError.untrusted
        }
        let strong: [Certificate.SignatureAlgorithm] = [
            .sha256WithRSAEncryption, .sha384WithRSAEncryption, .sha512WithRSAEncryption, .ecdsaWithSHA256,
            .ecdsaWithSHA384, .ecdsaWithSHA512,
        ]
        guard strong.contains(leaf.signatureAlgorithm) else { throw RolesAnywhereError.untrusted }
    }

    /// Whether the request was signed with the leaf's key.
    func signed(_ signature: CertificateSignature) -> Bool {
        guard Self.decimal(leaf.serialNumber.bytes) == signature.serialNumber else { return false }
        let algorithm: Certificate.SignatureAlgorithm =
            switch signature.algorithm {
            case .rsa: .sha256WithRSAEncryption
            case .ecdsa: .ecdsaWithSHA256
            }
        return signature.stringsToSign.contains { text in
            leaf.publicKey.isValidSignature(signature.signature, for: text, signatureAlgorithm: algorithm)
        }
    }

    /// Whether a chain leads from the leaf to one of the anchors, valid at a time.
    func isTrusted(by anchors: [Certificate], at now: Timestamp) async -> Bool {
        let date = Date(timeIntervalSince1970: Double(now.millisecondsSinceEpoch) / 1000)
        var verifier = Verifier(rootCertificates: CertificateStore(anchors)) {
            RFC5280Policy(fixedExpiryValidationTime: date)
        }
        let result = await verifier.validate(leaf: leaf, intermediates: CertificateStore(intermediates))
        if case .validCertificate = result { return true }
        return false
    }

    // MARK: What it says

    /// Whole bytes: 291 is `0123`.
    var serialHexadecimal: String {
        let bytes = Array(leaf.serialNumber.bytes.drop { $0 == 0 })
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: (bytes.isEmpty ? [0] : bytes).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }

    /// - Source: reference identity.md §7.3, "Source identity".
    var sourceIdentity: String {
        let name = Self.attributes(of: leaf.subject).first { $0.key == "CN" }?.value
        if let name, Self.isIdentity("CN=\(name)") { return "CN=\(name)" }
        if let name, Self.isIdentity(name), name.utf8.count >= 62 { return name }
        return "ID=\(serialHexadecimal)"
    }

    private static func isIdentity(_ text: String) -> Bool {
        IAMShape.sourceIdentity.accepts(text)
    }

    /// The session tags that a profile makes of the leaf; what no session tag can hold is left out.
    func tags(_ mappings: AttributeMappings) -> [IdentityTag] {
        var tags: [IdentityTag] = []
        func add(_ part: String, _ value: String, of field: AttributeMappings.Field) {
            guard mappings.takes(part, of: field) else { return }
            tags.append(IdentityTag(key: "\(field.rawValue)/\(part)", value: value))
        }
        for (key, value) in Self.attributes(of: leaf.subject) { add(key, value, of: .subject) }
        for (key, value) in Self.attributes(of: leaf.issuer) { add(key, value, of: .issuer) }
        if let names = try? leaf.extensions.subjectAlternativeNames {
            var seen: Set<String> = []
            for name in names {
                switch name {
                case .dnsName(let text) where seen.insert("DNS").inserted:
                    add("DNS", text, of: .alternativeNames)
                case .uniformResourceIdentifier(let text) where seen.insert("URI").inserted:
                    add("URI", text, of: .alternativeNames)
                case .directoryName(let name) where seen.insert("Name").inserted:
                    for (key, value) in Self.attributes(of: name) { add("Name/\(key)", value, of: .alternativeNames) }
                default: break
                }
            }
        }
        return tags.filter { IAMShape.tagKey.accepts($0.key) && IAMShape.tagValue.accepts($0.value) }
    }

    /// The attributes of a name in certificate order; several values of one are joined by `/`.
    private static func attributes(of name: DistinguishedName) -> [(key: String, value: String)] {
        var found: [(key: String, value: String)] = []
        for relative in name {
            for attribute in relative {
                guard let key = labels[attribute.type] else { continue }
                let value = attribute.value.description
                if let index = found.firstIndex(where: { $0.key == key }) {
                    found[index].value += "/\(value)"
                } else {
                    found.append((key, value))
                }
            }
        }
        return found
    }

    /// - Source: RFC 4514, section 3, and RFC 4519.
    private static let labels: [ASN1ObjectIdentifier: String] = [
        [2, 5, 4, 3]: "CN", [2, 5, 4, 4]: "SN", [2, 5, 4, 5]: "SERIALNUMBER", [2, 5, 4, 6]: "C", [2, 5, 4, 7]: "L",
        [2, 5, 4, 8]: "ST", [2, 5, 4, 9]: "STREET", [2, 5, 4, 10]: "O", [2, 5, 4, 11]: "OU", [2, 5, 4, 12]: "T",
        [2, 5, 4, 42]: "GN", [2, 5, 4, 43]: "I", [2, 5, 4, 44]: "GQ", [2, 5, 4, 46]: "DNQ",
        [0, 9, 2342, 19_200_300, 100, 1, 25]: "DC", [0, 9, 2342, 19_200_300, 100, 1, 1]: "UID",
        [1, 2, 840, 113549, 1, 9, 1]: "EMAIL",
    ]

    /// Whether certificates can have an attribute of this short name.
    static func isLabel(_ text: String) -> Bool { labels.values.contains(text) }

    /// A big-endian number in decimal digits.
    static func decimal(_ bytes: some Sequence<UInt8>) -> String {
        // Groups of nine digits, the lowest first.
        var groups: [UInt64] = [0]
        for byte in bytes {
            var carry = UInt64(byte)
            for index in groups.indices {
                let value = groups[index] * 256 + carry
                groups[index] = value % 1_000_000_000
                carry = value / 1_000_000_000
            }
            if carry > 0 { groups.append(carry) }
        }
        let first = groups.last.map(String.init) ?? "0"
        return groups.dropLast().reversed().reduce(into: first) { text, group in
            let digits = String(group)
            text += String(repeating: "0", count: 9 - digits.count) + digits
        }
    }
}

extension DeviceCertificate {
    /// A UUID of the subject's name: the same certificate owner has the same one.
    var subjectID: String {
        let digest = Array(SHA256.hash(data: Array(leaf.subject.description.utf8)))
        func word(_ start: Int) -> UInt64 { digest[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        return uuidText(word(0), word(8))
    }
}
