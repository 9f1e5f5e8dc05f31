import TrellisAPI
import TrellisModel
import TrellisStore

/// `GET /2021-07-20/functions/{FunctionName}/runtime-management-config`
///
/// A function runs on what the machine has, which changes under it: always `Auto`. The ARN is that of the version that
/// was asked for, `$LATEST` if none was.
extension LambdaService {
    func getRuntimeManagementConfig(_ call: APICall) async throws -> APIResponse {
        let arn = try qualifiedFunction(call)
        let view = try await store.transaction { try await $0.view(of: arn) }
        return .json(RuntimeManagement.json(of: view))
    }
}

enum RuntimeManagement {
    static func json(of view: FunctionView) -> JSONValue {
        let version = FunctionARN(scope: view.arn.scope, name: view.arn.name, qualifier: view.version)
        return .object(["UpdateRuntimeOn": "Auto", "FunctionArn": .string(version.description)])
    }
}
