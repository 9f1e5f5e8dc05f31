import TrellisModel

/// Reads policy documents and refuses those that cannot be evaluated.
///
/// ```swift
/// let policy = try PolicyParser(.authPolicy).parse(text)
/// ```
package struct PolicyParser: Sendable {
    let grammar: PolicyGrammar

    package init(_ grammar: PolicyGrammar) {
        self.grammar = grammar
    }

    /// - Throws: The first problem from the beginning of the document.
    package func parse(_ text: String) throws(PolicyDocumentError) -> PolicyDocument {
        guard text.utf8.count <= grammar.longest else {
            throw PolicyDocumentError(
                "The policy is longer than \(grammar.longest) bytes", path: "$", offset: grammar.longest)
        }
        let root = PolicyNode(node: try JSONNodeReader.read(text), path: "$")
        let members = try root.members(knowing: ["Version", "Id", "Statement"])
        let version = try members["Version"].map(version) ?? .v2008
        let id = try members["Id"]?.string
        guard let statements = members["Statement"] else { throw root.error("Missing required field Statement") }
        let nodes = statements.list
        guard !nodes.isEmpty else { throw statements.error("The policy must have at least one statement") }
        var parsed: [PolicyStatement] = []
        var sids: Set<String> = []
        for node in nodes {
            let statement = try self.statement(node, version: version)
            if let sid = statement.sid, !sids.insert(sid).inserted {
                throw node.error("Statement IDs (SID) in a single policy must be unique.")
            }
            parsed.append(statement)
        }
        return PolicyDocument(version: version, id: id, statements: parsed)
    }

    private func version(_ node: PolicyNode) throws(PolicyDocumentError) -> PolicyDocument.Version {
        guard let version = PolicyDocument.Version(rawValue: try node.string) else {
            throw node.error("The policy must be of version 2012-10-17 or 2008-10-17")
        }
        return version
    }

    private func statement(
        _ node: PolicyNode, version: PolicyDocument.Version
    ) throws(PolicyDocumentError) -> PolicyStatement {
        let members = try node.members(knowing: [
            "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
        ])
        return PolicyStatement(
            sid: try members["Sid"].map(sid), effect: try effect(members["Effect"], of: node),
            principal: try principal(in: members, of: node), action: try action(in: members, of: node),
            resource: try resource(in: members, of: node, version: version),
            conditions: try members["Condition"].map { node throws(PolicyDocumentError) in
                try conditions(node, version: version)
            } ?? [])
    }

    private func sid(_ node: PolicyNode) throws(PolicyDocumentError) -> String {
        let sid = try node.string
        if grammar.hasPlainStatementIDs, !sid.utf8.allSatisfy(isAlphanumeric) {
            throw node.error(
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
                    + "expression [0-9A-Za-z]*")
        }
        return sid
    }

    private func effect(
        _ node: PolicyNode?, of statement: PolicyNode
    ) throws(PolicyDocumentError) -> PolicyStatement.Effect {
        guard let node else { throw statement.error("Missing required field Effect") }
        guard let effect = PolicyStatement.Effect(rawValue: try node.string) else {
            throw node.error("Invalid effect: \(try node.string)")
        }
        return effect
    }

    // MARK: Actions

    private func action(
        in members: [String: PolicyNode], of statement: PolicyNode
    ) throws(PolicyDocumentError) -> PolicyStatement.Element<String> {
        guard
            let (node, isExcluding) = try either("Action", "NotAction", in: members, of: statement)
        else { throw statement.error("Policy statement must contain actions.") }
        var actions: [String] = []
        for item in node.list { actions.append(try action(item)) }
        guard !actions.isEmpty else { throw node.error("Policy statement must contain actions.") }
        return isExcluding ? .excluding(actions) : .including(actions)
    }

    private func action(_ node: PolicyNode) throws(PolicyDocumentError) -> String {
        let action = try node.string
        if action == "*" { return action }
        let parts = action.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw node.error("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
        }
        guard parts[0].utf8.allSatisfy({ isAlphanumeric($0) || $0 == UInt8(ascii: "-") }) else {
            throw node.error("Vendor \(parts[0]) is not valid")
        }
        guard parts[1].utf8.allSatisfy({ isAlphanumeric($0) || $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") })
        else { throw node.error("Invalid action: \(action)") }
        if let service = grammar.service, parts[0].asciiLowercased != service {
            throw node.error("Invalid action: \(action); the policy may name actions of \(service) only")
        }
        return action
    }

    // MARK: Resources

    private func resource(
        in members: [String: PolicyNode], of statement: PolicyNode, version: PolicyDocument.Version
    ) throws(PolicyDocumentError) -> PolicyStatement.Element<String>? {
        let found = try either("Resource", "NotResource", in: members, of: statement)
        switch (grammar.resource, found) {
        case (.prohibited, nil): return nil
        case (.prohibited, let (node, _)?): throw node.error("Has prohibited field Resource")
        case (.required, nil): throw statement.error("Policy statement must contain resources.")
        case (.required, let (node, isExcluding)?):
            var resources: [String] = []
            for item in node.list {
                let text = try item.string
                do {
                    _ = try ResourcePattern(text, version: version)
                } catch {
                    throw item.error(error.message)
                }
                resources.append(text)
            }
            guard !resources.isEmpty else { throw node.error("Policy statement must contain resources.") }
            return isExcluding ? .excluding(resources) : .including(resources)
        }
    }

    /// The one of two forms of an element that is there.
    func either(
        _ plain: String, _ negated: String, in members: [String: PolicyNode], of statement: PolicyNode
    ) throws(PolicyDocumentError) -> (PolicyNode, isExcluding: Bool)? {
        switch (members[plain], members[negated]) {
        case (nil, nil): return nil
        case (let node?, nil): return (node, false)
        case (nil, let node?): return (node, true)
        case (_?, let node?): throw node.error("A statement must not have both \(plain) and \(negated)")
        }
    }
}

func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(asciiLowercase(byte))
}
