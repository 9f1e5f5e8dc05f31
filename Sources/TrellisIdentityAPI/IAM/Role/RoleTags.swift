import TrellisModel

enum TagRole: IAMAction {
    static let name = "TagRole"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, tags) = try call.read { ($0.roleName(), $0.tags()) }
        try await call.changeRole(name) { role, _ in
            try IAMTags.merge(tags, into: &role.tags, quota: "TagsPerRole")
        }
        return nil
    }
}

enum UntagRole: IAMAction {
    static let name = "UntagRole"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, keys) = try call.read { parameters in
            (parameters.roleName(), parameters.list("TagKeys", as: .tagKey, count: 0...IAMLimits.tags))
        }
        try await call.changeRole(name) { role, _ in IAMTags.remove(keys, from: &role.tags) }
        return nil
    }
}

enum ListRoleTags: IAMAction {
    static let name = "ListRoleTags"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, page) = try call.read { ($0.roleName(), $0.page()) }
        return try IAMTags.page(page, of: try await call.role(name).tags)
    }
}
