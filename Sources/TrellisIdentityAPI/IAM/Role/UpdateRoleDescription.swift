import TrellisModel

enum UpdateRoleDescription: IAMAction {
    static let name = "UpdateRoleDescription"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, description) = try call.read { parameters in
            (parameters.name(of: RoleRecord.self), parameters.required("Description", as: .roleDescription))
        }
        return [try await call.change(RoleRecord.self, name) { role, _ in role.description = description }.element]
    }
}
