import TrellisAPI
import TrellisModel
import TrellisPolicy
import TrellisPrincipals

/// A session of a role whose trust policy lets the caller in.
///
/// Within an account a trust policy that names the caller is enough; one that names the account leaves it to the
/// caller's own policies, and across accounts both must allow.
///
/// - Source: reference identity.md §4.5, §5 and §5.2.
enum AssumeRole: STSAction {
    static let name = "AssumeRole"

    private struct Input {
        var session: SessionRequest
        var externalID: String?
        var sourceIdentity: String?
        var tags: [IdentityTag]
        var transitiveKeys: [String]
        var hasDevice: Bool

        init(_ parameters: IAMParameters) {
            session = SessionRequest(parameters)
            externalID = parameters.string("ExternalId", as: .externalID)
            sourceIdentity = parameters.string("SourceIdentity", as: .sourceIdentity)
            tags = parameters.tags("Tags")
            transitiveKeys = parameters.list("TransitiveTagKeys", as: .tagKey, count: 0...IAMLimits.tags)
            hasDevice = parameters.has("SerialNumber")
        }
    }

    static func respond(to call: STSCall) async throws -> [XMLElement] {
        let input = try call.read(Input.init)
        guard call.caller.principal.kind != .account else {
            throw STSError.accessDenied("Roles may not be assumed by root accounts.")
        }
        let inherited = call.caller.session?.transitiveTags ?? []
        try check(input, inherited: inherited)
        let known = call.caller.principal.details.sourceIdentity
        let sourceIdentity = input.sourceIdentity ?? known
        let role = try await input.session.role(in: call.context)
        func refused(_ action: String) -> STSError {
            .notAuthorized(call.caller.principalARN, action, input.session.roleARN)
        }
        guard let role, let trust = try? TrustPolicy(role.trustPolicy) else { throw refused("sts:AssumeRole") }
        // Who has a source identity keeps it.
        if let known, known != sourceIdentity { throw refused("sts:SetSourceIdentity") }

        var actions = ["sts:AssumeRole"]
        if !input.tags.isEmpty { actions.append("sts:TagSession") }
        if sourceIdentity != nil { actions.append("sts:SetSourceIdentity") }
        let keys = call.conditions.keys.merging(conditionKeys(of: input, sourceIdentity)) { $1 }
        for action in actions {
            let request = ActionRequest(
                caller: call.caller.principal, action: action, resource: role.arn, keys: keys)
            guard isAllowed(request, role, trust, call.caller) else { throw refused(action) }
        }
        guard !input.hasDevice else {
            throw STSError.accessDenied("MultiFactorAuthentication failed: this Trellis knows no MFA devices.")
        }

        try input.session.checkPolicies(in: call.context, role: role)
        let seconds = try input.session.lifetime(of: role, isChained: call.caller.session?.isOfRole ?? false)
        let answer = try input.session.issue(role, seconds: seconds, in: call.context) { claims in
            claims.tags = inherited + input.tags
            claims.transitiveTagKeys = inherited.map(\.key) + input.transitiveKeys
            claims.sourceIdentity = sourceIdentity
        }
        return answer + (sourceIdentity.map { [XMLElement("SourceIdentity", $0)] } ?? [])
    }

    private static func isAllowed(
        _ request: ActionRequest, _ role: RoleRecord, _ trust: TrustPolicy, _ caller: Caller
    ) -> Bool {
        let denial = caller.policies.denial(of: request)
        switch trust.verdict(on: request) {
        case .denied, .silent: return false
        case .allowed(let byName):
            guard let denial else { return true }
            return !denial.isExplicit && byName && role.account == caller.account
                && caller.policies.limitsAllow(request)
        }
    }

    private static func conditionKeys(of input: Input, _ sourceIdentity: String?) -> [String: [String]] {
        var keys = ["sts:rolesessionname": [input.session.sessionName]]
        if let id = input.externalID { keys["sts:externalid"] = [id] }
        if let sourceIdentity { keys["sts:sourceidentity"] = [sourceIdentity] }
        if !input.tags.isEmpty { keys["aws:tagkeys"] = input.tags.map(\.key) }
        if !input.transitiveKeys.isEmpty { keys["sts:transitivetagkeys"] = input.transitiveKeys }
        for tag in input.tags { keys["aws:requesttag/\(tag.key.lowercased())"] = [tag.value] }
        return keys
    }

    /// - Throws: InvalidParameterValue.
    private static func check(_ input: Input, inherited: [IdentityTag]) throws(STSError) {
        let keys = Set(input.tags.map { $0.key.lowercased() })
        guard keys.count == input.tags.count else {
            throw .invalidParameterValue("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
        }
        guard !keys.contains(where: { $0.hasPrefix("aws:") }) else {
            throw .invalidParameterValue("System tag keys, which begin with aws:, cannot be session tags.")
        }
        guard input.transitiveKeys.allSatisfy({ keys.contains($0.lowercased()) }) else {
            throw .invalidParameterValue("The specified transitive tag key must be included in the requested tags.")
        }
        guard inherited.allSatisfy({ !keys.contains($0.key.lowercased()) }) else {
            throw .invalidParameterValue(
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key"
                    + " from the calling session.")
        }
    }
}
