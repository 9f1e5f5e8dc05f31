import TrellisAPI
import TrellisModel
import TrellisStore

/// `GET /2019-09-30/functions/{FunctionName}/provisioned-concurrency?List=ALL`
///
/// In the order of the keys: aliases, then versions.
extension LambdaService {
    func listProvisionedConcurrencyConfigs(_ call: APICall) async throws -> APIResponse {
        let (identifier, paging) = try call.read { reader in
            (reader.functionLabel(.function, in: call.scope), ListPaging(reader, most: 50, asked: 1...50))
        }
        let arn = try identifier.resolveUnqualified(in: call.scope)
        let function = try await store.transaction { session in
            _ = try await session.function(arn)
            return try await ProvisionedFunction(ofFunction: arn, in: session)
        }
        let records = function.records.values.sorted { $0.key < $1.key }
        let page = try listPage(of: records, paging, position: \.key.path)
        var configs: [JSONValue] = []
        for record in page.items {
            configs.append(await status(of: record, in: function).json(of: record, isListed: true))
        }
        return .json(
            .object(omittingNil: [
                "ProvisionedConcurrencyConfigs": .array(configs), "NextMarker": .optional(page.nextToken),
            ]))
    }
}
