import TrellisModel
import TrellisPolicy
import TrellisStore

enum CreateRole: IAMAction {
    static let name = "CreateRole"

    private struct Input {
        var name: String
        var path: String
        var trustPolicy: String
        var description: String?
        var maximumSessionSeconds: Int
        var boundary: String?
        var tags: [IdentityTag]

        init(_ parameters: IAMParameters) {
            name = parameters.name(of: RoleRecord.self)
            path = parameters.string("Path", as: .rolePath) ?? "/"
            trustPolicy = parameters.required("AssumeRolePolicyDocument", as: .policyDocument)
            description = parameters.string("Description", as: .roleDescription)
            maximumSessionSeconds =
                parameters.integer("MaxSessionDuration", in: IAMLimits.maximumSessionSeconds)
                ?? RoleRecord.defaultMaximumSessionSeconds
            boundary = parameters.string("PermissionsBoundary", as: .arn)
            tags = parameters.tags()
        }
    }

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let input = try call.read(Input.init)
        try IAMTags.check(input.tags)
        try call.check(trustPolicy: input.trustPolicy)
        let made = RoleRecord(
            account: call.account, name: input.name, id: call.uniqueID("AROA"), path: input.path,
            trustPolicy: input.trustPolicy, description: input.description,
            maximumSessionSeconds: input.maximumSessionSeconds, createdAt: call.now, tags: input.tags)
        let role = try await call.store.transaction { session in
            var role = made
            let key = StoreKey.role(role.name, of: role.account)
            guard try await !session.exists(key) else {
                throw IAMError.entityAlreadyExists("Role with name \(role.name) already exists.")
            }
            let count = try await session.count(under: .all(.roleIndex, of: role.account))
            guard count < IAMLimits.roles else { throw IAMError.quota("RolesPerAccount", IAMLimits.roles) }
            try await call.setBoundary(input.boundary, of: &role, session)
            try session.put(role, at: key)
            try session.put(IdentityIndexRecord(name: role.name), at: .roleIndex(role.id, of: role.account))
            return role
        }
        return [role.element]
    }
}

extension IAMCall {
    func check(trustPolicy: String) throws {
        try check(
            trustPolicy, as: .trustPolicy, limit: IAMLimits.trustPolicySize,
            orSay: "Cannot exceed quota for ACLSizePerRole: \(IAMLimits.trustPolicySize)")
    }
}
