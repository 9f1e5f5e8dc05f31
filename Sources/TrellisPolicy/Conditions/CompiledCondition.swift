/// One operator with one key, ready for requests; an object, so that to look at it copies nothing.
///
/// - Source: reference identity.md, "Operators", table of situations. A key with several values and no quantifier is
///   chosen to need one value that fits.
final class CompiledCondition: Sendable {
    let condition: PolicyCondition
    private let key: ConditionKey
    private let values: [ConditionValue]

    init(_ condition: PolicyCondition, version: PolicyDocument.Version) throws(PatternError) {
        self.condition = condition
        key = ConditionKey(condition.key)
        var values: [ConditionValue] = []
        for value in condition.values {
            values.append(try ConditionValue(value, for: condition.test.comparison, version: version))
        }
        self.values = values
    }

    func holds(for request: any PolicyRequest) -> Bool {
        let test = condition.test
        if test.comparison == .absence {
            let isAbsent = !isPresent(in: request)
            return values.contains { $0.flag == isAbsent }
        }
        let needsAll = test.quantifier == .allValues
        var isPresent = false
        var holds = needsAll
        request.forEachValue(ofAny: key) { value in
            isPresent = true
            holds = accepts(value, in: request)
            return holds == needsAll
        }
        if isPresent { return holds }
        return switch test.quantifier {
        case .allValues: true
        case .anyValue: test.holdsIfAbsent
        case nil: test.holdsIfAbsent || test.isNegated
        }
    }

    private func isPresent(in request: any PolicyRequest) -> Bool {
        var isPresent = false
        request.forEachValue(ofAny: key) { _ in
            isPresent = true
            return false
        }
        return isPresent
    }

    /// Whether one of the policy's values matches, or none of them for a negated operator.
    ///
    /// A value that cannot be read as the operator's type fails both.
    private func accepts(_ value: UnsafeBufferPointer<UInt8>, in request: any PolicyRequest) -> Bool {
        var isMatched = false
        for expected in values {
            switch expected.match(value, in: request) {
            case .unreadable: return false
            case .match: isMatched = true
            case .noMatch: break
            }
            if isMatched { break }
        }
        return isMatched != condition.test.isNegated
    }
}
