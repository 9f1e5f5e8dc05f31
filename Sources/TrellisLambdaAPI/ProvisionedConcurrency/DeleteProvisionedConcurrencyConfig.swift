import TrellisAPI
import TrellisModel
import TrellisStore

/// `DELETE /2019-09-30/functions/{FunctionName}/provisioned-concurrency`
///
/// What is not there is as good as deleted (recorded); version or alias have to be there.
extension LambdaService {
    func deleteProvisionedConcurrencyConfig(_ call: APICall) async throws -> APIResponse {
        let target = try call.read { ProvisionedTarget($0, in: call.scope) }
        let arn = try target.resolve(in: call.scope, latest: .provisionedNeedsVersion)
        try await store.transaction { session in
            _ = try await ProvisionedFunction(arn, in: session)
            session.delete(.provisionedConcurrency(arn.qualifier ?? .latest, of: arn.name, in: arn.scope))
        }
        return .empty(status: 204)
    }
}
