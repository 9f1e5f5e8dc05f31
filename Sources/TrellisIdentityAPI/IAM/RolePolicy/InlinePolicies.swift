import TrellisModel
import TrellisPolicy
import TrellisSignature

/// Writes an inline policy, in place of the one that has the name.
enum PutRolePolicy: IAMAction {
    static let name = "PutRolePolicy"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (role, policy, document) = try call.read { parameters in
            (
                parameters.roleName(), parameters.policyName(),
                parameters.required("PolicyDocument", as: .policyDocument)
            )
        }
        let limit = IAMLimits.inlinePoliciesSize
        let tooLarge = "Maximum policy size of \(limit) bytes exceeded for role \(role)"
        try call.check(document, as: .identityPolicy, limit: limit, orSay: tooLarge)
        try await call.changeRole(role) { role, _ in
            role.inlinePolicies[policy] = document
            let size = role.inlinePolicies.values.reduce(0) { $0 + PolicySize.characters(of: $1) }
            guard size <= limit else { throw IAMError.limitExceeded(tooLarge) }
        }
        return nil
    }
}

enum GetRolePolicy: IAMAction {
    static let name = "GetRolePolicy"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, policy) = try call.read { ($0.roleName(), $0.policyName()) }
        let role = try await call.role(name)
        guard let document = role.inlinePolicies[policy] else { throw IAMError.noRolePolicy(policy) }
        return [
            XMLElement("RoleName", role.name), XMLElement("PolicyName", policy),
            XMLElement("PolicyDocument", PercentEncoding.encoded(document)),
        ]
    }
}

enum DeleteRolePolicy: IAMAction {
    static let name = "DeleteRolePolicy"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, policy) = try call.read { ($0.roleName(), $0.policyName()) }
        try await call.changeRole(name) { role, _ in
            guard role.inlinePolicies.removeValue(forKey: policy) != nil else { throw IAMError.noRolePolicy(policy) }
        }
        return nil
    }
}

enum ListRolePolicies: IAMAction {
    static let name = "ListRolePolicies"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, page) = try call.read { ($0.roleName(), $0.page()) }
        let names = try await call.role(name).inlinePolicies.keys.sorted()
        return try page.answer("PolicyNames", names, position: \.self, member: { XMLElement("member", $0) })
    }
}

extension IAMParameters {
    func policyName() -> String { required("PolicyName", as: .policyName) }
}
