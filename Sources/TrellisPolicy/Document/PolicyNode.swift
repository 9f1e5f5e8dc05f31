/// A JSON value of a policy document with its path, for messages.
struct PolicyNode {
    let node: JSONNode
    let path: String

    func error(_ message: String) -> PolicyDocumentError {
        PolicyDocumentError(message, path: path, offset: node.offset)
    }

    var string: String {
        get throws(PolicyDocumentError) {
            guard case .string(let text) = node.value else { throw error("Syntax error in policy: expected a string") }
            return text
        }
    }

    /// A string, number or boolean as text, as conditions take them.
    var scalar: String {
        get throws(PolicyDocumentError) {
            switch node.value {
            case .string(let text), .number(let text): return text
            case .boolean(let flag): return flag ? "true" : "false"
            case .null, .array, .object:
                throw error("Syntax error in policy: expected a string, a number or a boolean")
            }
        }
    }

    /// The elements of a list; any other value stands for a list of itself.
    var list: [PolicyNode] {
        guard case .array(let elements) = node.value else { return [self] }
        return elements.enumerated().map { PolicyNode(node: $1, path: "\(path)[\($0)]") }
    }

    /// The members in order.
    var entries: [(name: String, node: PolicyNode)] {
        get throws(PolicyDocumentError) {
            guard case .object(let members) = node.value else {
                throw error("Syntax error in policy: expected an object")
            }
            return members.map { ($0.name, PolicyNode(node: $0.node, path: "\(path).\($0.name)")) }
        }
    }

    /// The members by name, of which none may be unknown.
    func members(knowing known: Set<String>) throws(PolicyDocumentError) -> [String: PolicyNode] {
        guard case .object(let members) = node.value else {
            throw error("Syntax error in policy: expected an object")
        }
        var found: [String: PolicyNode] = [:]
        for member in members {
            guard known.contains(member.name) else {
                throw PolicyDocumentError("Has unknown field \(member.name)", path: path, offset: member.offset)
            }
            found[member.name] = PolicyNode(node: member.node, path: "\(path).\(member.name)")
        }
        return found
    }
}
