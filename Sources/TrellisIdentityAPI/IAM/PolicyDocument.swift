import TrellisAPI

/// Where a policy document is used, which decides what its statements must have.
package enum PolicyDocumentKind: Hashable, Sendable {
    /// Who may assume a role: with principals, without resources.
    case trust
    /// What an identity may do: with resources, without principals.
    case identity
}

/// Says what is wrong with a policy document, in the words of MalformedPolicyDocument; `nil` if nothing is.
package typealias PolicyDocumentCheck = @Sendable (_ document: String, PolicyDocumentKind) -> String?

/// The syntax and the elements of a policy document, without a look at what the elements say.
///
/// - Source: reference identity.md §4.1; the sentences are those of IAM where they are known.
package enum PolicyDocumentStructure {
    @Sendable package static func problem(_ document: String, _ kind: PolicyDocumentKind) -> String? {
        guard let value = try? JSONValue(parsing: document.utf8) else { return "This policy contains invalid Json" }
        guard case .object(let members) = value else { return syntaxError }
        do {
            try check(members, kind)
            return nil
        } catch {
            return error.sentence
        }
    }

    private static let syntaxError = "Syntax errors in policy."

    private struct Problem: Error {
        var sentence: String
    }

    private static func check(_ members: [String: JSONValue], _ kind: PolicyDocumentKind) throws(Problem) {
        try onlyKnown(members, ["Version", "Id", "Statement"])
        if let version = members["Version"] {
            guard version == "2012-10-17" || version == "2008-10-17" else { throw Problem(sentence: syntaxError) }
        }
        if let id = members["Id"] { guard case .string = id else { throw Problem(sentence: syntaxError) } }
        let statements: [JSONValue]
        switch members["Statement"] {
        case nil: throw Problem(sentence: "Missing required field Statement")
        case .array(let list)?: statements = list
        case let statement?: statements = [statement]
        }
        guard !statements.isEmpty else { throw Problem(sentence: syntaxError) }
        for statement in statements {
            guard case .object(let elements) = statement else { throw Problem(sentence: syntaxError) }
            try check(statement: elements, kind)
        }
    }

    private static func check(
        statement: [String: JSONValue], _ kind: PolicyDocumentKind
    ) throws(Problem) {
        try onlyKnown(
            statement,
            [
                "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource",
                "Condition",
            ])
        guard let effect = statement["Effect"] else { throw Problem(sentence: "Missing required field Effect") }
        guard effect == "Allow" || effect == "Deny" else {
            throw Problem(sentence: "Invalid effect: the effect must be Allow or Deny")
        }
        if let sid = statement["Sid"] { guard case .string = sid else { throw Problem(sentence: syntaxError) } }
        if let condition = statement["Condition"] {
            guard case .object = condition else { throw Problem(sentence: syntaxError) }
        }
        try exactlyOne(statement, "Action", isValid: isTexts)
        switch kind {
        case .trust:
            try none(statement, "Resource")
            try exactlyOne(statement, "Principal", isValid: isPrincipal)
        case .identity:
            try none(statement, "Principal")
            try exactlyOne(statement, "Resource", isValid: isTexts)
        }
    }

    /// An element or the one that negates it, and not both.
    private static func exactlyOne(
        _ statement: [String: JSONValue], _ name: String, isValid: (JSONValue) -> Bool
    ) throws(Problem) {
        let present = [name, "Not\(name)"].compactMap { statement[$0] }
        guard let element = present.first else { throw Problem(sentence: "Missing required field \(name)") }
        guard present.count == 1, isValid(element) else { throw Problem(sentence: syntaxError) }
    }

    private static func none(_ statement: [String: JSONValue], _ name: String) throws(Problem) {
        for name in [name, "Not\(name)"] where statement[name] != nil {
            throw Problem(sentence: "Has prohibited field \(name)")
        }
    }

    private static func onlyKnown(_ members: [String: JSONValue], _ known: Set<String>) throws(Problem) {
        if let name = members.keys.sorted().first(where: { !known.contains($0) }) {
            throw Problem(sentence: "Unknown field \(name)")
        }
    }

    /// A text or a list of texts, none of them empty.
    private static func isTexts(_ value: JSONValue) -> Bool {
        switch value {
        case .string(let text): !text.isEmpty
        case .array(let elements):
            !elements.isEmpty
                && elements.allSatisfy { element in
                    if case .string(let text) = element { !text.isEmpty } else { false }
                }
        default: false
        }
    }

    /// `"*"`, or texts by the kind of principal.
    private static func isPrincipal(_ value: JSONValue) -> Bool {
        switch value {
        case .string(let text): text == "*"
        case .object(let members): !members.isEmpty && members.values.allSatisfy(isTexts)
        default: false
        }
    }
}
