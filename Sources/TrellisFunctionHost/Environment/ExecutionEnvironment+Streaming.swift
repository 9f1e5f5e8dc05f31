import NIOCore
import TrellisInvoke

/// A response on its way from the runtime's connection to the caller.
struct StreamedResponse {
    var writer: ResponseStreamWriter
    /// The only connection whose bytes belong to it.
    var connection: RuntimeAPIConnection
    var size = 0
    /// The connection ended first.
    ///
    /// Why becomes known when the process ends too, or asks for the next event.
    var isCutOff = false
}

/// What a runtime is told that begins to stream a response.
enum StreamedResponseStart {
    /// Hand on what comes.
    case accepted
    /// The caller takes the response in one piece.
    case collect
    case refused(RuntimeAPIError)
}

/// How a streamed response ended.
enum StreamedResponseEnd {
    case complete
    /// The runtime says so in the trailers: the error JSON.
    case failed(ByteBuffer)
    case cutOff
}

/// Responses that the caller gets while the function writes them.
///
/// - Source: reference lambda.md §1.6.
extension ExecutionEnvironment {
    func beginStreamedResponse(_ connection: RuntimeAPIConnection, requestID: String) -> StreamedResponseStart {
        guard let writer = running?.pending.invocation.responseStream, running?.event.requestID == requestID else {
            return .collect
        }
        if let refusal = machine.beginResponse(requestID: requestID) { return .refused(refusal) }
        running?.response = StreamedResponse(writer: writer, connection: connection)
        let eventLoop = self.eventLoop
        writer.begin(executedVersion: version.name) { [weak connection] in
            guard let connection else { return }
            eventLoop.execute { connection.setReading(true) }
        }
        return .accepted
    }

    /// Hands bytes on; those of a response that has ended meanwhile, by a timeout for example, are dropped.
    ///
    /// - Returns: Why the rest is not taken any more.
    func streamed(_ bytes: ByteBuffer, _ connection: RuntimeAPIConnection) -> RuntimeAPIError? {
        guard let response = running?.response, response.connection === connection else { return nil }
        let limit = services.configuration.maximumStreamedResponseSize
        guard response.size + bytes.readableBytes <= limit else {
            finishStreamedResponse(status: "error") { result in
                .functionError(result(FunctionErrorPayload.responseTooLarge(limit: limit)), .responseTooLarge)
            }
            return .streamedResponseTooLarge(limit: limit)
        }
        running?.response?.size += bytes.readableBytes
        if !response.writer.write(bytes) { connection.setReading(false) }
        return nil
    }

    func endStreamedResponse(_ end: StreamedResponseEnd, _ connection: RuntimeAPIConnection) {
        guard let response = running?.response, response.connection === connection else { return }
        switch end {
        case .complete: finishStreamedResponse(status: nil) { result in .success(result(ByteBuffer())) }
        case .failed(let error):
            finishStreamedResponse(status: nil) { result in .functionError(result(error), .reported) }
        case .cutOff: running?.response?.isCutOff = true
        }
    }

    /// The runtime goes on after the connection of its response was lost.
    func endCutOffResponse() {
        guard let running, running.response?.isCutOff == true else { return }
        let error = FunctionErrorPayload.truncated(requestID: running.event.requestID)
        finishStreamedResponse(status: "error") { result in .functionError(result(error), .exited) }
    }

    private func finishStreamedResponse(
        status: String?, _ outcome: ((ByteBuffer) -> InvocationResult) -> InvocationOutcome
    ) {
        guard machine.endResponse() == .finish else { return }
        end(status: status, outcome)?.deliver()
    }
}
