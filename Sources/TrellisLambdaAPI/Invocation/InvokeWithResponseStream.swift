import FoundationEssentials
import NIOCore
import TrellisAPI
import TrellisInvoke

/// `POST /2021-11-15/functions/{FunctionName}/response-streaming-invocations`
///
/// The answer is an event stream: the function's response as `PayloadChunk` events, then `InvokeComplete`. The events are
/// sent once the function has answered, and the response has the size limit of Invoke.
///
/// - Source: reference lambda.md §4; `InvokeWithResponseStreamResponseEvent` in the service model.
extension LambdaService {
    /// Of a `PayloadChunk`, in bytes (chosen).
    private static let chunkSize = 65_536

    func invokeWithResponseStream(_ call: APICall) async throws -> APIResponse {
        let input = try InvokeInput(call, types: [.requestResponse, .dryRun])
        guard input.invocationType == .requestResponse else { return try await answerDryRun(input) }
        switch try await outcome(of: input, call) {
        case .success(let result): return answer(result, chunks: result.payload, failed: false, input.logType)
        case .functionError(let result, _): return answer(result, chunks: ByteBuffer(), failed: true, input.logType)
        case .rejected(let rejection):
            throw lambdaError(for: rejection, function: input.function, caller: call.caller)
        }
    }

    private func answer(
        _ result: InvocationResult, chunks: ByteBuffer, failed: Bool, _ logType: InvokeInput.LogType
    ) -> APIResponse {
        var rest = chunks
        var body = ByteBuffer()
        while let chunk = rest.readSlice(length: min(Self.chunkSize, rest.readableBytes)), chunk.readableBytes > 0 {
            let message = EventStreamMessage(eventType: "PayloadChunk", content: .bytes, payload: chunk)
            body.writeImmutableBuffer(message.bytes)
        }
        var members: [String: JSONValue] = [:]
        if failed {
            members["ErrorCode"] = "Unhandled"
            members["ErrorDetails"] = .string(String(buffer: result.payload))
        }
        if logType == .tail {
            members["LogResult"] = .string(Data(result.logTail.readableBytesView).base64EncodedString())
        }
        let complete = EventStreamMessage(
            eventType: "InvokeComplete", content: .json,
            payload: ByteBuffer(bytes: JSONValue.object(members).encoded()))
        body.writeImmutableBuffer(complete.bytes)
        return APIResponse(
            status: 200,
            headers: [
                ("content-type", "application/vnd.amazon.eventstream"),
                ("x-amz-executed-version", result.executedVersion),
            ], body: body)
    }
}
