import TrellisModel

/// There are no instances and so no instance profiles: the list of an existing role is empty.
enum ListInstanceProfilesForRole: IAMAction {
    static let name = "ListInstanceProfilesForRole"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, page) = try call.read { ($0.name(of: RoleRecord.self), $0.page()) }
        _ = try await call.holder(RoleRecord.self, name)
        return try page.answer("InstanceProfiles", [String](), position: \.self, member: { XMLElement("member", $0) })
    }
}
