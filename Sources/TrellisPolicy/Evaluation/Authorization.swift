/// Where a policy stands that a request has to pass, in the order in which refusals are blamed.
package enum PolicyLayer: String, Hashable, Sendable, CaseIterable {
    case network
    case service
    case identity
    /// A permissions boundary of a user or a role.
    case boundary
    /// What a session was limited to when it was made.
    case session

    /// As it stands in messages: `no identity-based policy allows`, `in a permissions boundary`.
    ///
    /// - Source: IAM User Guide, "Troubleshoot access denied error messages".
    fileprivate var name: String {
        switch self {
        case .network, .service, .identity: "\(rawValue)-based policy"
        case .boundary: "permissions boundary"
        case .session: "session policy"
        }
    }
}

/// Why a request is refused.
package struct Denial: Hashable, Sendable {
    package var layer: PolicyLayer
    /// Whether a statement denies it; otherwise none allows it.
    package var isExplicit: Bool

    package init(layer: PolicyLayer, isExplicit: Bool) {
        self.layer = layer
        self.isExplicit = isExplicit
    }

    /// What the client reads.
    ///
    /// - Source: reference lattice.md, "403 texts".
    package func message(caller: PolicyCaller, action: String, resource: String) -> String {
        let what = "User: \(caller.arn) is not authorized to perform: \(action) on resource: \(resource)"
        return isExplicit
            ? "\(what) with an explicit deny in \(layer == .identity ? "an" : "a") \(layer.name)"
            : "\(what) because no \(layer.name) allows the \(action) action"
    }
}

/// The auth type of a service network or a service, with its policy.
package enum AuthPolicy: Sendable {
    /// Auth type NONE: nothing is asked.
    case none
    /// Auth type AWS_IAM; without a policy every request is refused.
    case iam(CompiledPolicy?)
}

/// What a caller's own policies allow.
package enum IdentityPolicies: Sendable {
    /// The root user of an account: only the policies of networks and services limit it.
    case everything
    /// Policies of which one must allow a request, and limits each of which must allow it too.
    case policies([CompiledPolicy], limits: [PolicyLimit] = [])
}

/// A permissions boundary, or the policies that a session is limited to.
package struct PolicyLimit: Sendable {
    package var layer: PolicyLayer
    /// One of them must allow a request.
    package var policies: [CompiledPolicy]

    /// - Parameter policies: The one that is the boundary; none if it is not known, which allows nothing.
    package static func boundary(_ policies: [CompiledPolicy]) -> PolicyLimit {
        PolicyLimit(layer: .boundary, policies: policies)
    }

    /// - Parameter policies: The one given with the session and the managed ones; none allow nothing.
    package static func session(_ policies: [CompiledPolicy]) -> PolicyLimit {
        PolicyLimit(layer: .session, policies: policies)
    }
}

/// Decides whether a request may pass a service network and a service.
///
/// A deny in any layer decides; then every layer must allow. Anonymous callers have no identity layer, and where
/// neither network nor service asks for anything, nobody has.
///
/// - Source: reference lattice.md, "Decision", and identity.md, "Evaluation". Which layer is named first when several
///   refuse is chosen: network, service, identity.
package struct Authorization: Sendable {
    package var network: AuthPolicy
    package var service: AuthPolicy

    package init(network: AuthPolicy, service: AuthPolicy) {
        self.network = network
        self.service = service
    }

    /// Whether there is anything to decide.
    package var isNeeded: Bool {
        if case (.none, .none) = (network, service) { false } else { true }
    }

    /// - Parameter identity: Ignored for anonymous callers.
    /// - Returns: `nil` if the request may pass.
    package func denial(of request: any PolicyRequest, identity: IdentityPolicies) -> Denial? {
        guard isNeeded else { return nil }
        var blame = Blame()
        blame.add(network.verdict(on: request), of: .network)
        blame.add(service.verdict(on: request), of: .service)
        if !request.caller.isAnonymous { blame.add(identity, request) }
        return blame.denial
    }
}

extension IdentityPolicies {
    /// Whether the caller's own policies let a request pass that no other policy is about.
    ///
    /// - Returns: `nil` if the request may pass.
    package func denial(of request: any PolicyRequest) -> Denial? {
        var blame = Blame()
        blame.add(self, request)
        return blame.denial
    }

    /// Whether the limits alone let a request pass: one that the policy of a role or a function allows by itself.
    package func limitsAllow(_ request: any PolicyRequest) -> Bool {
        guard case .policies(_, let limits) = self else { return true }
        return limits.allSatisfy { limit in
            if case .allows = LayerVerdict(of: limit.policies, on: request) { true } else { false }
        }
    }
}

extension Denial {
    /// What the caller of an API reads.
    ///
    /// - Source: reference identity.md §3, "Not permitted".
    package func message(for request: ActionRequest) -> String {
        message(caller: request.caller, action: request.action, resource: request.resource)
    }
}

/// The layer that a refusal names: the first that denies, else the first that is silent.
private struct Blame {
    private var denying: PolicyLayer?
    private var silent: PolicyLayer?

    var denial: Denial? {
        denying.map { Denial(layer: $0, isExplicit: true) } ?? silent.map { Denial(layer: $0, isExplicit: false) }
    }

    mutating func add(_ verdict: LayerVerdict, of layer: PolicyLayer) {
        switch verdict {
        case .allows: break
        case .denies: denying = denying ?? layer
        case .isSilent: silent = silent ?? layer
        }
    }

    mutating func add(_ identity: IdentityPolicies, _ request: any PolicyRequest) {
        guard case .policies(let policies, let limits) = identity else { return }
        add(LayerVerdict(of: policies, on: request), of: .identity)
        for limit in limits { add(LayerVerdict(of: limit.policies, on: request), of: limit.layer) }
    }
}

private enum LayerVerdict {
    case allows
    case denies
    case isSilent

    init(_ verdict: PolicyVerdict) {
        self =
            switch verdict {
            case .allowed: .allows
            case .denied: .denies
            case .silent: .isSilent
            }
    }

    /// One policy that denies decides; without one, one that allows is enough.
    init(of policies: [CompiledPolicy], on request: any PolicyRequest) {
        self = .isSilent
        for policy in policies {
            switch LayerVerdict(policy.verdict(on: request)) {
            case .denies:
                self = .denies
                return
            case .allows: self = .allows
            case .isSilent: break
            }
        }
    }
}

extension AuthPolicy {
    fileprivate func verdict(on request: any PolicyRequest) -> LayerVerdict {
        switch self {
        case .none: .allows
        case .iam(let policy): policy.map { LayerVerdict($0.verdict(on: request)) } ?? .isSilent
        }
    }
}
