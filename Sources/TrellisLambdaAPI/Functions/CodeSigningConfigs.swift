import TrellisAPI
import TrellisModel
import TrellisStore

/// Code signing configurations, of which there are none: CreateCodeSigningConfig is refused, as there are no signing
/// profiles.
extension LambdaService {
    /// Lists none: `GET /2020-04-22/code-signing-configs`.
    func listCodeSigningConfigs(_ call: APICall) async throws -> APIResponse {
        _ = try call.read { ListPaging($0, most: 50) }
        return .json(.object(["CodeSigningConfigs": .array([])]))
    }

    /// Operations on one configuration and on the functions that have it.
    func codeSigningConfig(_ call: APICall) async throws -> APIResponse {
        let arn = try call.read { reader in
            reader.label(
                "CodeSigningConfigArn", length: 0...200,
                pattern: LambdaPatterns.codeSigningConfig(ownRegion: call.scope.region))
        }
        throw LambdaError.codeSigningConfigMissing(arn)
    }

    /// Finds none to put: `PUT /2020-06-30/functions/{FunctionName}/code-signing-config`.
    func putFunctionCodeSigningConfig(_ call: APICall) async throws -> APIResponse {
        let (identifier, config) = try call.read { reader in
            (
                reader.functionLabel(.namespaced, in: call.scope),
                reader.requiredString(
                    "CodeSigningConfigArn", length: 0...200,
                    pattern: LambdaPatterns.codeSigningConfig(ownRegion: call.scope.region))
            )
        }
        let arn = try identifier.resolveUnqualified(in: call.scope)
        _ = try await store.transaction { try await $0.function(arn) }
        throw LambdaError.codeSigningConfigDeleted(config)
    }

    /// Has none to take away: `DELETE /2020-06-30/functions/{FunctionName}/code-signing-config`.
    func deleteFunctionCodeSigningConfig(_ call: APICall) async throws -> APIResponse {
        let identifier = try call.read { $0.functionLabel(.namespaced, in: call.scope) }
        let arn = try identifier.resolveUnqualified(in: call.scope)
        _ = try await store.transaction { try await $0.function(arn) }
        return .empty(status: 204)
    }
}
