import FoundationEssentials
import NIOCore
import TrellisAPI
import TrellisInvoke

/// `POST /2021-11-15/functions/{FunctionName}/response-streaming-invocations`
///
/// The answer is an event stream: the function's response as `PayloadChunk` events while the function writes it, at the
/// pace at which the client reads, then `InvokeComplete`. A function that answers in one piece has the size limit of
/// Invoke, and its answer comes when it is complete.
///
/// - Source: reference lambda.md §1.6, §4; `InvokeWithResponseStreamResponseEvent` in the service model.
extension LambdaService {
    /// What is known first: that the function streams, or how it ended.
    private enum Start: Sendable {
        case streaming(executedVersion: String)
        case ended(InvocationOutcome)
    }

    func invokeWithResponseStream(_ call: APICall) async throws -> APIResponse {
        let input = try InvokeInput(call, types: [.requestResponse, .dryRun])
        try await requirePermission(to: input.function, call)
        guard input.invocationType == .requestResponse else { return try await answerDryRun(input) }
        let eventLoop = eventLoopGroup.next()
        let start = eventLoop.makePromise(of: Start.self)
        let response = ResponseStream { start.succeed(.streaming(executedVersion: $0)) }
        let writer = response.writer
        var invocation = invocation(of: input, call)
        invocation.responseStream = writer
        let outcome = eventLoop.flatSubmit { [invoker, invocation] in invoker.invoke(invocation, on: eventLoop) }
        outcome.whenComplete { result in
            writer.finish()
            start.completeWith(result.map { .ended($0) })
        }
        switch try await start.futureResult.get() {
        case .streaming(let version):
            return eventStream(version) { [chunks = response.chunks] write in
                for await chunk in chunks { try await write(chunk) }
                // Nobody is there any more who would wait for the function's end.
                try Task.checkCancellation()
                return try await outcome.get().end(input.logType)
            }
        case .ended(.rejected(let rejection)):
            throw lambdaError(for: rejection, function: input.function, caller: call.caller)
        case .ended(let outcome):
            return eventStream(outcome.result?.executedVersion ?? "$LATEST") { write in
                if case .success(let result) = outcome { try await write(result.payload) }
                return outcome.end(input.logType)
            }
        }
    }

    /// - Parameter chunks: Writes the response's bytes and returns how it ended.
    private func eventStream(
        _ executedVersion: String,
        _ chunks: @escaping @Sendable (_ write: (ByteBuffer) async throws -> Void) async throws -> InvokeComplete
    ) -> APIResponse {
        APIResponse(
            status: 200,
            headers: [
                ("content-type", "application/vnd.amazon.eventstream"), ("x-amz-executed-version", executedVersion),
            ],
            stream: { write in
                let end = try await chunks { bytes in
                    var rest = bytes
                    while let message = EventStreamMessage.nextChunk(of: &rest) { try await write(message.bytes) }
                }
                try await write(end.message.bytes)
            })
    }
}

/// The members of the last event.
private struct InvokeComplete: Sendable {
    var members: [String: JSONValue] = [:]

    var message: EventStreamMessage {
        EventStreamMessage(
            eventType: "InvokeComplete", content: .json,
            payload: ByteBuffer(bytes: JSONValue.object(members).encoded()))
    }
}

extension EventStreamMessage {
    /// Bytes of a `PayloadChunk` at most (chosen).
    private static let chunkSize = 65_536

    /// Takes the next `PayloadChunk` from `bytes`.
    fileprivate static func nextChunk(of bytes: inout ByteBuffer) -> EventStreamMessage? {
        guard bytes.readableBytes > 0, let chunk = bytes.readSlice(length: min(chunkSize, bytes.readableBytes)) else {
            return nil
        }
        return EventStreamMessage(eventType: "PayloadChunk", content: .bytes, payload: chunk)
    }
}

extension InvocationOutcome {
    fileprivate var result: InvocationResult? {
        switch self {
        case .success(let result), .functionError(let result, _): result
        case .rejected: nil
        }
    }

    fileprivate func end(_ logType: InvokeInput.LogType) -> InvokeComplete {
        var end = InvokeComplete()
        if case .functionError(let result, _) = self {
            end.members["ErrorCode"] = "Unhandled"
            end.members["ErrorDetails"] = .string(String(buffer: result.payload))
        }
        if logType == .tail, let log = result?.logTail {
            end.members["LogResult"] = .string(Data(log.readableBytesView).base64EncodedString())
        }
        return end
    }
}
