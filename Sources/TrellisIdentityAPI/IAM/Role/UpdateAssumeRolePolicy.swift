import TrellisModel

enum UpdateAssumeRolePolicy: IAMAction {
    static let name = "UpdateAssumeRolePolicy"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, document) = try call.read { parameters in
            (parameters.name(of: RoleRecord.self), parameters.required("PolicyDocument", as: .policyDocument))
        }
        try call.check(trustPolicy: document)
        try await call.change(RoleRecord.self, name) { role, _ in role.trustPolicy = document }
        return nil
    }
}
