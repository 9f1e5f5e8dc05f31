import NIOCore
import TrellisAPI
import TrellisModel

/// `POST /2014-11-13/functions/{FunctionName}/invoke-async`
///
/// The old form of Invoke with the type `Event`; the status is a member of the answer too.
extension LambdaService {
    func invokeAsync(_ call: APICall) async throws -> APIResponse {
        let input = try InvokeInput(call, types: [.event])
        guard input.payload.readableBytes <= LambdaLimits.asynchronousEvent else {
            throw LambdaError.asynchronousEventTooLarge
        }
        try await namingTarget(input.function) {
            try await events.add(input.payload, for: input.function, requestID: call.requestID)
        }
        return .json(.object(["Status": 202]), status: 202)
    }
}
