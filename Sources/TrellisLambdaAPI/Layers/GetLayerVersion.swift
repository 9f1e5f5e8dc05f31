import TrellisAPI
import TrellisModel
import TrellisStore

/// `GET /2018-10-31/layers/{LayerName}/versions/{VersionNumber}`
/// and `GET /2018-10-31/layers?find=LayerVersion&Arn=…`
extension LambdaService {
    func getLayerVersion(_ call: APICall) async throws -> APIResponse {
        let identifier = try call.read(LayerVersionIdentifier.init)
        return try await layerVersion(identifier.resolve(in: call.scope), for: call)
    }

    func getLayerVersionByArn(_ call: APICall) async throws -> APIResponse {
        let text = try call.read { reader in
            reader.requiredQueryString("Arn", length: 1...140, pattern: LambdaPatterns.ownLayerVersion)
        }
        let arn = LayerVersionARN(text)
        return try await layerVersion(arn?.layer.scope.region == call.scope.region ? arn : nil, for: call)
    }

    private func layerVersion(_ arn: LayerVersionARN?, for call: APICall) async throws -> APIResponse {
        guard let arn else { throw LambdaError.resourceNotFound }
        let record = try await store.transaction { session in
            try await session.checkAccess(of: call.caller, to: arn)
            return try await session.layerVersion(arn)
        }
        guard let record else { throw LambdaError.resourceNotFound }
        return answer(record)
    }
}
