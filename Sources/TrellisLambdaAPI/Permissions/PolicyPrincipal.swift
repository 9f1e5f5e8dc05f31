import TrellisModel

extension FunctionPolicyStatement.Principal {
    /// What AddPermission makes of its `Principal`.
    ///
    /// - Parameter text: `*`, `x.amazonaws.com`, twelve digits, or the ARN of an IAM or STS principal.
    /// - Returns: `nil` for anything else.
    /// - Source: reference lambda.md §8.1.
    init?(permissionPrincipal text: String) {
        if text == "*" {
            self = .anyone
        } else if Self.isService(text) {
            self = .service(text)
        } else if let account = AccountID(text) {
            self = .aws(account.rootARN)
        } else if Self.isPrincipalARN(text) {
            self = .aws(text)
        } else {
            return nil
        }
    }

    private static func isService(_ text: String) -> Bool {
        let suffix = ".amazonaws.com"
        guard text.hasSuffix(suffix) else { return false }
        return ASCIIText.isAll(text.dropLast(suffix.count)) {
            ASCIIText.isName($0) || $0 == UInt8(ascii: ".")
        }
    }

    private static func isPrincipalARN(_ text: String) -> Bool {
        guard let arn = ARN(text), ASCIIText.isPartition(arn.partition), arn.region.isEmpty,
            ASCIIText.isAccount(arn.account)
        else { return false }
        switch arn.service {
        case "iam": return arn.resource == "root" || arn.resource.isPath(below: ["user", "role"])
        case "sts": return arn.resource.isPath(below: ["assumed-role", "federated-user"])
        default: return false
        }
    }
}

extension String {
    fileprivate func isPath(below kinds: [String]) -> Bool {
        kinds.contains { hasPrefix("\($0)/") && utf8.count > $0.utf8.count + 1 && !hasSuffix("/") }
    }
}
