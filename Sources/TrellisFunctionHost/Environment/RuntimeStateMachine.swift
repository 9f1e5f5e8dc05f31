/// What a function's runtime may ask for next, over the Runtime API.
///
/// `Started` →(next)→ `Ready` →(event delivered)→ `Running` →(response or error)→ `ResponseSent` →(next)→ `Ready`.
/// A response that is streamed to the caller is `Responding` between its head and its end. A new process gets a new
/// machine.
///
/// - Source: reference lambda.md §1.3, §1.4.
package struct RuntimeStateMachine: Equatable, Sendable {
    private enum State: Equatable {
        /// The process runs its initialisation. Goes to `ready` or `initError`.
        case started
        /// The process is about to exit; nothing else is accepted.
        case initError
        /// Asks for work and waits. Goes to `running`.
        case ready
        /// Goes to `responseSent`, or with a streamed response to `responding`.
        case running(requestID: String)
        /// The caller has the beginning of the response. Goes to `responseSent`.
        case responding(requestID: String)
        /// Not free before it asks for `next` again.
        case responseSent(requestID: String)

        /// As the emulator names them in its error messages.
        var name: String {
            switch self {
            case .started: "Started"
            case .initError: "InitError"
            case .ready: "Ready"
            case .running: "Running"
            case .responding: Report.response.rawValue
            case .responseSent: "RuntimeResponseSentState"
            }
        }
    }

    package enum Next: Equatable, Sendable {
        /// Initialisation is done; hold the request until there is an event.
        case parkInitialized
        /// The invocation before is done; hold the request until there is an event.
        case parkFinished
        /// It asked before; hold this request instead of the earlier one.
        case parkAgain
        /// The event was delivered before; answer with the same one.
        case repeatEvent
        case refuse(RuntimeAPIError)
    }

    /// The two ways to end an invocation.
    package enum Report: String, Sendable, CaseIterable {
        case response = "InvocationResponse"
        case error = "InvocationErrorResponse"
    }

    private var state = State.started

    package init() {}

    /// `GET …/invocation/next`.
    package mutating func next() -> Next {
        switch state {
        case .started:
            state = .ready
            return .parkInitialized
        case .responseSent:
            state = .ready
            return .parkFinished
        case .ready: return .parkAgain
        case .running: return .repeatEvent
        case .initError, .responding: return .refuse(.invalidStateTransition(from: state.name, to: State.ready.name))
        }
    }

    /// An event goes out to the waiting request.
    ///
    /// - Returns: `false` if the runtime does not wait for one.
    package mutating func deliver(requestID: String) -> Bool {
        guard state == .ready else { return false }
        state = .running(requestID: requestID)
        return true
    }

    /// Whether a report would be accepted, asked before its body is read.
    ///
    /// The request id is judged before the state.
    package func refusal(of report: Report, requestID: String) -> RuntimeAPIError? {
        switch state {
        case .running(requestID): nil
        case .responding(requestID), .responseSent(requestID):
            .invalidStateTransition(from: state.name, to: report.rawValue)
        case .started, .initError, .ready, .running, .responding, .responseSent: .invalidRequestID
        }
    }

    /// `POST …/{requestID}/response` or `…/error`, complete.
    ///
    /// - Returns: `nil` if it is accepted and ends the invocation.
    package mutating func report(_ report: Report, requestID: String) -> RuntimeAPIError? {
        if let refusal = refusal(of: report, requestID: requestID) { return refusal }
        state = .responseSent(requestID: requestID)
        return nil
    }

    /// The head of `POST …/{requestID}/response`, whose body goes to the caller as it comes.
    ///
    /// - Returns: `nil` if it is accepted; no other report is then.
    package mutating func beginResponse(requestID: String) -> RuntimeAPIError? {
        if let refusal = refusal(of: .response, requestID: requestID) { return refusal }
        state = .responding(requestID: requestID)
        return nil
    }

    /// The end of a response that was begun, whichever way it ended.
    ///
    /// - Returns: `false` if there is none.
    package mutating func endResponse() -> Bool {
        guard case .responding(let requestID) = state else { return false }
        state = .responseSent(requestID: requestID)
        return true
    }

    /// `POST …/init/error`.
    package mutating func initError() -> RuntimeAPIError? {
        guard state == .started else {
            return .invalidStateTransition(from: state.name, to: State.initError.name)
        }
        state = .initError
        return nil
    }
}
