import TrellisAPI
import TrellisModel
import TrellisStore

/// `GET /2019-09-25/functions/{FunctionName}/event-invoke-config/list`
///
/// In the order of the keys: aliases, `$LATEST`, versions.
extension LambdaService {
    func listFunctionEventInvokeConfigs(_ call: APICall) async throws -> APIResponse {
        let (identifier, paging) = try call.read { reader in
            (reader.functionLabel(.namespaced, in: call.scope), ListPaging(reader, most: 50, asked: 1...50))
        }
        let arn = try identifier.resolveUnqualified(in: call.scope)
        let records = try await store.transaction { session in
            guard try await session.isCallable(arn) else { throw LambdaError.eventInvokeFunctionMissing }
            return try await session.list(
                FunctionEventInvokeRecord.self,
                under: .all(.functionEventInvoke, in: arn.scope, under: arn.name.rawValue))
        }
        let page = try listPage(of: records, paging, position: \.key.path)
        return .json(
            .object(omittingNil: [
                "FunctionEventInvokeConfigs": .array(page.items.map(\.json)),
                "NextMarker": .optional(page.nextToken),
            ]))
    }
}
