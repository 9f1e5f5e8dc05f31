extension AuthorizationExplanation {
    /// What would have to change for the request to pass: one sentence for each layer and statement that stands in its
    /// way, none if it passes.
    package func changes(caller: PolicyCaller, action: String, resource: String) -> [String] {
        guard denial != nil else { return [] }
        return layers.flatMap { layer in
            switch layer.content {
            case .open: [String]()
            case .noPolicy:
                ["the \(layer.layer) layer needs a policy that allows \(action) on \(resource) to \(caller.arn)"]
            case .policies(let policies): layer.changes(policies.flatMap { $0 }, action: action, resource: resource)
            }
        }
    }
}

extension AuthorizationExplanation.Layer {
    fileprivate func changes(
        _ statements: [AuthorizationExplanation.Statement], action: String, resource: String
    ) -> [String] {
        let denying = statements.filter { $0.effect == .deny && $0.reasons.isEmpty }
        if !denying.isEmpty {
            return denying.map { "\($0.name) of the \(layer) layer must not apply: remove it or narrow it" }
        }
        let allowing = statements.filter { $0.effect == .allow }
        if allowing.contains(where: \.reasons.isEmpty) { return [] }
        guard !allowing.isEmpty else {
            return ["the \(layer) layer needs a statement that allows \(action) on \(resource)"]
        }
        return allowing.map { statement in
            let demands = statement.reasons.map { $0.demand(action, resource) }
            return "\(statement.name) of the \(layer) layer would have to " + demands.joined(separator: "; and to ")
        }
    }
}

extension AuthorizationExplanation.Statement {
    /// `statement 2 'public'`.
    var name: String { "statement \(index)" + (sid.map { " '\($0)'" } ?? "") }
}

extension AuthorizationExplanation.Reason {
    fileprivate func demand(_ action: String, _ resource: String) -> String {
        switch mismatch {
        case .principal: "name the caller as principal"
        case .action: "name the action \(action)"
        case .resource: "name the resource \(resource)"
        case .condition(let condition):
            "accept "
                + (found.isEmpty ? "a request without \(condition.key)" : "\(found.quoted) for \(condition.key)")
                + ", or the request would have to satisfy \(condition.test.name) \(condition.values.quoted)"
        }
    }
}
