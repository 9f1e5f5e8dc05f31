import TrellisAPI

/// A condition on a JSON object: `{ ($.level = "ERROR" || $.latency > 100) && $.user.name = "a*" }`.
///
/// - Source: CloudWatch Logs User Guide, "Filter pattern syntax", "Using filter patterns to match terms in JSON log
///   events".
indirect enum JSONCondition: Sendable {
    enum Comparison: String, Sendable {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case greater = ">"
        case lessOrEqual = "<="
        case greaterOrEqual = ">="
    }

    enum Step: Hashable, Sendable {
        case member(String)
        case index(Int)
        /// Any element of an array.
        case anyElement
    }

    case all([JSONCondition])
    case any([JSONCondition])
    /// - Parameter text: `*` in it is any text.
    case text([Step], isEqual: Bool, text: String)
    case number([Step], Comparison, Double)
    case isTrue([Step], Bool)
    case isNull([Step])
    case exists([Step], Bool)

    func holds(for value: JSONValue) -> Bool {
        switch self {
        case .all(let conditions): conditions.allSatisfy { $0.holds(for: value) }
        case .any(let conditions): conditions.contains { $0.holds(for: value) }
        case .text(let path, let isEqual, let text):
            Self.values(at: path[...], of: value).contains { found in
                found.comparedText.map { Self.wildcard(text, matches: $0) == isEqual } ?? false
            }
        case .number(let path, let comparison, let number):
            Self.values(at: path[...], of: value).contains { found in
                found.number.map { Self.compare($0, comparison, number) } ?? false
            }
        case .isTrue(let path, let expected):
            Self.values(at: path[...], of: value).contains(.boolean(expected))
        case .isNull(let path): Self.values(at: path[...], of: value).contains(.null)
        case .exists(let path, let expected): Self.values(at: path[...], of: value).isEmpty != expected
        }
    }

    private static func values(at path: ArraySlice<Step>, of value: JSONValue) -> [JSONValue] {
        guard let step = path.first else { return [value] }
        let rest = path.dropFirst()
        switch (step, value) {
        case (.member(let name), .object(let members)):
            return members[name].map { values(at: rest, of: $0) } ?? []
        case (.index(let index), .array(let elements)):
            return elements.indices.contains(index) ? values(at: rest, of: elements[index]) : []
        case (.anyElement, .array(let elements)):
            return elements.flatMap { values(at: rest, of: $0) }
        default: return []
        }
    }

    private static func compare(_ left: Double, _ comparison: Comparison, _ right: Double) -> Bool {
        switch comparison {
        case .equal: left == right
        case .notEqual: left != right
        case .less: left < right
        case .greater: left > right
        case .lessOrEqual: left <= right
        case .greaterOrEqual: left >= right
        }
    }

    /// - Parameter pattern: `*` stands for any text; the work is at most the product of both lengths.
    static func wildcard(_ pattern: String, matches text: String) -> Bool {
        let (pattern, text) = (Array(pattern.utf8), Array(text.utf8))
        var (inPattern, inText) = (0, 0)
        var retry: (pattern: Int, text: Int)?
        while inText < text.count {
            if inPattern < pattern.count, pattern[inPattern] == UInt8(ascii: "*") {
                inPattern += 1
                retry = (inPattern, inText)
            } else if inPattern < pattern.count, pattern[inPattern] == text[inText] {
                inPattern += 1
                inText += 1
            } else if let last = retry {
                inPattern = last.pattern
                inText = last.text + 1
                retry = (last.pattern, inText)
            } else {
                return false
            }
        }
        return pattern[inPattern...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

extension JSONValue {
    fileprivate var number: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    /// What a text in quotes is compared with: a number too, as it is written.
    fileprivate var comparedText: String? {
        switch self {
        case .string(let text): text
        case .integer(let number): String(number)
        case .double(let number): "\(number)"
        case .null, .boolean, .array, .object: nil
        }
    }
}
