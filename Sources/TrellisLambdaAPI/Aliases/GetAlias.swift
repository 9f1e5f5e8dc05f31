import TrellisAPI
import TrellisStore

/// `GET /2015-03-31/functions/{FunctionName}/aliases/{Name}`
extension LambdaService {
    func getAlias(_ call: APICall) async throws -> APIResponse {
        let (function, name) = try aliasInPath(call)
        guard let alias = try await store.transaction({ try await $0.alias(name, of: function) }) else {
            throw LambdaError.aliasNotFound(function.alias(name))
        }
        return .json(AliasView.json(alias))
    }
}
