import TrellisAPI
import TrellisModel

extension InputReader {
    func string(_ name: String, as shape: TextShape) -> String? {
        string(name, length: shape.length, pattern: shape.pattern)
    }

    func requiredString(_ name: String, as shape: TextShape) -> String {
        requiredString(name, length: shape.length, pattern: shape.pattern)
    }

    func label(_ name: String, as shape: TextShape) -> String {
        label(name, length: shape.length, pattern: shape.pattern)
    }

    func queryString(_ name: String, as shape: TextShape) -> String? {
        queryString(name, length: shape.length, pattern: shape.pattern)
    }

    func strings(_ name: String, count: ClosedRange<Int>, as shape: TextShape) -> [String]? {
        strings(name, count: count, length: shape.length, pattern: shape.pattern)
    }

    /// - Parameter placeholder: Returned when a problem is reported; never used.
    func requiredEnumeration<Value>(_ name: String, placeholder: Value) -> Value
    where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
        guard has(name) else {
            reportMissing(name)
            return placeholder
        }
        return enumeration(name) ?? placeholder
    }

    func queryEnumeration<Value>(_ name: String, of type: Value.Type = Value.self) -> Value?
    where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
        guard let text = queryString(name) else { return nil }
        if let value = Value(rawValue: text) { return value }
        let all = Value.allCases.map(\.rawValue).joined(separator: ", ")
        report(name, value: text, "Member must satisfy enum value set: [\(all)]")
        return nil
    }

    func has(_ name: String) -> Bool { presentMembers.contains(name) }

    func reportMissing(_ name: String) { report(name, "Member must not be null") }

    /// A structure of which exactly one member is set.
    ///
    /// - Returns: The structure and the name of the member; `nil` if it is absent or a problem was reported.
    func union(_ name: String, of members: [String]) -> (reader: InputReader, member: String)? {
        guard let reader = object(name) else { return nil }
        let present = reader.presentMembers
        guard present.count == 1, let member = present.first, members.contains(member) else {
            report(name, "Member must have exactly one of [\(members.joined(separator: ", "))]")
            return nil
        }
        return (reader, member)
    }

    func requiredUnion(_ name: String, of members: [String]) -> (reader: InputReader, member: String)? {
        guard has(name) else {
            reportMissing(name)
            return nil
        }
        return union(name, of: members)
    }

    func page() -> PageRequest {
        PageRequest(
            limit: queryInteger("maxResults", in: LatticeShapes.maxResults) ?? LatticeShapes.maxResults.upperBound,
            nextToken: queryString("nextToken", as: LatticeShapes.nextToken))
    }

    func clientToken() -> String? { string("clientToken", as: LatticeShapes.clientToken) }
}
