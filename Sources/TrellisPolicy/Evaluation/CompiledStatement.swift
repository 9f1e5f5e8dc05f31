import TrellisModel

/// Why a statement has no say about a request.
package enum StatementMismatch: Hashable, Sendable {
    case principal
    case action
    case resource
    /// A condition that does not hold.
    case condition(PolicyCondition)
}

/// A statement, ready for requests; an object, so that to look at it copies nothing.
final class CompiledStatement: Sendable {
    let sid: String?
    let effect: PolicyStatement.Effect
    private let principal: PolicyStatement.Element<PrincipalPattern>?
    private let action: PolicyStatement.Element<WildcardPattern>
    private let resource: PolicyStatement.Element<ResourcePattern>?
    private let conditions: [CompiledCondition]

    init(_ statement: PolicyStatement, version: PolicyDocument.Version) throws(PatternError) {
        sid = statement.sid
        effect = statement.effect
        principal = statement.principal
        action = try statement.action.map { text throws(PatternError) in WildcardPattern(text, ignoringCase: true) }
        resource = try statement.resource?.map { text throws(PatternError) in
            try ResourcePattern(text, version: version)
        }
        var conditions: [CompiledCondition] = []
        for condition in statement.conditions {
            conditions.append(try CompiledCondition(condition, version: version))
        }
        self.conditions = conditions
    }

    /// `{"Sid": "UnreadablePolicy", "Effect": "Deny", "Action": "*", "Resource": "*"}`.
    static let denyingEverything = CompiledStatement(denying: "UnreadablePolicy")

    private init(denying sid: String) {
        self.sid = sid
        effect = .deny
        principal = nil
        action = .including([WildcardPattern("*", ignoringCase: true)])
        resource = nil
        conditions = []
    }

    /// Whether the statement's effect applies to the request.
    func applies(to request: any PolicyRequest) -> Bool {
        isAboutCaller(of: request) && isAboutAction(of: request) && isAboutResource(of: request)
            && conditions.allSatisfy { $0.holds(for: request) }
    }

    /// Everything that keeps the statement from the request; nothing if its effect applies.
    func mismatches(_ request: any PolicyRequest) -> [StatementMismatch] {
        var mismatches: [StatementMismatch] = []
        if !isAboutCaller(of: request) { mismatches.append(.principal) }
        if !isAboutAction(of: request) { mismatches.append(.action) }
        if !isAboutResource(of: request) { mismatches.append(.resource) }
        for condition in conditions where !condition.holds(for: request) {
            mismatches.append(.condition(condition.condition))
        }
        return mismatches
    }

    private func isAboutCaller(of request: any PolicyRequest) -> Bool {
        principal.map { request.caller.isMeant(by: $0, effect: effect) } ?? true
    }

    private func isAboutAction(of request: any PolicyRequest) -> Bool {
        request.action.withBytes { name in action.applies { $0.matches(name) } }
    }

    private func isAboutResource(of request: any PolicyRequest) -> Bool {
        resource.map { isMeant($0, by: request) } ?? true
    }

    private func isMeant(
        _ resource: PolicyStatement.Element<ResourcePattern>, by request: any PolicyRequest
    ) -> Bool {
        var isMeant = false
        request.withResource { name in
            switch resource {
            case .including(let patterns): isMeant = patterns.contains { $0.matches(name, in: request) }
            case .excluding(let patterns): isMeant = !patterns.contains { $0.matches(name, in: request) }
            }
        }
        return isMeant
    }
}

extension PolicyStatement.Element {
    fileprivate func map<Other>(
        _ transform: (Item) throws(PatternError) -> Other
    ) throws(PatternError) -> PolicyStatement.Element<Other> {
        func all(_ items: [Item]) throws(PatternError) -> [Other] {
            var transformed: [Other] = []
            for item in items { transformed.append(try transform(item)) }
            return transformed
        }
        switch self {
        case .including(let items): return .including(try all(items))
        case .excluding(let items): return .excluding(try all(items))
        }
    }

    fileprivate func applies(_ matches: (Item) -> Bool) -> Bool {
        switch self {
        case .including(let items): items.contains(where: matches)
        case .excluding(let items): !items.contains(where: matches)
        }
    }
}
