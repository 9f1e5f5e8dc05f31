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
            try role.checkHasNoPolicies()
            if let policy = role.boundaryPolicy { session.delete(role.boundaryKey(policy, of: call.account)) }
            session.delete(.roleIndex(role.id, of: call.account))
            session.delete(key)
        }
        return nil
    }
}
