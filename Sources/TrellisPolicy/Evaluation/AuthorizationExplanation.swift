/// How a decision came about: every statement of every layer, with the reason why it had no say.
package struct AuthorizationExplanation: Hashable, Sendable {
    package struct Statement: Hashable, Sendable {
        /// From 0, in its policy.
        package var index: Int
        package var sid: String?
        package var effect: PolicyStatement.Effect
        /// `nil` if the statement applies.
        package var mismatch: StatementMismatch?
    }

    package struct Layer: Hashable, Sendable {
        package enum Content: Hashable, Sendable {
            /// Auth type NONE, an anonymous caller or the root user: there is nothing to pass.
            case open
            /// Auth type AWS_IAM without a policy.
            case noPolicy
            /// The statements of each policy of the layer; a network and a service have one.
            case policies([[Statement]])
        }

        package var layer: PolicyLayer
        package var content: Content
    }

    /// `nil` if the request may pass.
    package var denial: Denial?
    /// Network, service, identity.
    package var layers: [Layer]
}

extension Authorization {
    /// The same decision as ``denial(of:identity:)``, with its reasons.
    package func explain(
        _ request: some PolicyRequest, identity: IdentityPolicies
    ) -> AuthorizationExplanation {
        let identityContent: AuthorizationExplanation.Layer.Content =
            switch identity {
            case _ where request.caller.isAnonymous || !isNeeded: .open
            case .everything: .open
            case .policies(let policies): .policies(policies.map { $0.explain(request) })
            case .limited(let own, let limits): .policies((own + limits).map { $0.explain(request) })
            }
        return AuthorizationExplanation(
            denial: denial(of: request, identity: identity),
            layers: [
                .init(layer: .network, content: network.explain(request)),
                .init(layer: .service, content: service.explain(request)),
                .init(layer: .identity, content: identityContent),
            ])
    }
}

extension AuthPolicy {
    fileprivate func explain(_ request: some PolicyRequest) -> AuthorizationExplanation.Layer.Content {
        switch self {
        case .none: .open
        case .iam(nil): .noPolicy
        case .iam(let policy?): .policies([policy.explain(request)])
        }
    }
}

extension CompiledPolicy {
    fileprivate func explain(_ request: some PolicyRequest) -> [AuthorizationExplanation.Statement] {
        statements.indices.map { index in
            .init(
                index: index, sid: statements[index].sid, effect: statements[index].effect,
                mismatch: statements[index].mismatch(request))
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
    fileprivate var lines: [String] {
        switch content {
        case .open: ["\(layer): nothing to pass"]
        case .noPolicy: ["\(layer): AWS_IAM without a policy"]
        case .policies(let policies):
            policies.flatMap { statements in statements.map { "\(layer): \($0.description)" } }
        }
    }
}

extension AuthorizationExplanation.Statement: CustomStringConvertible {
    package var description: String {
        let name = "statement \(index)" + (sid.map { " '\($0)'" } ?? "") + " (\(effect.rawValue))"
        return switch mismatch {
        case nil: "\(name) applies"
        case .principal?: "\(name) is about other principals"
        case .action?: "\(name) is about other actions"
        case .resource?: "\(name) is about other resources"
        case .condition(let condition)?: "\(name): condition \(condition.test.name) \(condition.key) does not hold"
        }
    }
}
