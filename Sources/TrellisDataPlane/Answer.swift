import NIOCore
import TrellisInvoke
import TrellisLambdaEvent

/// What goes back to the client, before it is bytes.
struct Answer {
    var status: Int
    /// Without those that the connection adds.
    var headers: HeaderList = []
    var body = ByteBuffer()
    var failureReason: FailureReason?
    var authDeniedReason: String?
    /// More than the client should know, unless it is on this machine: `x-trellis-reason`.
    var detail: String?
}

extension Answer {
    /// *Answer*: a fixed response has neither headers nor body of its own.
    init(fixedResponse statusCode: Int) {
        self.init(status: statusCode)
    }

    init(_ failure: Failure) {
        let row = failure.row
        self.init(
            status: row.status, headers: [(name: "content-type", value: "text/plain; charset=utf-8")],
            body: ByteBuffer(string: row.text), failureReason: row.failureReason, detail: failure.detail)
        authDeniedReason = failure.authDeniedReason
        if let type = failure.errorType { headers.append((name: "x-amzn-errortype", value: type)) }
    }

    /// What a function's outcome means for the client.
    init(_ outcome: InvocationOutcome) {
        switch outcome {
        case .success(let result): self.init(result)
        case .functionError(_, let failure): self.init(.functionFailed(failure))
        case .rejected(let rejection): self.init(rejection.failure)
        }
    }

    private init(_ result: InvocationResult) {
        do {
            try self.init(functionResponse: result.payload)
        } catch {
            self.init(error)
        }
    }

    /// The answer that a function's response document asks for.
    ///
    /// - Throws: ``Failure/malformedResponse(_:)`` or ``Failure/responseTooLarge``.
    init(functionResponse payload: ByteBuffer) throws(Failure) {
        guard payload.readableBytes <= LambdaPayloadLimits.responseBytes else { throw .responseTooLarge }
        do {
            let response = try LambdaResponseDecoder().decode(payload)
            self.init(status: response.statusCode, headers: response.headers, body: response.body)
        } catch {
            throw .malformedResponse(error)
        }
    }
}
