package import NIOCore
package import TrellisModel

/// Runs functions: the embedded function host, or a client of a Lambda-compatible endpoint.
package protocol FunctionInvoker: Sendable {
    /// Invokes a function synchronously (`RequestResponse`).
    ///
    /// - Parameters:
    ///   - invocation: What to run, with which event, on whose behalf.
    ///   - eventLoop: The loop of the caller, on which the future completes. Must be called on that loop.
    /// - Returns: A future that never fails: every way to end is an ``InvocationOutcome``.
    func invoke(_ invocation: Invocation, on eventLoop: any EventLoop) -> EventLoopFuture<InvocationOutcome>
}

/// One call of a function.
package struct Invocation: Sendable {
    /// Who calls, as far as the function's resource policy is concerned.
    package enum Caller: Hashable, Sendable {
        /// An AWS service acting for a resource, for example `vpc-lattice.amazonaws.com` for a target group's ARN.
        case service(principal: String, sourceARN: String, sourceAccount: AccountID)
        /// A signed caller of the Lambda API that was already allowed to call.
        case authorized
    }

    /// As called: the qualifier decides which resource policy applies.
    package var function: FunctionARN
    /// The event, JSON text.
    package var payload: ByteBuffer
    /// `Lambda-Runtime-Aws-Request-Id`, a UUID.
    package var requestID: String
    package var caller: Caller
    /// `Lambda-Runtime-Client-Context`: JSON text, already base64-decoded.
    package var clientContext: String?
    /// `X-Amzn-Trace-Id` of the caller, unchecked.
    package var traceHeader: String?
    /// Where a response goes that the function streams; `nil` collects it like any other.
    package var responseStream: ResponseStreamWriter?

    package init(
        function: FunctionARN, payload: ByteBuffer, requestID: String, caller: Caller, clientContext: String? = nil,
        traceHeader: String? = nil, responseStream: ResponseStreamWriter? = nil
    ) {
        self.function = function
        self.payload = payload
        self.requestID = requestID
        self.caller = caller
        self.clientContext = clientContext
        self.traceHeader = traceHeader
        self.responseStream = responseStream
    }
}

/// How an invocation ended.
///
/// Each case is a different answer to the client and a different reason in the log.
package enum InvocationOutcome: Sendable {
    /// The function answered.
    case success(InvocationResult)
    /// The function failed: it raised, exited, timed out, or its answer was too large. The payload is the error JSON that
    /// Lambda would return with `X-Amz-Function-Error`.
    case functionError(InvocationResult, FunctionFailure)
    /// The event never reached the function.
    case rejected(InvocationRejection)
}

package struct InvocationResult: Sendable {
    /// Empty where the response went to the invocation's ``Invocation/responseStream``.
    package var payload: ByteBuffer
    /// `$LATEST` or a version number, also when an alias was called.
    package var executedVersion: String
    /// The last 4 KB of the invocation's log.
    package var logTail: ByteBuffer

    package init(payload: ByteBuffer, executedVersion: String, logTail: ByteBuffer) {
        self.payload = payload
        self.executedVersion = executedVersion
        self.logTail = logTail
    }
}

package enum FunctionFailure: Hashable, Sendable {
    /// The handler reported an error, or initialisation failed.
    case reported
    /// The function's own time limit passed.
    case timedOut
    /// The process ended before it answered.
    case exited
    /// The answer was larger than 6,291,556 bytes, or than a streamed one may be.
    case responseTooLarge
}

package enum InvocationRejection: Hashable, Sendable {
    /// The function, version or alias does not exist.
    case notFound
    /// The resource policy of the called qualifier does not let the caller in.
    case notPermitted
    /// No environment was free and the limit was reached. The reason is one of Lambda's `Reason` values.
    case throttled(reason: String)
    /// The event is larger than 6,291,456 bytes.
    case payloadTooLarge
    /// No execution environment could be made: the package or the runtime is missing, or the endpoint cannot be reached.
    case unavailable(reason: String)
}
