import TrellisModel
import TrellisPolicy
import TrellisSignature

/// Writes an inline policy, in place of the one that has the name.
enum PutInlinePolicy<Holder: PolicyHolder>: IAMAction {
    static var name: String { "Put\(Holder.kindName)Policy" }

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (holder, policy, document) = try call.read { parameters in
            (
                parameters.name(of: Holder.self), parameters.policyName(),
                parameters.required("PolicyDocument", as: .policyDocument)
            )
        }
        let limit = Holder.inlinePoliciesSize
        let tooLarge = "Maximum policy size of \(limit) bytes exceeded for \(Holder.kindName.lowercased()) \(holder)"
        try call.check(document, as: .identityPolicy, limit: limit, orSay: tooLarge)
        try await call.change(Holder.self, holder) { holder, _ in
            holder.inlinePolicies[policy] = document
            let size = holder.inlinePolicies.values.reduce(0) { $0 + PolicySize.characters(of: $1) }
            guard size <= limit else { throw IAMError.limitExceeded(tooLarge) }
        }
        return nil
    }
}

enum GetInlinePolicy<Holder: PolicyHolder>: IAMAction {
    static var name: String { "Get\(Holder.kindName)Policy" }

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, policy) = try call.read { ($0.name(of: Holder.self), $0.policyName()) }
        let holder = try await call.holder(Holder.self, name)
        guard let document = holder.inlinePolicies[policy] else { throw IAMError.noInlinePolicy(Holder.self, policy) }
        return [
            XMLElement("\(Holder.kindName)Name", holder.name), XMLElement("PolicyName", policy),
            XMLElement("PolicyDocument", PercentEncoding.encoded(document)),
        ]
    }
}

enum DeleteInlinePolicy<Holder: PolicyHolder>: IAMAction {
    static var name: String { "Delete\(Holder.kindName)Policy" }

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, policy) = try call.read { ($0.name(of: Holder.self), $0.policyName()) }
        try await call.change(Holder.self, name) { holder, _ in
            guard holder.inlinePolicies.removeValue(forKey: policy) != nil else {
                throw IAMError.noInlinePolicy(Holder.self, policy)
            }
        }
        return nil
    }
}

enum ListInlinePolicies<Holder: PolicyHolder>: IAMAction {
    static var name: String { "List\(Holder.kindName)Policies" }

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, page) = try call.read { ($0.name(of: Holder.self), $0.page()) }
        let names = try await call.holder(Holder.self, name).inlinePolicies.keys.sorted()
        return try page.answer("PolicyNames", names, position: \.self, member: { XMLElement("member", $0) })
    }
}

extension IAMParameters {
    func policyName() -> String { required("PolicyName", as: .policyName) }
}

extension IAMError {
    fileprivate static func noInlinePolicy<Holder: PolicyHolder>(_ type: Holder.Type, _ name: String) -> IAMError {
        .noSuchEntity("The \(Holder.kindName.lowercased()) policy with name \(name) cannot be found.")
    }
}
