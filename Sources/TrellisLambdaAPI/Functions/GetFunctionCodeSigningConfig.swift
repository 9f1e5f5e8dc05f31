import TrellisAPI
import TrellisStore

/// `GET /2020-06-30/functions/{FunctionName}/code-signing-config`
///
/// No function of Trellis has a code signing configuration; Terraform asks for it at every read.
extension LambdaService {
    func getFunctionCodeSigningConfig(_ call: APICall) async throws -> APIResponse {
        let identifier = try call.read { $0.functionLabel(.namespaced, in: call.scope) }
        let arn = try identifier.resolveUnqualified(in: call.scope)
        _ = try await store.transaction { try await $0.function(arn) }
        return .json(.object([:]))
    }
}
