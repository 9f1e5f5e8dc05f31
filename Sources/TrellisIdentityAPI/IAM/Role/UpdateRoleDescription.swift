import TrellisModel

enum UpdateRoleDescription: IAMAction {
    static let name = "UpdateRoleDescription"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, description) = try call.read { parameters in
            (parameters.roleName(), parameters.required("Description", as: .roleDescription))
        }
        return [try await call.changeRole(name) { role, _ in role.description = description }.element]
    }
}
