import TrellisAPI

/// A shape of the published model, to hold an answer against.
struct ModelShape {
    var name: String

    /// What is wrong with a value: unknown or missing members, other types, values outside an enumeration or bounds.
    ///
    /// - Parameter newer: Members of this structure that the model does not know yet.
    func problems(with value: JSONValue, at path: String, newer: Set<String> = []) -> [String] {
        guard let shape = BotocoreModel.service?["shapes"]?[name] else { return ["\(path): no shape \(name)"] }
        switch (shape["type"]?.text ?? "", value) {
        case ("structure", .object(let members)):
            return problems(withMembers: members, of: shape, at: path, newer: newer)
        case ("list", .array(let elements)):
            let element = ModelShape(name: shape["member"]?["shape"]?.text ?? "")
            return outOfBounds(elements.count, shape, at: path)
                + elements.enumerated().flatMap { element.problems(with: $1, at: "\(path)[\($0)]") }
        case ("map", .object(let members)):
            let element = ModelShape(name: shape["value"]?["shape"]?.text ?? "")
            return members.flatMap { element.problems(with: $1, at: "\(path).\($0)") }
        case ("string", .string(let text)):
            let allowed = shape["enum"]?.elements.compactMap(\.text) ?? []
            let outside = allowed.isEmpty || allowed.contains(text) ? [] : ["\(path): '\(text)' is not in the enum"]
            return outOfBounds(text.unicodeScalars.count, shape, at: path) + outside
        case ("integer", .integer(let number)), ("long", .integer(let number)):
            return outOfBounds(Int(number), shape, at: path)
        case ("boolean", .boolean):
            return []
        case ("timestamp", .string(let text)):
            let form = text.map { $0.isNumber ? "0" : String($0) }.joined()
            return form == "0000-00-00T00:00:00.000Z" ? [] : ["\(path): '\(text)' is not a timestamp"]
        default:
            return ["\(path): \(value) is not of shape \(name)"]
        }
    }

    private func problems(
        withMembers members: [String: JSONValue], of shape: JSONValue, at path: String, newer: Set<String>
    ) -> [String] {
        let required = shape["required"]?.elements.compactMap(\.text) ?? []
        let missing = required.filter { members[$0] == nil }.map { "\(path): \($0) is missing" }
        return missing
            + members.flatMap { member, value -> [String] in
                guard let memberShape = shape["members"]?[member]?["shape"]?.text else {
                    return newer.contains(member) ? [] : ["\(path): \(name) has no member \(member)"]
                }
                return ModelShape(name: memberShape).problems(with: value, at: "\(path).\(member)")
            }
    }

    private func outOfBounds(_ size: Int, _ shape: JSONValue, at path: String) -> [String] {
        if let least = shape["min"]?.number, size < least { return ["\(path): \(size) is less than \(least)"] }
        if let most = shape["max"]?.number, size > most { return ["\(path): \(size) is more than \(most)"] }
        return []
    }
}
