/// What one policy says about one request.
package enum PolicyVerdict: Hashable, Sendable {
    /// - Parameter statement: Which statement, from 0.
    case denied(statement: Int)
    case allowed(statement: Int)
    /// No statement applies: an implicit deny.
    case silent
}

/// A policy document, ready for requests: made once, then evaluated without allocation as long as no variable of the
/// policy has to be filled in.
package final class CompiledPolicy: Sendable {
    let statements: [CompiledStatement]

    /// - Throws: ``PolicyDocumentError`` for a document that did not come from a ``PolicyParser`` and cannot be
    ///   evaluated.
    package init(_ document: PolicyDocument) throws(PolicyDocumentError) {
        var statements: [CompiledStatement] = []
        for (index, statement) in document.statements.enumerated() {
            do {
                statements.append(try CompiledStatement(statement, version: document.version))
            } catch {
                throw PolicyDocumentError(error.message, path: "$.Statement[\(index)]", offset: 0)
            }
        }
        self.statements = statements
    }

    /// Parses and compiles.
    package convenience init(parsing text: String, as grammar: PolicyGrammar) throws(PolicyDocumentError) {
        try self.init(PolicyParser(grammar).parse(text))
    }

    init(statements: [CompiledStatement]) {
        self.statements = statements
    }

    /// Stands in for a document that cannot be evaluated.
    package static let denyingEverything = CompiledPolicy(statements: [.denyingEverything])

    /// The first statement that denies; without one, the first that allows.
    package func verdict(on request: any PolicyRequest) -> PolicyVerdict {
        var verdict = PolicyVerdict.silent
        for index in statements.indices {
            // Once something allows, only a Deny can change the verdict.
            let effect = statements[index].effect
            if effect == .allow, verdict != .silent { continue }
            guard statements[index].applies(to: request) else { continue }
            switch effect {
            case .deny: return .denied(statement: index)
            case .allow: verdict = .allowed(statement: index)
            }
        }
        return verdict
    }
}
