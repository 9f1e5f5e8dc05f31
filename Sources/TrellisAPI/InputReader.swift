import NIOCore

/// A field of the input that breaks a constraint of its shape.
package struct InputProblem: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// A required field that is not there.
        case missing
        /// The JSON value is of another type than the shape, for example a number where a string belongs.
        case wrongType(expected: String)
        /// In AWS's words, for example `Member must have length less than or equal to 40`.
        case constraint(String)
    }

    /// The path of the field: `action.forward.targetGroups[0].weight`.
    package var field: String
    /// The offending value as text; `nil` if it is missing or not a scalar.
    package var value: String?
    package var kind: Kind

    package init(field: String, value: String? = nil, kind: Kind) {
        self.field = field
        self.value = value
        self.kind = kind
    }

    /// `Value 'x' at 'name' failed to satisfy constraint: Member must …`, the common AWS form.
    package var sentence: String {
        let shown = value.map { "'\($0)'" } ?? "null"
        return "Value \(shown) at '\(field)' failed to satisfy constraint: \(constraintText)"
    }

    /// Only what the field must be.
    package var constraintText: String {
        switch kind {
        case .missing: "Member must not be null"
        case .wrongType(let expected): "Member must be \(expected)"
        case .constraint(let text): text
        }
    }
}

/// Every problem of one request.
package struct InvalidInput: Error, Hashable {
    package var problems: [InputProblem]

    package init(problems: [InputProblem]) {
        self.problems = problems
    }
}

