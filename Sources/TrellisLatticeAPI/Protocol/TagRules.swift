import TrellisAPI

/// What a tag may look like: at most 50 on a resource, letters, digits, spaces and `_ . : / = + - @`, no space at
/// either end, and no key that begins with `aws:` in any case.
///
/// - Source: API page of TagResource and the tagging pages of the user guide; the limit of 50 is chosen.
enum TagRules {
    static func problem(withKey key: String) -> String? {
        if key.lowercased().hasPrefix("aws:") { return "Tag keys that begin with 'aws:' are reserved" }
        return problem(withText: key, called: "Tag keys")
    }

    static func problem(withValue value: String) -> String? {
        problem(withText: value, called: "Tag values")
    }

    private static func problem(withText text: String, called subject: String) -> String? {
        if text.first == " " || text.last == " " { return "\(subject) must not begin or end with a space" }
        guard text.unicodeScalars.allSatisfy(isAllowed) else {
            return "\(subject) may hold letters, digits, spaces and _ . : / = + - @ only"
        }
        return nil
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        if "_.:/=+-@".unicodeScalars.contains(scalar) { return true }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .decimalNumber, .letterNumber, .otherNumber, .spaceSeparator:
            return true
        default:
            return false
        }
    }
}

extension InputReader {
    /// The `tags` of a create operation; absent is empty.
    func tags() -> [String: String] { tags(limit: LatticeShapes.tagLimit) }

    /// - Parameter limit: `nil` where only the operation knows how many tags there are in the end.
    func tags(limit: Int?) -> [String: String] {
        let tags =
            stringMap(
                "tags", count: LatticeShapes.tags, keyLength: LatticeShapes.tagKey.length,
                valueLength: LatticeShapes.tagValue.length) ?? [:]
        for (key, value) in tags.sorted(by: { $0.key < $1.key }) {
            if let problem = TagRules.problem(withKey: key) { report("tags", value: key, problem) }
            if let problem = TagRules.problem(withValue: value) { report("tags.\(key)", value: value, problem) }
        }
        if let limit, tags.count > limit { report("tags", TagRules.tooMany(limit)) }
        return tags
    }
}

extension TagRules {
    static func tooMany(_ limit: Int) -> String { "A resource can have at most \(limit) tags" }
}
