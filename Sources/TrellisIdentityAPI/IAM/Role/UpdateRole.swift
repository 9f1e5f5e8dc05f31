import TrellisModel

/// Changes what is given and leaves the rest.
enum UpdateRole: IAMAction {
    static let name = "UpdateRole"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, description, seconds) = try call.read { parameters in
            (
                parameters.name(of: RoleRecord.self), parameters.string("Description", as: .roleDescription),
                parameters.integer("MaxSessionDuration", in: IAMLimits.maximumSessionSeconds)
            )
        }
        try await call.change(RoleRecord.self, name) { role, _ in
            if let description { role.description = description }
            if let seconds { role.maximumSessionSeconds = seconds }
        }
        return []
    }
}
