import TrellisModel

enum TagPolicy: IAMAction {
    static let name = "TagPolicy"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (arn, tags) = try call.read { ($0.policyARN(), $0.tags()) }
        try await call.changePolicy(arn) { policy in
            try IAMTags.merge(tags, into: &policy.tags, quota: "TagsPerPolicy")
        }
        return nil
    }
}

enum UntagPolicy: IAMAction {
    static let name = "UntagPolicy"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (arn, keys) = try call.read { parameters in
            (parameters.policyARN(), parameters.list("TagKeys", as: .tagKey, count: 0...IAMLimits.tags))
        }
        try await call.changePolicy(arn) { policy in IAMTags.remove(keys, from: &policy.tags) }
        return nil
    }
}

enum ListPolicyTags: IAMAction {
    static let name = "ListPolicyTags"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (arn, page) = try call.read { ($0.policyARN(), $0.page()) }
        return try IAMTags.page(page, of: try await call.policy(arn).tags)
    }
}
