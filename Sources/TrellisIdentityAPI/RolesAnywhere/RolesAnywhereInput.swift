import TrellisAPI
import TrellisModel
import X509

/// The members that inputs share.
struct RolesAnywhereInput {
    let members: [String: JSONValue]

    init(_ members: [String: JSONValue]) {
        self.members = members
    }

    static func isUUID(_ text: String) -> Bool {
        text.utf8.count == 36 && text.utf8.allSatisfy { isDigit($0) || (0x61...0x66).contains($0) || $0 == 0x2D }
    }

    /// The id in an ARN of a kind: `<kind>/<UUID>`.
    static func id(of kind: String, in arn: ARN) -> String? {
        let parts = arn.resource.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == kind, isUUID(String(parts[1])) else { return nil }
        return String(parts[1])
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// - Source: the shape ResourceName of the service model: 1 to 255 of `[ a-zA-Z0-9-_]`.
    func name() throws -> String? {
        guard let value = members["name"] else { return nil }
        guard let text = value.text, (1...255).contains(text.utf8.count),
            text.utf8.allSatisfy({ byte in
                Self.isDigit(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || " -_".utf8.contains(byte)
            })
        else { throw RolesAnywhereError.validation("name must satisfy [ a-zA-Z0-9-_]* and have 1 to 255 characters") }
        return text
    }

    func required<Value>(_ value: Value?, _ name: String) throws -> Value {
        guard let value else { throw RolesAnywhereError.validation("\(name) is required") }
        return value
    }

    func flag(_ name: String) throws -> Bool? {
        switch members[name] {
        case nil: return nil
        case .boolean(let flag)?: return flag
        default: throw RolesAnywhereError.validation("\(name) must be true or false")
        }
    }

    /// Refuses what this Trellis does not do.
    func refuse(_ names: String...) throws {
        for name in names where members[name] != nil {
            throw RolesAnywhereError.validation("\(name) is not supported by this Trellis")
        }
    }

    /// Keys are told apart by their case, and no key is there twice.
    func tags() throws -> [IdentityTag] {
        guard let value = members["tags"] else { return [] }
        guard case .array(let items) = value else { throw RolesAnywhereError.validation("tags must be a list") }
        try Self.checkCount(ofTags: items.count)
        let tags = try items.map { item in
            guard let key = item["key"]?.text, let value = item["value"]?.text, IAMShape.tagKey.accepts(key),
                IAMShape.tagValue.accepts(value), !key.lowercased().hasPrefix("aws:")
            else { throw RolesAnywhereError.validation("tags must have keys and values of the allowed characters") }
            return IdentityTag(key: key, value: value)
        }
        guard Set(tags.map(\.key)).count == tags.count else {
            throw RolesAnywhereError.validation("tags must not have a key twice")
        }
        return tags
    }

    static func checkCount(ofTags count: Int) throws {
        guard count <= 200 else { throw RolesAnywhereError.tooManyTags("A resource has at most 200 tags") }
    }

    /// The certificates of a `source`, each of which must be able to issue others.
    func certificates() throws -> String? {
        guard let source = members["source"] else { return nil }
        guard source["sourceType"]?.text == "CERTIFICATE_BUNDLE" else {
            throw RolesAnywhereError.validation("source.sourceType must be CERTIFICATE_BUNDLE")
        }
        guard let text = source["sourceData"]?["x509CertificateData"]?.text, text.utf8.count <= 16_000 else {
            throw RolesAnywhereError.validation("x509CertificateData must be at most 16000 characters of PEM")
        }
        for certificate in try CertificateBundle.certificates(in: text) {
            guard case .isCertificateAuthority? = try? certificate.extensions.basicConstraints,
                (try? certificate.extensions.keyUsage).flatMap(\.self)?.keyCertSign ?? false
            else { throw RolesAnywhereError.validation("Incorrect basic constraints for CA certificate") }
        }
        return text
    }
}
