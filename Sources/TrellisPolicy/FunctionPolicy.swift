package import TrellisModel

/// A call of a function, as the function's resource policy sees it.
package struct FunctionPolicyRequest: PolicyRequest, Sendable {
    package var caller: PolicyCaller
    /// For example `lambda:InvokeFunction`.
    package var action: String
    /// The ARN exactly as called; its qualifier chose the policy.
    package var resource: FunctionARN

    /// A call by a caller who has signed it.
    package init(action: String = FunctionPolicy.invokeFunction, resource: FunctionARN, caller: PolicyCaller) {
        self.caller = caller
        self.action = action
        self.resource = resource
    }

    /// A call by an AWS service.
    ///
    /// - Parameters:
    ///   - servicePrincipal: `vpc-lattice.amazonaws.com`, also the value of `aws:PrincipalServiceName`.
    ///   - sourceARN: `aws:SourceArn`: the resource on whose behalf the service calls, such as a target group.
    ///   - sourceAccount: `aws:SourceAccount`: the account of that resource.
    package init(
        action: String = FunctionPolicy.invokeFunction, resource: FunctionARN, servicePrincipal: String,
        sourceARN: String, sourceAccount: AccountID
    ) {
        caller = .service(servicePrincipal, sourceARN: sourceARN, sourceAccount: sourceAccount)
        self.action = action
        self.resource = resource
    }

    package func withResource(_ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        resource.description.withBytes(body)
    }

    package func forEachValue(of key: ConditionKey, _ visit: (UnsafeBufferPointer<UInt8>) -> Bool) {}
}

/// The resource policy of one way to call a function, ready for requests.
///
/// All statements are `Allow` (AddPermission makes no others), and a service has no identity policy, so that one
/// statement that fits is enough and no statement means no.
///
/// - Source: reference lambda.md, "Evaluating an invoke".
package struct FunctionPolicy: Sendable {
    package static let invokeFunction = "lambda:InvokeFunction"

    /// The policy of a way to call that has none.
    package static let empty = FunctionPolicy([])

    private let policy: CompiledPolicy
    package let statements: [FunctionPolicyStatement]

    /// - Parameter statements: The statements attached to exactly one qualifier. One that cannot be evaluated allows
    ///   nothing.
    package init(_ statements: [FunctionPolicyStatement]) {
        var kept: [FunctionPolicyStatement] = []
        var compiled: [CompiledStatement] = []
        for statement in statements {
            guard let document = PolicyStatement(statement),
                let ready = try? CompiledStatement(document, version: .v2012)
            else { continue }
            kept.append(statement)
            compiled.append(ready)
        }
        self.statements = kept
        policy = CompiledPolicy(statements: compiled)
    }

    /// - Returns: The first statement that allows the request, `nil` if none does.
    package func statementAllowing(_ request: FunctionPolicyRequest) -> FunctionPolicyStatement? {
        guard case .allowed(let index) = policy.verdict(on: request) else { return nil }
        return statements[index]
    }
}

extension PolicyStatement {
    /// - Returns: `nil` if it has an operator that does not exist.
    fileprivate init?(_ statement: FunctionPolicyStatement) {
        var conditions: [PolicyCondition] = []
        for (name, tests) in statement.conditions {
            guard let test = ConditionTest(name) else { return nil }
            for (key, value) in tests { conditions.append(PolicyCondition(test: test, key: key, values: [value])) }
        }
        let principal: PrincipalPattern =
            switch statement.principal {
            case .anyone: .everyone
            case .service(let name): .service(name)
            case .aws(let arn): AccountID.ofRoot(arn).map { .account($0.rawValue) } ?? .arn(arn)
            }
        self.init(
            sid: statement.sid, effect: .allow, principal: .including([principal]),
            action: .including([statement.action]), resource: .including([statement.resource.description]),
            conditions: conditions)
    }
}
