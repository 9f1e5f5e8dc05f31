/// How a decision came about: every statement of every layer, with all reasons why it had no say.
package struct AuthorizationExplanation: Hashable, Sendable {
    package struct Reason: Hashable, Sendable {
        package var mismatch: StatementMismatch
        /// What the request has for the key of a condition that does not hold.
        package var found: [String] = []
    }

    package struct Statement: Hashable, Sendable {
        /// From 0, in its policy.
        package var index: Int
        package var sid: String?
        package var effect: PolicyStatement.Effect
        /// Why it does not apply; empty if it does.
        package var reasons: [Reason]
    }

    package struct Layer: Hashable, Sendable {
        package enum Content: Hashable, Sendable {
            /// Auth type NONE, an anonymous caller or the root user: there is nothing to pass.
            case open
            /// Auth type AWS_IAM without a policy, or a caller without one.
            case noPolicy
            /// The statements of each policy of the layer; a network and a service have one.
            case policies([[Statement]])
        }

        package var layer: PolicyLayer
        package var content: Content
    }

    /// `nil` if the request may pass.
    package var denial: Denial?
    /// Network, service, identity, and the limits of the identity.
    package var layers: [Layer]
}

extension Authorization {
    /// The same decision as ``denial(of:identity:)``, with its reasons.
    package func explain(
        _ request: any PolicyRequest, identity: IdentityPolicies
    ) -> AuthorizationExplanation {
        let identityLayers =
            request.caller.isAnonymous || !isNeeded
            ? [AuthorizationExplanation.Layer(layer: .identity, content: .open)] : identity.explain(request)
        return AuthorizationExplanation(
            denial: denial(of: request, identity: identity),
            layers: [
                .init(layer: .network, content: network.explain(request)),
                .init(layer: .service, content: service.explain(request)),
            ] + identityLayers)
    }
}

extension IdentityPolicies {
    /// What each of the caller's own layers says about a request.
    package func explain(_ request: any PolicyRequest) -> [AuthorizationExplanation.Layer] {
        guard case .policies(let policies, let limits) = self else { return [.init(layer: .identity, content: .open)] }
        return ([(.identity, policies)] + limits.map { ($0.layer, $0.policies) }).map {
            (layer: PolicyLayer, policies: [CompiledPolicy]) in
            AuthorizationExplanation.Layer(
                layer: layer, content: policies.isEmpty ? .noPolicy : .policies(policies.map { $0.explain(request) }))
        }
    }
}

extension AuthPolicy {
    fileprivate func explain(_ request: any PolicyRequest) -> AuthorizationExplanation.Layer.Content {
        switch self {
        case .none: .open
        case .iam(nil): .noPolicy
        case .iam(let policy?): .policies([policy.explain(request)])
        }
    }
}

extension CompiledPolicy {
    fileprivate func explain(_ request: any PolicyRequest) -> [AuthorizationExplanation.Statement] {
        statements.indices.map { index in
            .init(
                index: index, sid: statements[index].sid, effect: statements[index].effect,
                reasons: statements[index].mismatches(request).map { mismatch in
                    var reason = AuthorizationExplanation.Reason(mismatch: mismatch)
                    guard case .condition(let condition) = mismatch else { return reason }
                    request.forEachValue(ofAny: ConditionKey(condition.key)) { value in
                        reason.found.append(String(decoding: value, as: UTF8.self))
                        return true
                    }
                    return reason
                })
        }
    }
}

extension AuthorizationExplanation: CustomStringConvertible {
    /// One line for the decision, then one for each statement.
    package var description: String {
        let decision =
            switch denial {
            case nil: "allowed"
            case let denial? where denial.isExplicit: "denied by a statement of the \(denial.layer) policy"
            case let denial?: "denied: no statement of the \(denial.layer) policy allows it"
            }
        return ([decision] + layers.flatMap(\.lines)).joined(separator: "\n")
    }
}

extension AuthorizationExplanation.Layer {
    /// One for each statement, or one for all of the layer.
    package var lines: [String] {
        switch content {
        case .open: ["\(layer): nothing to pass"]
        case .noPolicy: ["\(layer): there is no policy, so nothing is allowed"]
        case .policies(let policies):
            policies.flatMap { statements in statements.map { "\(layer): \($0.description)" } }
        }
    }
}

extension AuthorizationExplanation.Statement: CustomStringConvertible {
    package var description: String {
        let name = "\(name) (\(effect.rawValue))"
        guard !reasons.isEmpty else { return "\(name) applies" }
        return "\(name) " + reasons.map(\.description).joined(separator: "; ")
    }
}

extension AuthorizationExplanation.Reason: CustomStringConvertible {
    package var description: String {
        switch mismatch {
        case .principal: "is about other principals"
        case .action: "is about other actions"
        case .resource: "is about other resources"
        case .condition(let condition):
            "has the condition \(condition.test.name) \(condition.key) \(condition.values.quoted), which does not hold: "
                + (found.isEmpty ? "the request has no value for it" : "the request has \(found.quoted)")
        }
    }
}

extension [String] {
    var quoted: String { map { "\"\($0)\"" }.joined(separator: ", ") }
}
