import TrellisModel
import TrellisPolicy
import TrellisStore

enum CreatePolicy: IAMAction {
    static let name = "CreatePolicy"

    private struct Input {
        var name: String
        var path: String
        var document: String
        var description: String?
        var tags: [IdentityTag]

        init(_ parameters: IAMParameters) {
            name = parameters.policyName()
            path = parameters.string("Path", as: .policyPath) ?? "/"
            document = parameters.required("PolicyDocument", as: .policyDocument)
            description = parameters.string("Description", as: .policyDescription)
            tags = parameters.tags()
        }
    }

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let input = try call.read(Input.init)
        try IAMTags.check(input.tags)
        try call.check(managedPolicy: input.document)
        let policy = PolicyRecord(
            account: call.account, name: input.name, id: call.uniqueID("ANPA"), path: input.path,
            description: input.description, document: input.document, createdAt: call.now, tags: input.tags)
        try await call.store.transaction { session in
            let key = StoreKey.policy(policy.name, of: policy.account)
            guard try await !session.exists(key) else {
                throw IAMError.entityAlreadyExists(
                    "A policy called \(policy.name) already exists. Duplicate names are not allowed.")
            }
            let count = try await session.count(under: .all(.policyIndex, of: policy.account))
            guard count < IAMLimits.policies else { throw IAMError.quota("PoliciesPerAccount", IAMLimits.policies) }
            try session.put(policy, at: key)
            try session.put(IdentityIndexRecord(name: policy.name), at: .policyIndex(policy.id, of: policy.account))
        }
        return [policy.element(PolicyUsage())]
    }
}

extension IAMCall {
    func check(managedPolicy document: String) throws {
        try check(
            document, as: .identityPolicy, limit: IAMLimits.managedPolicySize,
            orSay: "Cannot exceed quota for PolicySize: \(IAMLimits.managedPolicySize)")
    }
}
