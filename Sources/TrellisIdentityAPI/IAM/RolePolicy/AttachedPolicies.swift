import TrellisModel
import TrellisStore

/// Attaches a managed policy; one that is attached already stays so.
///
/// A customer managed policy must exist. The policies of AWS (`arn:aws:iam::aws:policy/…`) are not kept here: every
/// such ARN can be attached.
enum AttachRolePolicy: IAMAction {
    static let name = "AttachRolePolicy"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, text) = try call.read { ($0.roleName(), $0.policyARN()) }
        let arn = try PolicyARN(text)
        try await call.changeRole(name) { role, session in
            if arn.owner == .account(call.account) {
                let policy = try await session.get(PolicyRecord.self, at: .policy(arn.name, of: call.account))
                guard policy?.arn == text else { throw IAMError.notAttachable(text) }
            } else if arn.owner != .aws {
                throw IAMError.notAttachable(text)
            }
            guard !role.attachedPolicies.contains(text) else { return }
            guard role.attachedPolicies.count < IAMLimits.attachedPolicies else {
                throw IAMError.quota("PoliciesPerRole", IAMLimits.attachedPolicies)
            }
            role.attachedPolicies.append(text)
            if arn.owner != .aws {
                let key = StoreKey.policyAttachment(arn.name, to: role.name, of: call.account)
                try session.put(IdentityIndexRecord(name: role.name), at: key)
            }
        }
        return nil
    }
}

enum DetachRolePolicy: IAMAction {
    static let name = "DetachRolePolicy"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, text) = try call.read { ($0.roleName(), $0.policyARN()) }
        let arn = try PolicyARN(text)
        try await call.changeRole(name) { role, session in
            guard let index = role.attachedPolicies.firstIndex(of: text) else { throw IAMError.noPolicy(text) }
            role.attachedPolicies.remove(at: index)
            if arn.owner != .aws {
                session.delete(.policyAttachment(arn.name, to: role.name, of: call.account))
            }
        }
        return nil
    }
}

enum ListAttachedRolePolicies: IAMAction {
    static let name = "ListAttachedRolePolicies"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, prefix, page) = try call.read { parameters in
            (
                parameters.roleName(), parameters.string("PathPrefix", as: .policyPath) ?? "/", parameters.page()
            )
        }
        let attached = try await call.role(name).attachedPolicies.compactMap { text in
            (try? PolicyARN(text)).map { (arn: $0, text: text) }
        }
        return try page.answer(
            "AttachedPolicies", attached.filter { $0.arn.path.hasPrefix(prefix) },
            position: { $0.arn.owner == .aws ? "\($0.arn.name)/aws" : "\($0.arn.name)/account" }
        ) { policy in
            XMLElement(
                "member", [XMLElement("PolicyName", policy.arn.name), XMLElement("PolicyArn", policy.text)])
        }
    }
}

extension IAMError {
    fileprivate static func notAttachable(_ arn: String) -> IAMError {
        .noSuchEntity("Policy \(arn) does not exist or is not attachable.")
    }
}
