import TrellisPolicy

/// Whom a role lets assume it.
struct TrustPolicy {
    enum Verdict: Equatable {
        case denied
        case silent
        /// - Parameter byName: Whether it names the caller itself, and not only the account or everybody.
        case allowed(byName: Bool)
    }

    private let whole: CompiledPolicy
    /// Without the statements that let a whole account in.
    private let naming: CompiledPolicy?

    /// - Throws: For a document that cannot be evaluated, which none in the store is.
    init(_ document: String) throws(PolicyDocumentError) {
        let parsed = try PolicyParser(.trustPolicy).parse(document)
        whole = try CompiledPolicy(parsed)
        var named = parsed
        named.statements = parsed.statements.compactMap { statement in
            guard statement.effect == .allow, case .including(let principals)? = statement.principal else {
                return nil
            }
            let names = principals.filter { if case .account = $0 { false } else { $0 != .everyone } }
            guard !names.isEmpty else { return nil }
            var statement = statement
            statement.principal = .including(names)
            return statement
        }
        naming = named.statements.isEmpty ? nil : try CompiledPolicy(named)
    }

    func verdict(on request: ActionRequest) -> Verdict {
        switch whole.verdict(on: request) {
        case .denied: return .denied
        case .silent: return .silent
        case .allowed:
            if case .allowed? = naming?.verdict(on: request) { return .allowed(byName: true) }
            return .allowed(byName: false)
        }
    }
}
