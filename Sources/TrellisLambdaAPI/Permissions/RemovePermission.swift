import TrellisAPI
import TrellisModel
import TrellisStore

/// `DELETE /2015-03-31/functions/{FunctionName}/policy/{StatementId}`
extension LambdaService {
    func removePermission(_ call: APICall) async throws -> APIResponse {
        let input = try call.read { RemovePermissionInput($0, in: call.scope) }
        let arn = try input.identifier.resolve(in: call.scope, qualifier: input.qualifier)
        if arn.qualifier == .latest { throw LambdaError.noPolicyForLatest }
        let revisionID = random.uuid()
        try await store.transaction { session in
            _ = try await session.function(arn.unqualified)
            guard var policy = try await session.policy(of: arn), !policy.statements.isEmpty else {
                throw LambdaError.noPolicy
            }
            let subject = try await PolicySubject(arn, in: session)
            guard let index = policy.statements.firstIndex(where: { $0.sid == input.statementID }) else {
                throw LambdaError.statementNotFound(input.statementID)
            }
            try subject.checkRevision(input.revisionID)
            policy.statements.remove(at: index)
            policy.revisionID = revisionID
            try session.put(policy, of: arn)
            try subject.put(revisionID: revisionID, in: session)
        }
        return .empty(status: 204)
    }
}

private struct RemovePermissionInput {
    var identifier: FunctionIdentifier
    var qualifier: String?
    var statementID: String
    var revisionID: String?

    init(_ reader: InputReader, in scope: Scope) {
        identifier = reader.functionLabel(.namespaced, in: scope)
        qualifier = reader.qualifier()
        statementID = reader.label(
            "StatementId", length: 1...100, pattern: LambdaPatterns.namespacedStatementID)
        revisionID = reader.queryString("RevisionId")
    }
}
