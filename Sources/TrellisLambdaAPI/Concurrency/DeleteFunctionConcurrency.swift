import TrellisAPI
import TrellisModel
import TrellisStore

/// `DELETE /2017-10-31/functions/{FunctionName}/concurrency`
///
/// A reservation that is not there is as good as deleted.
extension LambdaService {
    func deleteFunctionConcurrency(_ call: APICall) async throws -> APIResponse {
        let arn = try call.read { $0.functionLabel(.function, in: call.scope) }.resolveUnqualified(in: call.scope)
        try await store.transaction { session in
            _ = try await session.function(arn)
            session.delete(.functionConcurrency(arn.name, in: arn.scope))
        }
        return .empty(status: 204)
    }
}
