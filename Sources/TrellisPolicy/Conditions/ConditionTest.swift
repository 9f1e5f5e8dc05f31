/// A condition operator with its prefix and suffix: `ForAnyValue:StringNotEqualsIfExists`.
///
/// - Source: reference identity.md, "Operators".
package struct ConditionTest: Hashable, Sendable {
    package enum Quantifier: String, Hashable, Sendable, CaseIterable {
        case anyValue = "ForAnyValue:"
        case allValues = "ForAllValues:"
    }

    package enum Comparison: Hashable, Sendable {
        case string
        case stringIgnoringCase
        case stringLike
        case number(Order)
        case date(Order)
        case boolean
        case binary
        case address
        case arn
        /// Whether the key is absent.
        case absence
    }

    package enum Order: Hashable, Sendable {
        case equal
        case less
        case lessOrEqual
        case greater
        case greaterOrEqual

        func holds<Value: Comparable>(_ value: Value, _ expected: Value) -> Bool {
            switch self {
            case .equal: value == expected
            case .less: value < expected
            case .lessOrEqual: value <= expected
            case .greater: value > expected
            case .greaterOrEqual: value >= expected
            }
        }
    }

    package var quantifier: Quantifier?
    package var comparison: Comparison
    /// `…Not…`: none of the policy's values may match, and an absent key holds.
    package var isNegated: Bool
    /// `…IfExists`: an absent key holds.
    package var holdsIfAbsent: Bool
    /// As written.
    package var name: String

    /// - Returns: `nil` if there is no such operator.
    package init?(_ name: String) {
        var rest = name[...]
        quantifier = Quantifier.allCases.first { rest.hasPrefix($0.rawValue) }
        if let quantifier { rest = rest.dropFirst(quantifier.rawValue.count) }
        holdsIfAbsent = rest.hasSuffix("IfExists")
        if holdsIfAbsent { rest = rest.dropLast("IfExists".count) }
        guard let (comparison, isNegated) = Self.operators[String(rest)] else { return nil }
        // Neither a set nor an absent key says anything to a test of absence.
        if comparison == .absence, quantifier != nil || holdsIfAbsent { return nil }
        self.comparison = comparison
        self.isNegated = isNegated
        self.name = name
    }

    private static let operators: [String: (Comparison, isNegated: Bool)] = [
        "StringEquals": (.string, false), "StringNotEquals": (.string, true),
        "StringEqualsIgnoreCase": (.stringIgnoringCase, false),
        "StringNotEqualsIgnoreCase": (.stringIgnoringCase, true),
        "StringLike": (.stringLike, false), "StringNotLike": (.stringLike, true),
        "NumericEquals": (.number(.equal), false), "NumericNotEquals": (.number(.equal), true),
        "NumericLessThan": (.number(.less), false), "NumericLessThanEquals": (.number(.lessOrEqual), false),
        "NumericGreaterThan": (.number(.greater), false),
        "NumericGreaterThanEquals": (.number(.greaterOrEqual), false),
        "DateEquals": (.date(.equal), false), "DateNotEquals": (.date(.equal), true),
        "DateLessThan": (.date(.less), false), "DateLessThanEquals": (.date(.lessOrEqual), false),
        "DateGreaterThan": (.date(.greater), false), "DateGreaterThanEquals": (.date(.greaterOrEqual), false),
        "Bool": (.boolean, false), "BinaryEquals": (.binary, false),
        "IpAddress": (.address, false), "NotIpAddress": (.address, true),
        "ArnEquals": (.arn, false), "ArnLike": (.arn, false),
        "ArnNotEquals": (.arn, true), "ArnNotLike": (.arn, true),
        "Null": (.absence, false),
    ]
}
