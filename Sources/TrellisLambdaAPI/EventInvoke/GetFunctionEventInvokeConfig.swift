import TrellisAPI
import TrellisModel
import TrellisStore

/// `GET /2019-09-25/functions/{FunctionName}/event-invoke-config`
extension LambdaService {
    func getFunctionEventInvokeConfig(_ call: APICall) async throws -> APIResponse {
        let arn = try qualifiedFunction(call)
        guard let record = try await store.transaction({ try await $0.eventInvokeConfig(of: arn) }) else {
            throw LambdaError.noEventInvokeConfig(arn.qualifiedForEvents)
        }
        return .json(record.json)
    }
}