/// Reads the members of a request one by one and collects everything that is wrong with them.
///
/// A `required…` method returns a placeholder when it reports a problem; the placeholder is never used because
/// ``APICall/read(_:)`` then throws.
package struct InputReader {
    private final class Collector {
        var problems: [InputProblem] = []
    }

    private let members: [String: JSONValue]
    private let path: String
    private let labels: [String: String]
    private let query: QueryItems
    private let collector: Collector

    fileprivate init(members: [String: JSONValue], labels: [String: String], query: QueryItems) {
        self.init(members: members, path: "", labels: labels, query: query, collector: Collector())
    }

    private init(
        members: [String: JSONValue], path: String, labels: [String: String], query: QueryItems, collector: Collector
    ) {
        self.members = members
        self.path = path
        self.labels = labels
        self.query = query
        self.collector = collector
    }

    fileprivate var problems: [InputProblem] { collector.problems }

    /// The names of the members present, for shapes that are unions or refuse others.
    package var presentMembers: Set<String> {
        Set(members.filter { $0.value != .null }.keys)
    }

    /// Reports a rule that only the operation knows.
    package func report(_ name: String, value: String? = nil, _ constraint: String) {
        collector.problems.append(
            InputProblem(field: path + name, value: value, kind: .constraint(constraint)))
    }

    // MARK: Strings

    package func string(
        _ name: String, length: ClosedRange<Int>? = nil, pattern: TextPattern? = nil
    ) -> String? {
        guard let value = member(name) else { return nil }
        guard case .string(let text) = value else { return wrongType(name, value, expected: "a string") }
        return check(text, name, length: length, pattern: pattern)
    }

    package func requiredString(
        _ name: String, length: ClosedRange<Int>? = nil, pattern: TextPattern? = nil
    ) -> String {
        guard member(name) != nil else { return missing(name, placeholder: "") }
        return string(name, length: length, pattern: pattern) ?? ""
    }

    /// A path label; always present because the path matched.
    package func label(_ name: String, length: ClosedRange<Int>? = nil, pattern: TextPattern? = nil) -> String {
        check(labels[name] ?? "", name, length: length, pattern: pattern) ?? ""
    }

    /// A number in the path; a text that is none is reported and reads as 0.
    package func labelInteger(_ name: String) -> Int {
        let text = labels[name] ?? ""
        return Int(text) ?? wrongType(name, .string(text), expected: "an integer") ?? 0
    }

    package func queryString(
        _ name: String, length: ClosedRange<Int>? = nil, pattern: TextPattern? = nil
    ) -> String? {
        query[name].flatMap { check($0, name, length: length, pattern: pattern) }
    }

    package func requiredQueryString(
        _ name: String, length: ClosedRange<Int>? = nil, pattern: TextPattern? = nil
    ) -> String {
        guard query[name] != nil else { return missing(name, placeholder: "") }
        return queryString(name, length: length, pattern: pattern) ?? ""
    }

    package func queryStrings(_ name: String) -> [String] { query.values(name) }

    package func queryInteger(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = query[name] else { return nil }
        guard let number = Int(text) else { return wrongType(name, .string(text), expected: "an integer") }
        return check(number, name, in: range)
    }

    package func enumeration<Value>(_ name: String, of type: Value.Type = Value.self) -> Value?
    where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
        guard let text = string(name) else { return nil }
        if let value = Value(rawValue: text) { return value }
        let all = Value.allCases.map(\.rawValue).joined(separator: ", ")
        report(name, value: text, "Member must satisfy enum value set: [\(all)]")
        return nil
    }

    // MARK: Numbers and flags

    package func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = member(name) else { return nil }
        switch value {
        case .integer(let number):
            return check(Int(number), name, in: range)
        case .double(let number) where number.rounded() == number && abs(number) < 1e15:
            return check(Int(number), name, in: range)
        default:
            return wrongType(name, value, expected: "an integer")
        }
    }

    package func requiredInteger(_ name: String, in range: ClosedRange<Int>) -> Int {
        guard member(name) != nil else { return missing(name, placeholder: range.lowerBound) }
        return integer(name, in: range) ?? range.lowerBound
    }

    package func number(_ name: String, in range: ClosedRange<Double>) -> Double? {
        guard let value = member(name) else { return nil }
        let number: Double
        switch value {
        case .integer(let whole): number = Double(whole)
        case .double(let double): number = double
        default: return wrongType(name, value, expected: "a number")
        }
        guard range.contains(number) else {
            let bound =
                number < range.lowerBound
                ? "greater than or equal to \(range.lowerBound)" : "less than or equal to \(range.upperBound)"
            report(name, value: "\(number)", "Member must have value \(bound)")
            return nil
        }
        return number
    }

    package func boolean(_ name: String) -> Bool? {
        guard let value = member(name) else { return nil }
        guard case .boolean(let flag) = value else { return wrongType(name, value, expected: "a boolean") }
        return flag
    }

    // MARK: Structures, lists and maps

    package func object(_ name: String) -> InputReader? {
        guard let value = member(name) else { return nil }
        guard case .object(let members) = value else { return wrongType(name, value, expected: "a structure") }
        return nested(members, name)
    }

    package func requiredObject(_ name: String) -> InputReader {
        guard member(name) != nil else { return missing(name, placeholder: nested([:], name)) }
        return object(name) ?? nested([:], name)
    }

    package func objects(_ name: String, count: ClosedRange<Int>) -> [InputReader]? {
        guard let elements = list(name, count: count) else { return nil }
        return elements.enumerated().compactMap { index, element in
            let elementName = "\(name)[\(index)]"
            guard case .object(let members) = element else {
                return wrongType(elementName, element, expected: "a structure")
            }
            return nested(members, elementName)
        }
    }

    package func requiredObjects(_ name: String, count: ClosedRange<Int>) -> [InputReader] {
        guard member(name) != nil else { return missing(name, placeholder: []) }
        return objects(name, count: count) ?? []
    }

    package func strings(
        _ name: String, count: ClosedRange<Int>, length: ClosedRange<Int>? = nil, pattern: TextPattern? = nil
    ) -> [String]? {
        guard let elements = list(name, count: count) else { return nil }
        return elements.enumerated().compactMap { index, element in
            let elementName = "\(name)[\(index)]"
            guard case .string(let text) = element else {
                return wrongType(elementName, element, expected: "a string")
            }
            return check(text, elementName, length: length, pattern: pattern)
        }
    }

    package func stringMap(
        _ name: String, count: ClosedRange<Int>, keyLength: ClosedRange<Int>? = nil,
        keyPattern: TextPattern? = nil, valueLength: ClosedRange<Int>? = nil
    ) -> [String: String]? {
        guard let value = member(name) else { return nil }
        guard case .object(let members) = value else { return wrongType(name, value, expected: "a map") }
        guard checkCount(members.count, name, in: count) else { return nil }
        var result: [String: String] = [:]
        for (key, value) in members {
            _ = check(key, name, length: keyLength, pattern: keyPattern)
            guard case .string(let text) = value else {
                _ = wrongType("\(name).\(key)", value, expected: "a string") as String?
                continue
            }
            result[key] = check(text, "\(name).\(key)", length: valueLength, pattern: nil)
        }
        return result
    }

    // MARK: Checks

    private func member(_ name: String) -> JSONValue? {
        guard let value = members[name], value != .null else { return nil }
        return value
    }

    private func nested(_ members: [String: JSONValue], _ name: String) -> InputReader {
        InputReader(
            members: members, path: "\(path)\(name).", labels: labels, query: query, collector: collector)
    }

    private func list(_ name: String, count: ClosedRange<Int>) -> [JSONValue]? {
        guard let value = member(name) else { return nil }
        guard case .array(let elements) = value else { return wrongType(name, value, expected: "a list") }
        return checkCount(elements.count, name, in: count) ? elements : nil
    }

    private func missing<Value>(_ name: String, placeholder: Value) -> Value {
        collector.problems.append(InputProblem(field: path + name, kind: .missing))
        return placeholder
    }

    private func wrongType<Value>(_ name: String, _ value: JSONValue, expected: String) -> Value? {
        let shown: String?
        switch value {
        case .string(let text): shown = text
        case .integer(let number): shown = String(number)
        case .double(let number): shown = String(number)
        case .boolean(let flag): shown = String(flag)
        case .null, .array, .object: shown = nil
        }
        collector.problems.append(
            InputProblem(field: path + name, value: shown, kind: .wrongType(expected: expected)))
        return nil
    }

    private func check(
        _ text: String, _ name: String, length: ClosedRange<Int>?, pattern: TextPattern?
    ) -> String? {
        let count = text.unicodeScalars.count
        if let length, count < length.lowerBound {
            report(name, value: text, "Member must have length greater than or equal to \(length.lowerBound)")
            return nil
        }
        if let length, count > length.upperBound {
            report(name, value: text, "Member must have length less than or equal to \(length.upperBound)")
            return nil
        }
        if let pattern, !pattern.matches(text) {
            report(name, value: text, "Member must satisfy regular expression pattern: \(pattern.text)")
            return nil
        }
        return text
    }

    private func check(_ number: Int, _ name: String, in range: ClosedRange<Int>) -> Int? {
        if number < range.lowerBound {
            report(
                name, value: String(number), "Member must have value greater than or equal to \(range.lowerBound)")
            return nil
        }
        if number > range.upperBound {
            report(name, value: String(number), "Member must have value less than or equal to \(range.upperBound)")
            return nil
        }
        return number
    }

    private func checkCount(_ count: Int, _ name: String, in range: ClosedRange<Int>) -> Bool {
        if count < range.lowerBound {
            report(name, "Member must have length greater than or equal to \(range.lowerBound)")
            return false
        }
        if count > range.upperBound {
            report(name, "Member must have length less than or equal to \(range.upperBound)")
            return false
        }
        return true
    }
}

extension APICall {
    /// Reads the whole input, then throws if anything in it was wrong.
    ///
    /// - Throws: ``InvalidInput`` with every problem, or ``ProtocolError/malformedBody(reason:)``.
    package func read<Input>(_ build: (InputReader) throws -> Input) throws -> Input {
        let reader = InputReader(members: try bodyMembers(), labels: labels, query: query)
        let input = try build(reader)
        guard reader.problems.isEmpty else { throw InvalidInput(problems: reader.problems) }
        return input
    }

    /// An empty body reads as an empty structure.
    private func bodyMembers() throws(ProtocolError) -> [String: JSONValue] {
        guard body.readableBytes > 0 else { return [:] }
        guard case .object(let members) = try JSONValue(parsing: body.readableBytesView) else {
            throw .malformedBody(reason: "the body must be a JSON object")
        }
        return members
    }
}
