import TrellisModel
import TrellisStore

/// The customer managed policies; the documents of AWS are not listed.
enum ListPolicies: IAMAction {
    static let name = "ListPolicies"

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (scope, isAttached, use, prefix, page) = try call.read { parameters in
            (
                parameters.string("Scope", as: .policyScope) ?? "All", parameters.boolean("OnlyAttached") ?? false,
                parameters.string("PolicyUsageFilter", as: .policyUsage),
                parameters.string("PathPrefix", as: .policyPath) ?? "/", parameters.page()
            )
        }
        let policies = try await call.store.records(PolicyRecord.self, under: .all(.policy, of: call.account))
        var found: [(policy: PolicyRecord, usage: PolicyUsage)] = []
        for policy in policies where scope != "AWS" && policy.path.hasPrefix(prefix) {
            let usage = try await call.usage(of: policy)
            let uses = (attached: usage.attachments > 0, boundary: usage.boundaries > 0)
            if isAttached, use == nil, !uses.attached, !uses.boundary { continue }
            if use == "PermissionsPolicy", !uses.attached { continue }
            if use == "PermissionsBoundary", !uses.boundary { continue }
            found.append((policy, usage))
        }
        return try page.answer(
            "Policies", found, position: { $0.policy.name.lowercased() }, member: { $0.policy.listed($0.usage) })
    }
}
