import TrellisAPI
import TrellisModel

/// Everything that answers can say about a resource; each answer shows the members of its shape.
struct ResourceMembers {
    private let members: [String: JSONValue]

    /// Members that are `nil` are absent.
    init(_ members: [String: JSONValue?]) {
        self.members = members.compactMapValues(\.self)
    }

    var all: JSONValue { .object(members) }

    func showing(_ names: String...) -> JSONValue {
        let wanted = Set(names)
        return .object(members.filter { wanted.contains($0.key) })
    }

    func showing(allBut names: String...) -> JSONValue {
        let unwanted = Set(names)
        return .object(members.filter { !unwanted.contains($0.key) })
    }
}

extension JSONValue {
    static func number(_ number: Int) -> JSONValue { .integer(Int64(number)) }

    static func time(_ timestamp: Timestamp) -> JSONValue { .string(timestamp.iso8601) }

    static func id<Kind: ResourceKind>(_ id: ResourceID<Kind>) -> JSONValue { .string(id.rawValue) }

    static func strings(_ texts: [String]) -> JSONValue { .array(texts.map(JSONValue.string)) }

    static func raw<Value: RawRepresentable>(_ value: Value) -> JSONValue where Value.RawValue == String {
        .string(value.rawValue)
    }
}

extension DNSEntry {
    var json: JSONValue {
        .object(["domainName": .string(domainName), "hostedZoneId": .string(hostedZoneID)])
    }
}
