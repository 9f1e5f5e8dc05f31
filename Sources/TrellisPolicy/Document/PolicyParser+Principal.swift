import TrellisModel

extension PolicyParser {
    func principal(
        in members: [String: PolicyNode], of statement: PolicyNode
    ) throws(PolicyDocumentError) -> PolicyStatement.Element<PrincipalPattern>? {
        let found = try either("Principal", "NotPrincipal", in: members, of: statement)
        switch (grammar.principal, found) {
        case (.prohibited, nil): return nil
        case (.prohibited, let (node, _)?): throw node.error("Has prohibited field Principal")
        case (.required, nil): throw statement.error("Missing required field Principal")
        case (.required, let (node, isExcluding)?):
            let principals = try principals(node)
            return isExcluding ? .excluding(principals) : .including(principals)
        }
    }

    private func principals(_ node: PolicyNode) throws(PolicyDocumentError) -> [PrincipalPattern] {
        if case .string(let text) = node.node.value {
            guard text == "*" else { throw node.error("Invalid principal in policy: \"\(text)\"") }
            return [.everyone]
        }
        var principals: [PrincipalPattern] = []
        for (kind, values) in try node.entries {
            for value in values.list {
                guard let principal = Self.principal(kind, try value.string) else {
                    throw value.error("Invalid principal in policy: \"\(kind)\":\"\(try value.string)\"")
                }
                principals.append(principal)
            }
        }
        guard !principals.isEmpty else { throw node.error("Invalid principal in policy: it names nobody") }
        return principals
    }

    private static func principal(_ kind: String, _ text: String) -> PrincipalPattern? {
        switch kind {
        case "AWS": awsPrincipal(text)
        case "Service": isServiceName(text) ? .service(text) : nil
        case "Federated": text.isEmpty || text.contains("*") ? nil : .federated(text)
        case "CanonicalUser":
            !text.isEmpty && text.utf8.allSatisfy(isAlphanumeric) ? .canonicalUser(text) : nil
        default: nil
        }
    }

    /// A wildcard stands for everybody only where it stands alone; groups are not principals.
    private static func awsPrincipal(_ text: String) -> PrincipalPattern? {
        if text == "*" { return .everyone }
        if let account = AccountID(text) { return .account(account.rawValue) }
        guard let arn = ARN(text), arn.region.isEmpty, let account = AccountID(arn.account),
            !text.contains("*"), !text.contains("?"), !text.contains("$")
        else { return nil }
        let parts = arn.resource.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        switch (arn.service, parts.first, parts.count) {
        case ("iam", "root", 1): return .account(account.rawValue)
        case ("iam", "user", 2...), ("iam", "role", 2...): return .arn(text)
        case ("sts", "assumed-role", 3), ("sts", "federated-user", 2): return .arn(text)
        default: return nil
        }
    }

    /// A DNS name such as `vpc-lattice.amazonaws.com`.
    private static func isServiceName(_ text: String) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return labels.count >= 2
            && labels.allSatisfy { label in
                !label.isEmpty && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
            }
    }
}
