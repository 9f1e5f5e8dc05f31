/// What a caller's own policies say about a request.
package enum IdentityDecision: Hashable, Sendable {
    case allowed
    /// - Parameters:
    ///   - isExplicit: Whether a statement denies it; otherwise none allows it.
    ///   - bySession: Whether it is the session's policy, which limits the identity's.
    case refused(isExplicit: Bool, bySession: Bool)
}

extension IdentityPolicies {
    /// Decides by the identity's policies and, where the session has policies too, by both: each must allow.
    package func decision(on request: some PolicyRequest) -> IdentityDecision {
        switch self {
        case .everything: return .allowed
        case .policies(let own): return Self.decision(own, on: request, bySession: false)
        case .limited(let own, let limits):
            let identity = Self.decision(own, on: request, bySession: false)
            let session = Self.decision(limits, on: request, bySession: true)
            if identity == .refused(isExplicit: true, bySession: false) { return identity }
            if session == .refused(isExplicit: true, bySession: true) { return session }
            return identity == .allowed ? session : identity
        }
    }

    /// The session's policies alone; everything where there are none.
    package var sessionLimits: IdentityPolicies {
        if case .limited(_, let limits) = self { .policies(limits) } else { .everything }
    }

    private static func decision(
        _ policies: [CompiledPolicy], on request: some PolicyRequest, bySession: Bool
    ) -> IdentityDecision {
        var isAllowed = false
        for policy in policies {
            switch policy.verdict(on: request) {
            case .denied: return .refused(isExplicit: true, bySession: bySession)
            case .allowed: isAllowed = true
            case .silent: break
            }
        }
        return isAllowed ? .allowed : .refused(isExplicit: false, bySession: bySession)
    }
}

extension IdentityDecision {
    /// What the caller of an API reads.
    ///
    /// - Returns: `nil` if the request is allowed.
    /// - Source: reference identity.md §3, "Not permitted"; the words for sessions are those of the IAM User Guide,
    ///   "Troubleshoot access denied error messages".
    package func refusal(of request: ActionRequest) -> String? {
        guard case .refused(let isExplicit, let bySession) = self else { return nil }
        let what =
            "User: \(request.caller.arn) is not authorized to perform: \(request.action) "
            + "on resource: \(request.resource)"
        let kind = bySession ? "session policy" : "identity-based policy"
        return isExplicit
            ? "\(what) with an explicit deny in \(bySession ? "a" : "an") \(kind)"
            : "\(what) because no \(kind) allows the \(request.action) action"
    }
}
