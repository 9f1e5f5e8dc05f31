import TrellisModel
import TrellisStore

enum GetPolicy: IAMAction {
    static let name = "GetPolicy"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let policy = try await call.policy(try call.read { $0.policyARN() })
        return [policy.element(try await call.usage(of: policy))]
    }
}

/// How often a managed policy is used.
struct PolicyUsage {
    /// Roles, users and groups that it is attached to.
    var attachments = 0
    /// Roles and users that it is the permissions boundary of.
    var boundaries = 0
}

extension IAMCall {
    func usage(of policy: PolicyRecord) async throws -> PolicyUsage {
        PolicyUsage(
            attachments: try await store.count(under: .policyAttachments(policy.name, of: account)).count,
            boundaries: try await store.count(under: .policyBoundaries(policy.name, of: account)).count)
    }
}
