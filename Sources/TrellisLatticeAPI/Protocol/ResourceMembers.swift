import TrellisAPI
import TrellisModel

/// Everything that answers can say about a resource; each answer shows the members of its shape.
struct ResourceMembers {
    private let members: KeyValuePairs<String, JSONValue?>

    /// - Parameter members: Each name once; members that are `nil` are absent.
    init(_ members: KeyValuePairs<String, JSONValue?>) {
        self.members = members
    }

    var all: JSONValue { showing { _ in true } }

    func showing(_ names: String...) -> JSONValue { showing { names.contains($0) } }

    func showing(allBut names: String...) -> JSONValue { showing { !names.contains($0) } }

    private func showing(_ isShown: (String) -> Bool) -> JSONValue {
        var shown: [String: JSONValue] = [:]
        shown.reserveCapacity(members.count)
        for (name, value) in members where isShown(name) { shown[name] = value }
        return .object(shown)
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
