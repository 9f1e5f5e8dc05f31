import TrellisAPI
import TrellisModel
import TrellisStore

/// `GET /2019-09-30/functions/{FunctionName}/concurrency`
///
/// An empty answer without a reservation.
extension LambdaService {
    func getFunctionConcurrency(_ call: APICall) async throws -> APIResponse {
        let arn = try call.read { $0.functionLabel(.function, in: call.scope) }.resolveUnqualified(in: call.scope)
        let concurrency = try await store.transaction { session in
            _ = try await session.function(arn)
            return try await session.concurrency(of: arn)
        }
        return .json(concurrency?.json ?? .object([:]))
    }
}
