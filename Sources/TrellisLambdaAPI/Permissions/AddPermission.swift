import TrellisAPI
import TrellisModel
import TrellisStore

/// `POST /2015-03-31/functions/{FunctionName}/policy`
extension LambdaService {
    func addPermission(_ call: APICall) async throws -> APIResponse {
        let input = try call.read { AddPermissionInput($0, in: call.scope) }
        let arn = try input.identifier.resolve(in: call.scope, qualifier: input.qualifier)
        if arn.qualifier == .latest { throw LambdaError.noPolicyForLatest }
        let statement = try input.statement(for: arn)
        let revisionID = random.uuid()
        try await store.transaction { session in
            let subject = try await PolicySubject(arn, in: session)
            try subject.checkRevision(input.revisionID)
            var policy =
                try await session.policy(of: arn) ?? FunctionPolicyRecord(statements: [], revisionID: revisionID)
            guard !policy.statements.contains(where: { $0.sid == statement.sid }) else {
                throw LambdaError.statementAlreadyExists(statement.sid)
            }
            policy.statements.append(statement)
            policy.revisionID = revisionID
            let size = PolicyText.document(policy.statements).utf8.count
            guard size <= LambdaLimits.policy else { throw LambdaError.policyTooLong(size) }
            try session.put(policy, of: arn)
            try subject.put(revisionID: revisionID, in: session)
        }
        return .json(.object(["Statement": .string(PolicyText.statement(statement))]), status: 201)
    }
}

private struct AddPermissionInput {
    var identifier: FunctionIdentifier
    var qualifier: String?
    var statementID: String
    var action: String
    var principal: String
    var sourceARN: String?
    var sourceAccount: String?
    var organization: String?
    var eventSourceToken: String?
    var functionUrlAuthType: FunctionUrlAuthType?
    var invokedViaFunctionUrl: Bool?
    var revisionID: String?

    init(_ reader: InputReader, in scope: Scope) {
        identifier = reader.functionLabel(.namespaced, in: scope)
        qualifier = reader.qualifier()
        statementID = reader.requiredString("StatementId", length: 1...100, pattern: LambdaPatterns.statementID)
        action = reader.requiredString("Action", pattern: LambdaPatterns.action)
        principal = reader.requiredString("Principal", pattern: LambdaPatterns.principal)
        sourceARN = reader.string("SourceArn", pattern: LambdaPatterns.sourceARN(ownRegion: scope.region))
        sourceAccount = reader.string("SourceAccount", length: 0...12, pattern: LambdaPatterns.account)
        organization = reader.string("PrincipalOrgID", length: 12...34, pattern: LambdaPatterns.organization)
        eventSourceToken = reader.string(
            "EventSourceToken", length: 0...256, pattern: LambdaPatterns.eventSourceToken)
        functionUrlAuthType = reader.enumeration("FunctionUrlAuthType")
        invokedViaFunctionUrl = reader.boolean("InvokedViaFunctionUrl")
        revisionID = reader.string("RevisionId")
    }

    func statement(for arn: FunctionARN) throws(LambdaError) -> FunctionPolicyStatement {
        guard let principal = FunctionPolicyStatement.Principal(permissionPrincipal: principal) else {
            throw .invalidPrincipal
        }
        return FunctionPolicyStatement(
            sid: statementID, principal: principal, action: action, resource: arn, conditions: conditions)
    }

    /// - Source: reference lambda.md §8.1, spelling included: Terraform looks for exactly these keys.
    private var conditions: FunctionPolicyStatement.Conditions {
        var conditions: FunctionPolicyStatement.Conditions = [:]
        func add(_ operatorName: String, _ key: String, _ value: String?) {
            if let value { conditions[operatorName, default: [:]][key] = value }
        }
        add("ArnLike", "AWS:SourceArn", sourceARN)
        add("StringEquals", "AWS:SourceAccount", sourceAccount)
        add("StringEquals", "aws:PrincipalOrgID", organization)
        add("StringEquals", "lambda:EventSourceToken", eventSourceToken)
        add("StringEquals", "lambda:FunctionUrlAuthType", functionUrlAuthType?.rawValue)
        add("Bool", "lambda:InvokedViaFunctionUrl", invokedViaFunctionUrl.map { $0 ? "true" : "false" })
        return conditions
    }
}

private enum FunctionUrlAuthType: String, CaseIterable {
    case open = "NONE"
    case iam = "AWS_IAM"
}
