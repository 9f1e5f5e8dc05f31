import TrellisModel
import TrellisStore

/// Attaches a managed policy; one that is attached already stays so.
///
/// A customer managed policy must exist. Every policy of AWS (`arn:aws:iam::aws:policy/…`) can be attached; those that
/// are not known here allow nothing.
enum AttachPolicy<Holder: PolicyHolder>: IAMAction {
    static var name: String { "Attach\(Holder.kindName)Policy" }

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, text) = try call.read { ($0.name(of: Holder.self), $0.policyARN()) }
        let arn = try PolicyARN(text)
        try await call.change(Holder.self, name) { holder, session in
            if arn.owner == .account(call.account) {
                let policy = try await session.get(PolicyRecord.self, at: .policy(arn.name, of: call.account))
                guard policy?.arn == text else { throw IAMError.notAttachable(text) }
            } else if arn.owner != .aws {
                throw IAMError.notAttachable(text)
            }
            guard !holder.attachedPolicies.contains(text) else { return }
            guard holder.attachedPolicies.count < IAMLimits.attachedPolicies else {
                throw IAMError.quota("PoliciesPer\(Holder.kindName)", IAMLimits.attachedPolicies)
            }
            holder.attachedPolicies.append(text)
            if arn.owner != .aws {
                try session.put(
                    IdentityIndexRecord(name: holder.name), at: holder.attachmentKey(arn.name, of: call.account))
            }
        }
        return nil
    }
}

enum DetachPolicy<Holder: PolicyHolder>: IAMAction {
    static var name: String { "Detach\(Holder.kindName)Policy" }

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, text) = try call.read { ($0.name(of: Holder.self), $0.policyARN()) }
        let arn = try PolicyARN(text)
        try await call.change(Holder.self, name) { holder, session in
            guard let index = holder.attachedPolicies.firstIndex(of: text) else { throw IAMError.noPolicy(text) }
            holder.attachedPolicies.remove(at: index)
            if arn.owner != .aws { session.delete(holder.attachmentKey(arn.name, of: call.account)) }
        }
        return nil
    }
}

enum ListAttachedPolicies<Holder: PolicyHolder>: IAMAction {
    static var name: String { "ListAttached\(Holder.kindName)Policies" }

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, prefix, page) = try call.read { parameters in
            (
                parameters.name(of: Holder.self), parameters.string("PathPrefix", as: .policyPath) ?? "/",
                parameters.page()
            )
        }
        let attached = try await call.holder(Holder.self, name).attachedPolicies.compactMap { text in
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
