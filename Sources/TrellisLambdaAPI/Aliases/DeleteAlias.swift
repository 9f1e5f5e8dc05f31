import TrellisAPI
import TrellisModel
import TrellisStore

/// `DELETE /2015-03-31/functions/{FunctionName}/aliases/{Name}`
///
/// An alias or function that is not there is as good as deleted: the model has no "not found" for this operation.
extension LambdaService {
    func deleteAlias(_ call: APICall) async throws -> APIResponse {
        let (arn, name) = try aliasInPath(call)
        try await store.transaction { session in
            guard try await session.alias(name, of: arn) != nil else { return }
            session.delete(.functionAlias(name, of: arn.name, in: arn.scope))
            session.delete(.functionPolicy(.alias(name), of: arn.name, in: arn.scope))
            session.delete(.functionEventInvoke(.alias(name), of: arn.name, in: arn.scope))
            session.delete(.provisionedConcurrency(.alias(name), of: arn.name, in: arn.scope))
        }
        return .empty(status: 204)
    }
}
