import TrellisModel
import TrellisStore

enum ListRoles: IAMAction {
    static let name = "ListRoles"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (prefix, page) = try call.read { ($0.string("PathPrefix", as: .pathPrefix) ?? "/", $0.page()) }
        let roles = try await call.store.records(RoleRecord.self, under: .all(.role, of: call.account))
        return try page.answer(
            "Roles", roles.filter { $0.path.hasPrefix(prefix) }, position: { $0.name.lowercased() },
            member: { $0.listed })
    }
}
