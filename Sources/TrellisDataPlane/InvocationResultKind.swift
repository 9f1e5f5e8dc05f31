import TrellisInvoke

/// What became of an invocation, in the words of metrics.
package enum InvocationResultKind: Int, Sendable, CaseIterable {
    case success
    /// The function reported an error, ended, or answered too much.
    case functionError
    case timeout
    case throttled
    case notPermitted
    case notFound
    /// The event never reached a function for another reason.
    case unavailable
    /// The client or the target went before the answer came, or the service's idle timeout passed.
    case abandoned

    /// The value of a label.
    package var label: String {
        switch self {
        case .success: "success"
        case .functionError: "function_error"
        case .timeout: "timeout"
        case .throttled: "throttled"
        case .notPermitted: "not_permitted"
        case .notFound: "not_found"
        case .unavailable: "unavailable"
        case .abandoned: "abandoned"
        }
    }
}

extension InvocationResultKind {
    init(_ result: Result<InvocationOutcome, any Error>) {
        switch result {
        case .success(.success): self = .success
        case .success(.functionError(_, let failure)): self = failure == .timedOut ? .timeout : .functionError
        case .success(.rejected(let rejection)): self.init(rejection)
        case .failure: self = .unavailable
        }
    }

    private init(_ rejection: InvocationRejection) {
        switch rejection {
        case .throttled: self = .throttled
        case .notPermitted: self = .notPermitted
        case .notFound: self = .notFound
        case .payloadTooLarge, .unavailable: self = .unavailable
        }
    }
}
