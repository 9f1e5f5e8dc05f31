import TrellisModel

enum TagHolder<Holder: PrincipalHolder>: IAMAction {
    static var name: String { "Tag\(Holder.kindName)" }

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, tags) = try call.read { ($0.name(of: Holder.self), $0.tags()) }
        try await call.change(Holder.self, name) { holder, _ in
            try IAMTags.merge(tags, into: &holder.tags, quota: "TagsPer\(Holder.kindName)")
        }
        return nil
    }
}

enum UntagHolder<Holder: PrincipalHolder>: IAMAction {
    static var name: String { "Untag\(Holder.kindName)" }

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, keys) = try call.read { parameters in
            (parameters.name(of: Holder.self), parameters.list("TagKeys", as: .tagKey, count: 0...IAMLimits.tags))
        }
        try await call.change(Holder.self, name) { holder, _ in IAMTags.remove(keys, from: &holder.tags) }
        return nil
    }
}

enum ListHolderTags<Holder: PrincipalHolder>: IAMAction {
    static var name: String { "List\(Holder.kindName)Tags" }

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, page) = try call.read { ($0.name(of: Holder.self), $0.page()) }
        return try IAMTags.page(page, of: try await call.holder(Holder.self, name).tags)
    }
}
