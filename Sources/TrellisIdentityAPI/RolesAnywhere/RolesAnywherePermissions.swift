import TrellisAPI
import TrellisModel

/// The permission that an operation needs: its own name, on the resource that its path or its ARN names.
///
/// - Source: the actions and resource types of IAM Roles Anywhere in the Service Authorization Reference.
enum RolesAnywherePermissions {
    static func permission(for call: APICall, _ service: RolesAnywhereService) async throws -> Permission {
        let members = call.jsonMembers
        var keys: [String: [String]] = [:]
        if case .array(let tags)? = members["tags"] {
            keys.addRequestTags(
                .object(
                    Dictionary(
                        tags.compactMap { tag in tag["key"]?.text.map { ($0, tag["value"] ?? "") } },
                        uniquingKeysWith: { _, last in last })))
        }
        if let removed = members["tagKeys"]?.texts, !removed.isEmpty { keys["aws:tagkeys"] = removed }
        guard let arn = resource(of: call, members) else {
            return Permission("rolesanywhere:\(call.operation)", on: "*", keys: keys)
        }
        // What does not exist has no tags; the operation itself says so.
        if let tagged = try? RolesAnywhereService.tagged(arn),
            let tags = try? await service.tags(of: tagged.type, tagged.arn, call)
        {
            for tag in tags { keys["aws:resourcetag/\(tag.key.asciiLowercased)"] = [tag.value] }
        }
        return Permission("rolesanywhere:\(call.operation)", on: arn, keys: keys)
    }

    /// - Returns: `nil` for what is about no resource, or about one that is to be made.
    private static func resource(of call: APICall, _ members: [String: JSONValue]) -> String? {
        if let arn = members["resourceArn"]?.text ?? call.query["resourceArn"] { return arn }
        guard let id = call.labels["id"] else { return nil }
        let kind =
            call.operation.hasSuffix("AttributeMapping")
            ? RolesAnywhereProfileRecord.arnKind
            : RolesAnywhereService.taggedTypes.first { call.operation.hasSuffix($0.kindName) }?.arnKind
        let scope = call.scope
        return kind.map { "arn:\(ARN.partition):rolesanywhere:\(scope.region):\(scope.account):\($0)/\(id)" }
    }
}
