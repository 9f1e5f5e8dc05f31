import TrellisModel
import TrellisStore

/// Refused while the policy is attached, is a permissions boundary or has versions besides its default one.
enum DeletePolicy: IAMAction {
    static let name = "DeletePolicy"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let arn = try call.read { $0.policyARN() }
        let name = try await call.policy(arn).name
        let key = StoreKey.policy(name, of: call.account)
        try await call.store.transaction { session in
            guard let policy = try await session.get(PolicyRecord.self, at: key), policy.arn == arn else {
                throw IAMError.noPolicy(arn)
            }
            guard try await session.count(under: .policyAttachments(name, of: call.account)) == 0,
                try await session.count(under: .policyBoundaries(name, of: call.account)) == 0
            else {
                throw IAMError.deleteConflict("Cannot delete a policy attached to entities.")
            }
            guard policy.versions.count == 1 else {
                throw IAMError.deleteConflict(
                    "This policy has more than one version. Before you delete a policy, you must delete the policy's"
                        + " versions. The default version is deleted with the policy.")
            }
            session.delete(.policyIndex(policy.id, of: call.account))
            session.delete(key)
        }
        return nil
    }
}
