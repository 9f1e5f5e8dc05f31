/// Reads the condition between the braces of a filter pattern.
struct JSONConditionParser {
    /// Parentheses in parentheses; a pattern has 1,024 characters at most.
    private static let deepest = 32

    private var rest: ArraySlice<Unicode.Scalar>
    private var depth = 0

    /// - Parameter text: With its braces.
    static func parse(_ text: String) throws(LogFilterPatternError) -> JSONCondition {
        var parser = JSONConditionParser(rest: Array(text.unicodeScalars)[...])
        try parser.expect("{")
        let condition = try parser.anyOf()
        try parser.expect("}")
        parser.skipSpace()
        guard parser.rest.isEmpty else { throw LogFilterPatternError(reason: "there is text after the last brace") }
        return condition
    }

    private init(rest: ArraySlice<Unicode.Scalar>) {
        self.rest = rest
    }

    private mutating func anyOf() throws(LogFilterPatternError) -> JSONCondition {
        var conditions = [try allOf()]
        while take("||") { conditions.append(try allOf()) }
        return conditions.count == 1 ? conditions[0] : .any(conditions)
    }

    private mutating func allOf() throws(LogFilterPatternError) -> JSONCondition {
        var conditions = [try single()]
        while take("&&") { conditions.append(try single()) }
        return conditions.count == 1 ? conditions[0] : .all(conditions)
    }

    private mutating func single() throws(LogFilterPatternError) -> JSONCondition {
        guard take("(") else { return try comparison() }
        depth += 1
        guard depth <= Self.deepest else { throw LogFilterPatternError(reason: "too many parentheses") }
        let condition = try anyOf()
        try expect(")")
        depth -= 1
        return condition
    }

    private mutating func comparison() throws(LogFilterPatternError) -> JSONCondition {
        let path = try selector()
        if takeWord("IS") { return try isCondition(path) }
        if takeWord("NOT") {
            guard takeWord("EXISTS") else { throw LogFilterPatternError(reason: "NOT must be followed by EXISTS") }
            return .exists(path, false)
        }
        if takeWord("EXISTS") { return .exists(path, true) }
        let signs: [JSONCondition.Comparison] = [.notEqual, .lessOrEqual, .greaterOrEqual, .equal, .less, .greater]
        for sign in signs where take(sign.rawValue) { return try comparison(path, sign) }
        throw LogFilterPatternError(reason: "a comparison is missing after a selector")
    }

    private mutating func isCondition(
        _ path: [JSONCondition.Step]
    ) throws(LogFilterPatternError) -> JSONCondition {
        if takeWord("TRUE") { return .isTrue(path, true) }
        if takeWord("FALSE") { return .isTrue(path, false) }
        if takeWord("NULL") { return .isNull(path) }
        throw LogFilterPatternError(reason: "IS must be followed by TRUE, FALSE or NULL")
    }

    private mutating func comparison(
        _ path: [JSONCondition.Step], _ sign: JSONCondition.Comparison
    ) throws(LogFilterPatternError) -> JSONCondition {
        skipSpace()
        guard let first = rest.first else { throw LogFilterPatternError(reason: "a value is missing") }
        if first == "%" {
            throw LogFilterPatternError(reason: "regular expressions are not supported by this Trellis")
        }
        let isQuoted = first == "\""
        let text = isQuoted ? try QuotedText.take(&rest) : takeBareValue()
        guard isQuoted || !text.isEmpty else { throw LogFilterPatternError(reason: "a value is missing") }
        if !isQuoted, let number = Double(text), number.isFinite { return .number(path, sign, number) }
        switch sign {
        case .equal: return .text(path, isEqual: true, text: text)
        case .notEqual: return .text(path, isEqual: false, text: text)
        default: throw LogFilterPatternError(reason: "\(sign.rawValue) needs a number")
        }
    }

    /// Up to white space or what ends a condition.
    private mutating func takeBareValue() -> String {
        let value = rest.prefix { !$0.properties.isWhitespace && !"(){}|&".unicodeScalars.contains($0) }
        rest = rest.dropFirst(value.count)
        return text(value)
    }

    // MARK: Selectors

    /// `$.a.b[0]["c d"]`.
    private mutating func selector() throws(LogFilterPatternError) -> [JSONCondition.Step] {
        guard take("$") else { throw LogFilterPatternError(reason: "a selector must begin with $") }
        var path: [JSONCondition.Step] = []
        while let next = rest.first {
            if next == "." {
                rest = rest.dropFirst()
                let name = rest.prefix { isNameScalar($0) }
                guard !name.isEmpty else { throw LogFilterPatternError(reason: "a name is missing after a dot") }
                path.append(.member(text(name)))
                rest = rest.dropFirst(name.count)
            } else if next == "[" {
                rest = rest.dropFirst()
                path.append(try bracket())
            } else {
                break
            }
        }
        guard !path.isEmpty else { throw LogFilterPatternError(reason: "a selector must name a member") }
        return path
    }

    private mutating func bracket() throws(LogFilterPatternError) -> JSONCondition.Step {
        skipSpace()
        let step: JSONCondition.Step
        if rest.first == "\"" {
            step = .member(try QuotedText.take(&rest))
        } else if take("*") {
            step = .anyElement
        } else {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            rest = rest.dropFirst(digits.count)
            guard let index = Int(text(digits)) else {
                throw LogFilterPatternError(reason: "an index must be a number, * or a name in double quotes")
            }
            step = .index(index)
        }
        try expect("]")
        return step
    }

    private func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil || "_-@".unicodeScalars.contains(scalar)
    }

    // MARK: Tokens

    private func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        String(String.UnicodeScalarView(scalars))
    }

    private mutating func skipSpace() {
        rest = rest.drop { $0.properties.isWhitespace }
    }

    private mutating func take(_ token: String) -> Bool {
        skipSpace()
        guard rest.starts(with: token.unicodeScalars) else { return false }
        rest = rest.dropFirst(token.unicodeScalars.count)
        return true
    }

    /// A word that is not the beginning of a longer one.
    private mutating func takeWord(_ word: String) -> Bool {
        skipSpace()
        guard rest.starts(with: word.unicodeScalars),
            !(rest.dropFirst(word.unicodeScalars.count).first.map(isNameScalar) ?? false)
        else { return false }
        return take(word)
    }

    private mutating func expect(_ token: String) throws(LogFilterPatternError) {
        guard take(token) else { throw LogFilterPatternError(reason: "'\(token)' is missing") }
    }
}
