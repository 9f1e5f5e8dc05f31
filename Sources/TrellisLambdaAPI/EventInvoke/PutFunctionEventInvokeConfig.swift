import TrellisAPI
import TrellisModel
import TrellisStore

/// `PUT /2019-09-25/functions/{FunctionName}/event-invoke-config`
///
/// What is not given is as without a configuration.
extension LambdaService {
    func putFunctionEventInvokeConfig(_ call: APICall) async throws -> APIResponse {
        let settings = try call.read { EventInvokeSettings($0, in: call.scope) }
        let arn = try settings.function(in: call.scope)
        let now = clock.now()
        return try await store.transaction { session in
            guard try await session.isCallable(arn) else { throw LambdaError.eventInvokeFunctionMissing }
            var record = FunctionEventInvokeRecord(
                scope: arn.scope, functionName: arn.name, qualifier: arn.qualifier ?? .latest, lastModified: now)
            try await settings.apply(to: &record, in: session)
            try session.put(record, at: arn.eventInvokeKey)
            return .json(record.json)
        }
    }
}
