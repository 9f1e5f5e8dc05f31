import TrellisModel

/// Which parts of a certificate become session tags.
///
/// - Source: reference identity.md §7.4. That a new mapping of a field takes the place of the field's old one is chosen.
struct AttributeMappings: Equatable {
    enum Field: String, CaseIterable {
        case subject = "x509Subject"
        case issuer = "x509Issuer"
        case alternativeNames = "x509SAN"
    }

    /// Of a profile whose mappings were never changed.
    static let standard = AttributeMappings(specifiers: [
        .subject: ["*"], .issuer: ["*"], .alternativeNames: ["DNS", "URI", "Name/*"],
    ])

    private static let longestSpecifier = 60
    private(set) var specifiers: [Field: [String]]

    private init(specifiers: [Field: [String]]) {
        self.specifiers = specifiers
    }

    init(of profile: RolesAnywhereProfileRecord) {
        guard let stored = profile.attributeMappings else {
            self = .standard
            return
        }
        let known = stored.compactMap { name, specifiers in Field(rawValue: name).map { ($0, specifiers) } }
        self.init(specifiers: Dictionary(known, uniquingKeysWith: { first, _ in first }))
    }

    /// As a profile keeps it: specifiers by the name of their field.
    var stored: [String: [String]] {
        Dictionary(specifiers.map { ($0.key.rawValue, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    /// Whether a part becomes a tag.
    ///
    /// - Parameter part: `CN`; for alternative names `DNS`, `URI` or `Name/CN`.
    func takes(_ part: String, of field: Field) -> Bool {
        (specifiers[field] ?? []).contains { specifier in
            specifier == part || specifier == "*" || specifier == "Name/*" && part.hasPrefix("Name/")
        }
    }

    /// Sets what is taken of a field.
    ///
    /// - Throws: ValidationException for what no certificate has there.
    mutating func put(_ new: [String], for field: Field) throws(RolesAnywhereError) {
        guard !new.isEmpty else { throw .validation("mappingRules must not be empty") }
        var kept: [String] = []
        for specifier in new where !kept.contains(specifier) {
            guard specifier.utf8.count <= Self.longestSpecifier, Self.isSpecifier(specifier, of: field) else {
                throw .validation("'\(specifier.prefix(Self.longestSpecifier))' is no specifier of \(field.rawValue)")
            }
            kept.append(specifier)
        }
        specifiers[field] = kept
    }

    /// Takes specifiers of a field away, or all of them.
    ///
    /// - Throws: ResourceNotFoundException for one that is not there.
    mutating func delete(_ gone: [String], of field: Field) throws(RolesAnywhereError) {
        let present = specifiers[field] ?? []
        for specifier in gone where !present.contains(specifier) {
            throw .notFound("\(field.rawValue) has no mapping rule for '\(specifier.prefix(Self.longestSpecifier))'")
        }
        let rest = gone.isEmpty ? [] : present.filter { !gone.contains($0) }
        specifiers[field] = rest.isEmpty ? nil : rest
    }

    private static func isSpecifier(_ text: String, of field: Field) -> Bool {
        switch field {
        case .subject, .issuer: text == "*" || DeviceCertificate.isLabel(text)
        case .alternativeNames:
            ["DNS", "URI", "Name/*"].contains(text)
                || text.hasPrefix("Name/") && DeviceCertificate.isLabel(String(text.dropFirst("Name/".count)))
        }
    }
}
