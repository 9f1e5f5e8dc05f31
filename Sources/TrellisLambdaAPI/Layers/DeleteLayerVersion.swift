import TrellisAPI
import TrellisModel
import TrellisStore

/// `DELETE /2018-10-31/layers/{LayerName}/versions/{VersionNumber}`
///
/// Functions that use it keep it. What is not there is as good as deleted (recorded).
extension LambdaService {
    func deleteLayerVersion(_ call: APICall) async throws -> APIResponse {
        let identifier = try call.read(LayerVersionIdentifier.init)
        if let arn = try identifier.resolve(in: call.scope) {
            guard arn.layer.scope == call.scope else { throw LambdaError.otherAccount }
            try await store.transaction { session in
                session.delete(.layerVersion(arn))
                session.delete(.layerPolicy(arn))
            }
        }
        return .empty(status: 204)
    }
}
