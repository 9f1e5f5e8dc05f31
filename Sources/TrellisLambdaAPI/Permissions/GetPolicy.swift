import TrellisAPI
import TrellisModel
import TrellisStore

/// `GET /2015-03-31/functions/{FunctionName}/policy`
extension LambdaService {
    func getPolicy(_ call: APICall) async throws -> APIResponse {
        let arn = try qualifiedFunction(call)
        if arn.qualifier == .latest { throw LambdaError.noPolicyForLatest }
        return try await store.transaction { session in
            _ = try await session.function(arn.unqualified)
            guard let policy = try await session.policy(of: arn), !policy.statements.isEmpty else {
                throw LambdaError.resourceNotFound
            }
            let subject = try await PolicySubject(arn, in: session)
            return .json(
                .object([
                    "Policy": .string(PolicyText.document(policy.statements)),
                    "RevisionId": .string(subject.revisionID),
                ]))
        }
    }
}
