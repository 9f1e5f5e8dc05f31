import TrellisAPI
import TrellisModel

/// Reads the parameters of an action one by one and collects everything that is wrong with them.
///
/// A `required` method returns a placeholder when it reports a problem; it is never used, because
/// ``TrellisAPI/QueryItems/read(_:)`` then throws.
final class IAMParameters {
    private let items: QueryItems
    private(set) var problems: [InputProblem] = []

    init(_ items: QueryItems) {
        self.items = items
    }

    func has(_ name: String) -> Bool { items[name] != nil }

    func report(_ name: String, value: String?, _ constraint: String) {
        problems.append(InputProblem(field: Self.field(name), value: value, kind: .constraint(constraint)))
    }

    func string(_ name: String, as shape: IAMShape) -> String? {
        items[name].flatMap { check($0, name, as: shape) }
    }

    func required(_ name: String, as shape: IAMShape) -> String {
        guard let text = items[name] else {
            problems.append(InputProblem(field: Self.field(name), kind: .missing))
            return ""
        }
        return check(text, name, as: shape) ?? ""
    }

    func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = items[name] else { return nil }
        guard let number = Int(text) else {
            problems.append(
                InputProblem(field: Self.field(name), value: text, kind: .wrongType(expected: "an integer")))
            return nil
        }
        if number < range.lowerBound {
            report(name, value: text, "Member must have value greater than or equal to \(range.lowerBound)")
        } else if number > range.upperBound {
            report(name, value: text, "Member must have value less than or equal to \(range.upperBound)")
        }
        return number
    }

    func boolean(_ name: String) -> Bool? {
        switch items[name] {
        case nil: return nil
        case "true": return true
        case "false": return false
        case let text?:
            problems.append(
                InputProblem(field: Self.field(name), value: text, kind: .wrongType(expected: "a boolean")))
            return nil
        }
    }

    /// The texts of `<name>.member.1`, `<name>.member.2` and so on, in the order of their numbers.
    func list(_ name: String, as shape: IAMShape, count: ClosedRange<Int>) -> [String] {
        let texts = members(of: name).map { $0.parts[""] ?? "" }
        checkCount(texts.count, name, in: count)
        for (index, text) in texts.enumerated() { _ = check(text, "\(name).\(index + 1).member", as: shape) }
        return texts
    }

    /// The texts of `<name>.member.1.<part>`, `<name>.member.2.<part>` and so on, in the order of their numbers.
    func texts(_ name: String, _ part: String, as shape: IAMShape, count: ClosedRange<Int>) -> [String] {
        let texts = members(of: name).map { $0.parts[part] ?? "" }
        checkCount(texts.count, name, in: count)
        for (index, text) in texts.enumerated() { _ = check(text, "\(name).\(index + 1).member.\(part)", as: shape) }
        return texts
    }

    /// `<name>.member.N.Key` and `<name>.member.N.Value`.
    func tags(_ name: String = "Tags") -> [IdentityTag] {
        let tags = members(of: name).enumerated().map { index, member in
            let place = "\(name).\(index + 1).member"
            for part in ["Key", "Value"] where member.parts[part] == nil {
                problems.append(
                    InputProblem(field: Self.field("\(place).\(part.lowercased())"), kind: .missing))
            }
            return IdentityTag(
                key: member.parts["Key"].flatMap { check($0, "\(place).key", as: .tagKey) } ?? "",
                value: member.parts["Value"].flatMap { check($0, "\(place).value", as: .tagValue) } ?? "")
        }
        checkCount(tags.count, name, in: 0...IAMLimits.tags)
        return tags
    }

    func page() -> IAMPage {
        IAMPage(
            limit: integer("MaxItems", in: IAMPage.limits) ?? IAMPage.defaultLimit,
            marker: string("Marker", as: .marker))
    }

    /// The members of a list, each as its parts by name; the name is empty for a member without parts.
    private func members(of name: String) -> [(number: Int, parts: [String: String])] {
        let prefix = "\(name).member."
        var members: [Int: [String: String]] = [:]
        for item in items.items where item.name.hasPrefix(prefix) {
            let rest = item.name.dropFirst(prefix.count).split(
                separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            guard let number = rest.first.flatMap({ Int($0) }), number > 0 else { continue }
            members[number, default: [:]][rest.count > 1 ? String(rest[1]) : ""] = item.value
        }
        return members.sorted { $0.key < $1.key }.map { (number: $0.key, parts: $0.value) }
    }

    private func checkCount(_ count: Int, _ name: String, in range: ClosedRange<Int>) {
        if count < range.lowerBound {
            report(name, value: nil, "Member must have length greater than or equal to \(range.lowerBound)")
        } else if count > range.upperBound {
            report(name, value: nil, "Member must have length less than or equal to \(range.upperBound)")
        }
    }

    private func check(_ text: String, _ name: String, as shape: IAMShape) -> String? {
        let count = text.unicodeScalars.count
        if count < shape.length.lowerBound {
            report(
                name, value: text, "Member must have length greater than or equal to \(shape.length.lowerBound)")
        } else if count > shape.length.upperBound {
            report(name, value: text, "Member must have length less than or equal to \(shape.length.upperBound)")
        } else if let pattern = shape.pattern, !pattern.matches(text) {
            report(name, value: text, "Member must satisfy regular expression pattern: \(pattern.text)")
        } else {
            return text
        }
        return nil
    }

    /// `roleName` for `RoleName`, as messages name a parameter.
    private static func field(_ name: String) -> String { name.prefix(1).lowercased() + name.dropFirst() }
}
