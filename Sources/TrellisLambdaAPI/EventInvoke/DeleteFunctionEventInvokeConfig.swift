import TrellisAPI
import TrellisModel
import TrellisStore

/// `DELETE /2019-09-25/functions/{FunctionName}/event-invoke-config`
extension LambdaService {
    func deleteFunctionEventInvokeConfig(_ call: APICall) async throws -> APIResponse {
        let arn = try qualifiedFunction(call)
        try await store.transaction { session in
            guard try await session.eventInvokeConfig(of: arn) != nil else {
                throw LambdaError.noEventInvokeConfig(arn.qualifiedForEvents)
            }
            session.delete(arn.eventInvokeKey)
        }
        return .empty(status: 204)
    }
}
