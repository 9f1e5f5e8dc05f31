import TrellisAPI
import TrellisModel
import TrellisStore

/// `PUT /2021-07-20/functions/{FunctionName}/runtime-management-config`
///
/// `Auto` is what every function has; a runtime that stays as it is, is refused.
extension LambdaService {
    func putRuntimeManagementConfig(_ call: APICall) async throws -> APIResponse {
        let input = try call.read { PutRuntimeManagementConfigInput($0, in: call.scope) }
        let arn = try input.identifier.resolve(in: call.scope, qualifier: input.qualifier)
        let view = try await store.transaction { try await $0.view(of: arn) }
        guard input.mode == .auto else {
            throw LambdaError.unsupportedMembers(["UpdateRuntimeOn \(input.mode?.rawValue ?? "")"])
        }
        guard input.runtimeVersion == nil else { throw LambdaError.runtimeVersionWithoutManual }
        return .json(RuntimeManagement.json(of: view))
    }
}

private struct PutRuntimeManagementConfigInput {
    var identifier: FunctionIdentifier
    var qualifier: String?
    var mode: UpdateRuntimeOn?
    var runtimeVersion: String?

    init(_ reader: InputReader, in scope: Scope) {
        identifier = reader.functionLabel(.namespaced, in: scope)
        qualifier = reader.qualifier()
        _ = reader.requiredString("UpdateRuntimeOn")
        mode = reader.enumeration("UpdateRuntimeOn")
        runtimeVersion = reader.string(
            "RuntimeVersionArn", length: 26...2048, pattern: LambdaPatterns.runtimeVersion(ownRegion: scope.region))
    }
}

private enum UpdateRuntimeOn: String, CaseIterable {
    case auto = "Auto"
    case manual = "Manual"
    case functionUpdate = "FunctionUpdate"
}
