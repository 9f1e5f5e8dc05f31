import TrellisAPI
import TrellisModel
import TrellisStore

/// `GET`, `PUT` and `DELETE` of `/2021-10-31/functions/{FunctionName}/url`, and `GET …/urls`
///
/// Trellis gives functions no URLs, CreateFunctionUrlConfig is refused: no function has one.
extension LambdaService {
    /// GetFunctionUrlConfig, UpdateFunctionUrlConfig and DeleteFunctionUrlConfig.
    func functionUrlConfig(_ call: APICall) async throws -> APIResponse {
        let (identifier, qualifier) = try call.read { reader in
            (
                reader.functionLabel(.function, in: call.scope),
                reader.queryString("Qualifier", length: 1...128, pattern: LambdaPatterns.functionUrlQualifier)
            )
        }
        _ = try identifier.resolve(in: call.scope, qualifier: qualifier)
        throw LambdaError.resourceNotFound
    }

    func listFunctionUrlConfigs(_ call: APICall) async throws -> APIResponse {
        let (identifier, _) = try call.read { reader in
            (reader.functionLabel(.function, in: call.scope), ListPaging(reader, most: 50, asked: 1...50))
        }
        let arn = try identifier.resolveUnqualified(in: call.scope)
        _ = try await store.transaction { try await $0.function(arn) }
        return .json(.object(["FunctionUrlConfigs": .array([])]))
    }
}
