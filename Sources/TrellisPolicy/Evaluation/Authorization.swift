/// Where a policy stands that a request to a service has to pass.
package enum PolicyLayer: String, Hashable, Sendable, CaseIterable {
    case network
    case service
    case identity
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
            ? "\(what) with an explicit deny in a \(layer)-based policy"
            : "\(what) because no \(layer)-based policy allows the \(action) action"
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
    case policies([CompiledPolicy])
    /// A session whose own policies limit those of its role: both must allow.
    case limited([CompiledPolicy], by: [CompiledPolicy])
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
    package func denial(of request: some PolicyRequest, identity: IdentityPolicies) -> Denial? {
        guard isNeeded else { return nil }
        let network = network.verdict(on: request)
        let service = service.verdict(on: request)
        let identity = request.caller.isAnonymous ? .allows : identity.verdict(on: request)
        func denial(of verdict: LayerVerdict) -> Denial? {
            let isExplicit = verdict == .denies
            if network == verdict { return Denial(layer: .network, isExplicit: isExplicit) }
            if service == verdict { return Denial(layer: .service, isExplicit: isExplicit) }
            if identity == verdict { return Denial(layer: .identity, isExplicit: isExplicit) }
            return nil
        }
        return denial(of: .denies) ?? denial(of: .isSilent)
    }
}

enum LayerVerdict {
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
}

extension AuthPolicy {
    fileprivate func verdict(on request: some PolicyRequest) -> LayerVerdict {
        switch self {
        case .none: .allows
        case .iam(let policy): policy.map { LayerVerdict($0.verdict(on: request)) } ?? .isSilent
        }
    }
}

extension IdentityPolicies {
    fileprivate func verdict(on request: some PolicyRequest) -> LayerVerdict {
        switch decision(on: request) {
        case .allowed: .allows
        case .refused(let isExplicit, _): isExplicit ? .denies : .isSilent
        }
    }
}
