package import TrellisModel

/// A call of a function by an AWS service, as the function's resource policy sees it.
package struct FunctionPolicyRequest: Hashable, Sendable {
    /// For example `lambda:InvokeFunction`.
    package var action: String
    /// The ARN exactly as called; its qualifier chose the policy.
    package var resource: FunctionARN
    /// `vpc-lattice.amazonaws.com`, also the value of `aws:PrincipalServiceName`.
    package var servicePrincipal: String
    /// `aws:SourceArn`: the resource on whose behalf the service calls, such as a target group.
    package var sourceARN: String
    /// `aws:SourceAccount`: the account of that resource.
    package var sourceAccount: AccountID

    package init(
        action: String = FunctionPolicyEvaluator.invokeFunction, resource: FunctionARN, servicePrincipal: String,
        sourceARN: String, sourceAccount: AccountID
    ) {
        self.action = action
        self.resource = resource
        self.servicePrincipal = servicePrincipal
        self.sourceARN = sourceARN
        self.sourceAccount = sourceAccount
    }
}

/// Decides whether the resource policy of one way to call a function lets a service in.
///
/// All statements are `Allow` (AddPermission makes no others), and a service has no identity policy, so that one
/// statement that fits is enough and no statement means no.
///
/// - Source: reference lambda.md §8.3.
package enum FunctionPolicyEvaluator {
    package static let invokeFunction = "lambda:InvokeFunction"

    /// - Parameter statements: The statements attached to exactly the qualifier in `request.resource`.
    /// - Returns: The first statement that allows the request, `nil` if none does.
    package static func statementAllowing(
        _ request: FunctionPolicyRequest, in statements: [FunctionPolicyStatement]
    ) -> FunctionPolicyStatement? {
        statements.first { allows($0, request) }
    }

    private static func allows(_ statement: FunctionPolicyStatement, _ request: FunctionPolicyRequest) -> Bool {
        guard principal(statement.principal, includes: request.servicePrincipal),
            action(statement.action, includes: request.action),
            statement.resource == request.resource
        else { return false }
        return statement.conditions.allSatisfy { operatorName, tests in
            guard let conditionOperator = ConditionOperator(rawValue: operatorName) else { return false }
            return tests.allSatisfy { key, expected in
                guard let actual = ContextKey(key)?.value(in: request) else { return false }
                return conditionOperator.accepts(actual, expected: expected)
            }
        }
    }

    private static func principal(
        _ principal: FunctionPolicyStatement.Principal, includes servicePrincipal: String
    ) -> Bool {
        switch principal {
        case .anyone: true
        case .service(let name): name == servicePrincipal
        case .aws: false
        }
    }

    /// `*`, `lambda:*` or one action; IAM compares action names without case.
    private static func action(_ pattern: String, includes action: String) -> Bool {
        if pattern == action { return true }
        return WildcardPattern.matches(action.lowercased(), pattern.lowercased())
    }
}

/// The operators that AddPermission writes, and their equals.
///
/// Any other operator fails its statement.
private enum ConditionOperator: String {
    case arnLike = "ArnLike"
    /// Documented to behave as `ArnLike`.
    case arnEquals = "ArnEquals"
    case stringEquals = "StringEquals"
    case stringLike = "StringLike"
    case bool = "Bool"

    func accepts(_ actual: String, expected: String) -> Bool {
        switch self {
        case .arnLike, .arnEquals: ARNPattern.matches(actual, expected)
        case .stringEquals: actual == expected
        case .stringLike: WildcardPattern.matches(actual, expected)
        case .bool: equalIgnoringASCIICase(actual, expected)
        }
    }
}

/// What the request context of a service's call holds; any other key is absent, and an absent key fails its statement.
private enum ContextKey: CaseIterable {
    case sourceARN
    case sourceAccount
    case principalIsAWSService
    case principalServiceName

    /// Keys are compared without case: policies spell them `aws:SourceArn` and `AWS:SourceArn`.
    init?(_ text: String) {
        guard let key = Self.allCases.first(where: { equalIgnoringASCIICase($0.name, text) }) else { return nil }
        self = key
    }

    private var name: String {
        switch self {
        case .sourceARN: "aws:SourceArn"
        case .sourceAccount: "aws:SourceAccount"
        case .principalIsAWSService: "aws:PrincipalIsAWSService"
        case .principalServiceName: "aws:PrincipalServiceName"
        }
    }

    func value(in request: FunctionPolicyRequest) -> String {
        switch self {
        case .sourceARN: request.sourceARN
        case .sourceAccount: request.sourceAccount.rawValue
        case .principalIsAWSService: "true"
        case .principalServiceName: request.servicePrincipal
        }
    }
}

private func equalIgnoringASCIICase(_ left: String, _ right: String) -> Bool {
    left.utf8.elementsEqual(right.utf8) { lowercaseASCII($0) == lowercaseASCII($1) }
}

private func lowercaseASCII(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
}
