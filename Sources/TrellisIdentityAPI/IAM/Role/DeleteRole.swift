import TrellisModel
import TrellisStore

/// Refused while the role has policies.
enum DeleteRole: IAMAction {
    static let name = "DeleteRole"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let name = try call.read { $0.name(of: RoleRecord.self) }
        let key = StoreKey.role(name, of: call.account)
        try await call.store.transaction { session in
            guard let role = try await session.get(RoleRecord.self, at: key) else {
                throw IAMError.none(RoleRecord.self, name)
            }
            guard role.attachedPolicies.isEmpty else {
                throw IAMError.deleteConflict("Cannot delete entity, must detach all policies first.")
            }
            guard role.inlinePolicies.isEmpty else {
                throw IAMError.deleteConflict("Cannot delete entity, must delete policies first.")
            }
            session.delete(.roleIndex(role.id, of: call.account))
            session.delete(key)
        }
        return nil
    }
}
