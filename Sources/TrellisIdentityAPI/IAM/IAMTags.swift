import TrellisModel

/// What holds for the tags of a role or policy: at most 50, and keys differ in more than case.
enum IAMTags {
    /// - Throws: InvalidInput if a key is there twice or reserved.
    static func check(_ tags: [IdentityTag]) throws(IAMError) {
        guard Set(tags.map { $0.key.lowercased() }).count == tags.count else {
            throw .invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
        }
        guard !tags.contains(where: { $0.key.lowercased().hasPrefix("aws:") }) else {
            throw .invalidInput("System tag keys, which begin with aws:, cannot be changed by this request.")
        }
    }

    /// Adds tags, and replaces those whose key is there already.
    ///
    /// - Throws: LimitExceeded if there are too many in the end.
    static func merge(_ new: [IdentityTag], into tags: inout [IdentityTag], quota: String) throws(IAMError) {
        try check(new)
        let replaced = Set(new.map { $0.key.lowercased() })
        tags.removeAll { replaced.contains($0.key.lowercased()) }
        tags += new
        guard tags.count <= IAMLimits.tags else { throw .quota(quota, IAMLimits.tags) }
    }

    /// Removes tags; a key that is not there is no mistake.
    static func remove(_ keys: [String], from tags: inout [IdentityTag]) {
        let removed = Set(keys.map { $0.lowercased() })
        tags.removeAll { removed.contains($0.key.lowercased()) }
    }

    static func element(_ tag: IdentityTag) -> XMLElement {
        XMLElement("member", [XMLElement("Key", tag.key), XMLElement("Value", tag.value)])
    }

    /// The `Tags` of a role or policy; absent if there are none.
    static func elements(_ tags: [IdentityTag]) -> [XMLElement] {
        tags.isEmpty ? [] : [XMLElement("Tags", tags.map(element))]
    }

    static func page(_ page: IAMPage, of tags: [IdentityTag]) throws -> [XMLElement] {
        // A key may be too long for a marker, so that the place in the list of at most 50 is the position.
        let numbered = tags.enumerated().map { (number: $0.offset + 10, tag: $0.element) }
        return try page.answer("Tags", numbered, position: { String($0.number) }, member: { element($0.tag) })
    }
}
