import TrellisAPI
import TrellisStore

/// `GET /2015-03-31/functions/{FunctionName}/configuration`
extension LambdaService {
    func getFunctionConfiguration(_ call: APICall) async throws -> APIResponse {
        let arn = try qualifiedFunction(call)
        let view = try await store.transaction { try await $0.view(of: arn) }
        return .json(view.json(.settled))
    }
}
