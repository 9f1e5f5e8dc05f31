import TrellisAPI
import TrellisModel
import TrellisStore

/// Tags of trust anchors, profiles, revocation lists and subjects, named by their ARNs.
extension RolesAnywhereService {
    static let taggedTypes: [any TaggedRolesAnywhereRecord.Type] = [
        TrustAnchorRecord.self, RolesAnywhereProfileRecord.self, RevocationListRecord.self,
        CertificateSubjectRecord.self,
    ]

    var tagOperations: [APIOperation] {
        [
            APIOperation("TagResource", "POST", "/TagResource") { call in
                let input = try Self.input(call)
                let tags = try RolesAnywhereInput(input).tags()
                try await changeTags(of: input["resourceArn"]?.text, call) { all in
                    all.removeAll { old in tags.contains { $0.key == old.key } }
                    all += tags
                    try RolesAnywhereInput.checkCount(ofTags: all.count)
                }
                return .json(.object([:]), status: 201)
            },
            APIOperation("UntagResource", "POST", "/UntagResource") { call in
                let input = try Self.input(call)
                guard case .array(let keys)? = input["tagKeys"] else {
                    throw RolesAnywhereError.validation("tagKeys is required")
                }
                let gone = Set(keys.compactMap(\.text))
                guard gone.count == keys.count, gone.count <= 200 else {
                    throw RolesAnywhereError.validation("tagKeys must be at most 200 different keys")
                }
                try await changeTags(of: input["resourceArn"]?.text, call) { all in
                    all.removeAll { gone.contains($0.key) }
                }
                return .json(.object([:]))
            },
            APIOperation("ListTagsForResource", "GET", "/ListTagsForResource") { call in
                let (type, arn) = try Self.tagged(call.query["resourceArn"])
                let tags = try await tags(of: type, arn, call)
                return .json(
                    .object([
                        "tags": .array(
                            tags.map { .object(["key": .string($0.key), "value": .string($0.value)]) })
                    ]))
            },
        ]
    }

    /// What an ARN is of.
    ///
    /// - Throws: ValidationException if it is of nothing that has tags.
    static func tagged(_ text: String?) throws -> (type: any TaggedRolesAnywhereRecord.Type, arn: String) {
        guard let text, text.utf8.count <= 1011, let arn = ARN(text), arn.service == "rolesanywhere",
            let type = taggedTypes.first(where: { RolesAnywhereInput.id(of: $0.arnKind, in: arn) != nil })
        else { throw RolesAnywhereError.validation("resourceArn must be the ARN of a resource that has tags") }
        return (type, text)
    }

    func tags(
        of type: any TaggedRolesAnywhereRecord.Type, _ arn: String, _ call: APICall
    ) async throws -> [IdentityTag] {
        func tags<Record: TaggedRolesAnywhereRecord>(_ type: Record.Type) async throws -> [IdentityTag] {
            let record: Record = try await find(arn, in: call.scope)
            return record.tags
        }
        return try await tags(type)
    }

    private func changeTags(
        of text: String?, _ call: APICall, _ change: (inout [IdentityTag]) throws -> Void
    ) async throws {
        let (type, arn) = try Self.tagged(text)
        func changed<Record: TaggedRolesAnywhereRecord>(_ type: Record.Type) async throws {
            let found: Record = try await find(arn, in: call.scope)
            try await store.transaction { session in
                guard var record = try await session.get(type, at: found.key) else {
                    throw RolesAnywhereError.notFound("\(Record.kindName) not found")
                }
                try change(&record.tags)
                try session.put(record, at: record.key)
            }
        }
        try await changed(type)
    }
}
