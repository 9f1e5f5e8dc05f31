import TrellisAPI
import TrellisModel
import TrellisStore

/// `POST /2019-09-25/functions/{FunctionName}/event-invoke-config`
///
/// What is not given stays as it is.
extension LambdaService {
    func updateFunctionEventInvokeConfig(_ call: APICall) async throws -> APIResponse {
        let settings = try call.read { EventInvokeSettings($0, in: call.scope) }
        let arn = try settings.function(in: call.scope)
        let now = clock.now()
        return try await store.transaction { session in
            guard try await session.isCallable(arn) else { throw LambdaError.eventInvokeFunctionMissing }
            guard var record = try await session.eventInvokeConfig(of: arn) else {
                throw LambdaError.noEventInvokeConfig(arn.qualifiedForEvents)
            }
            try await settings.apply(to: &record, in: session)
            record.lastModified = now
            try session.put(record, at: arn.eventInvokeKey)
            return .json(record.json)
        }
    }
}

extension FunctionARN {
    /// With `$LATEST` where there is no qualifier.
    var qualifiedForEvents: FunctionARN { FunctionARN(scope: scope, name: name, qualifier: qualifier ?? .latest) }
}
