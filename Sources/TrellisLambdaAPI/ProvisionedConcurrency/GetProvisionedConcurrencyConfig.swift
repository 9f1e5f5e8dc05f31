import TrellisAPI
import TrellisModel
import TrellisStore

/// `GET /2019-09-30/functions/{FunctionName}/provisioned-concurrency`
extension LambdaService {
    func getProvisionedConcurrencyConfig(_ call: APICall) async throws -> APIResponse {
        let target = try call.read { ProvisionedTarget($0, in: call.scope) }
        let arn = try target.resolve(in: call.scope, latest: .provisionedNeedsVersion)
        let function = try await store.transaction { try await ProvisionedFunction(arn, in: $0) }
        guard let qualifier = arn.qualifier, let record = function.records[qualifier] else {
            throw LambdaError.noProvisionedConcurrency
        }
        return .json(await status(of: record, in: function).json(of: record))
    }
}
