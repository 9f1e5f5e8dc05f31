package import TrellisInvoke
package import TrellisLambdaEvent
import TrellisModel
package import TrellisPolicy
package import TrellisRouting

/// Why Trellis answers a request itself instead of passing on what a function said.
package enum Failure: Error, Hashable, Sendable {
    case malformed(Malformation)
    /// The client closed before the end of the body.
    case incomplete
    /// The host is another service than the one that the client asked for when it began TLS.
    case misdirected
    case notFound(NotFoundReason)
    /// A signature that does not hold, by the name and in the words of AWS.
    case signatureRefused(type: String, message: String)
    case accessDenied(layer: PolicyLayer, message: String)
    case bodyTooLarge
    case eventTooLarge
    /// A target group without target, or no group with weight.
    case noTarget
    /// The protocol matrix has no way from the client's protocol to that of the target group.
    case protocolMismatch
    case targetUnreachable(reason: String)
    /// The target ended the connection before its answer was complete.
    case targetClosed
    case targetProtocolBroken(reason: String)
    /// The target neither took the request nor answered before the service's idle timeout.
    case targetTimedOut
    /// The target was deregistered while the request was with it.
    case targetDeregistered
    case functionFailed(FunctionFailure)
    case malformedResponse(LambdaResponseError)
    case responseTooLarge
    case functionNotFound
    case notPermitted
    case throttled(reason: String)
    case unavailable(reason: String)
    /// No answer before the service's idle timeout.
    case noAnswerInTime
    case tooManyConnections
    /// More bodies are being collected than there is memory for.
    case tooManyBodies
    /// The service gets more requests in a second than it may.
    case tooManyRequests
}

/// What is wrong with the bytes of a request; the text is the body of the answer.
package enum Malformation: String, Error, Hashable, Sendable, CaseIterable {
    case syntax = "malformed HTTP request"
    case version = "unsupported HTTP version"
    case headersTooLarge = "request header block is larger than 60 KB or has more than 100 headers"
    case headTooSlow = "request head was not complete in time"
    case host = "missing, repeated or invalid Host header"
    case target = "invalid request target"
    case connect = "CONNECT is not supported"
    case transferEncoding = "unsupported Transfer-Encoding"
    case contentLength = "invalid Content-Length"
    case chunkOverhead = "chunked body has too much overhead"
}

/// The values of `failureReason` in an access log.
///
/// - Source: reference section "Access logs", table of fields.
package enum FailureReason: String, Hashable, Sendable {
    case targetConnectionError = "TargetConnectionError"
    case targetProtocolError = "TargetProtocolError"
    case targetDataTimeout = "TargetDataTimeout"
    case targetConnectionClosed = "TargetConnectionClosed"
    case clientConnectionClosed = "ClientConnectionClosed"
    case clientRateLimited = "ClientRateLimited"
    case clientAccessDenied = "ClientAccessDenied"
    case clientProtocolError = "ClientProtocolError"
    case connectionDurationExceeded = "ConnectionDurationExceeded"
    case internalError = "InternalError"
}

extension Failure {
    /// One row of the failure table.
    package struct Row: Hashable, Sendable {
        package var status: Int
        /// The body, `text/plain`.
        package var text: String
        /// `nil` is `-` in the access log.
        package var failureReason: FailureReason?
    }

    /// What the client sees and the access log says.
    ///
    /// - Source: reference table "Failure → client status", and 500 for a target that cannot be connected to by the table
    ///   of codes that the guide explains. Rows that they do not have are chosen: a deregistered target is 503 like a
    ///   missing one, too many connections or bodies are 503, a target that breaks its answer off is 502.
    package var row: Row {
        switch self {
        case .malformed(let what): Row(status: 400, text: what.rawValue, failureReason: .clientProtocolError)
        case .incomplete: Row(status: 400, text: "request is incomplete", failureReason: .clientConnectionClosed)
        case .misdirected: Row(status: 421, text: "misdirected request", failureReason: .clientProtocolError)
        case .notFound: Row(status: 404, text: "not found", failureReason: nil)
        case .signatureRefused(let type, let message):
            Row(status: 403, text: "\(type): \(message)", failureReason: .clientAccessDenied)
        case .accessDenied(_, let message):
            Row(
                status: 403, text: "\(Self.accessDeniedType): \(message)", failureReason: .clientAccessDenied)
        case .bodyTooLarge:
            Row(status: 413, text: "request body is larger than 6 MB", failureReason: .clientProtocolError)
        case .eventTooLarge:
            Row(status: 413, text: "request is larger than 6 MB as an event", failureReason: .clientProtocolError)
        case .noTarget: Row(status: 503, text: "no registered target", failureReason: .targetConnectionError)
        case .protocolMismatch:
            Row(
                status: 502, text: "target group does not speak the protocol of the request",
                failureReason: .targetProtocolError)
        case .targetUnreachable:
            Row(status: 500, text: "target cannot be reached", failureReason: .targetConnectionError)
        case .targetClosed:
            Row(status: 502, text: "target closed the connection", failureReason: .targetConnectionClosed)
        case .targetProtocolBroken:
            Row(status: 502, text: "target answered with something else", failureReason: .targetProtocolError)
        case .targetTimedOut:
            Row(status: 504, text: "target did not answer in time", failureReason: .targetDataTimeout)
        case .targetDeregistered:
            Row(status: 503, text: "target was deregistered", failureReason: .targetConnectionClosed)
        case .functionFailed(let failure): failure.row
        case .malformedResponse:
            Row(status: 502, text: "malformed function response", failureReason: .targetProtocolError)
        case .responseTooLarge:
            Row(status: 502, text: "function response is too large", failureReason: .targetProtocolError)
        case .functionNotFound:
            Row(status: 500, text: "function not found", failureReason: .targetConnectionError)
        case .notPermitted:
            Row(status: 500, text: "function may not be invoked", failureReason: .targetConnectionError)
        case .throttled: Row(status: 503, text: "function is throttled", failureReason: .targetConnectionError)
        case .unavailable: Row(status: 500, text: "function is unavailable", failureReason: .targetConnectionError)
        case .noAnswerInTime:
            Row(status: 504, text: "function did not answer in time", failureReason: .targetDataTimeout)
        case .tooManyConnections: Row(status: 503, text: "too many connections", failureReason: .internalError)
        case .tooManyBodies: Row(status: 503, text: "too many request bodies", failureReason: .internalError)
        case .tooManyRequests: Row(status: 429, text: "too many requests", failureReason: .clientRateLimited)
        }
    }
}

extension Failure {
    private static let accessDeniedType = "AccessDeniedException"

    /// The value of `x-amzn-errortype`, for failures that are AWS exceptions.
    var errorType: String? {
        switch self {
        case .signatureRefused(let type, _): type
        case .accessDenied: Self.accessDeniedType
        default: nil
        }
    }

    /// The value of `authDeniedReason` in an access log.
    var authDeniedReason: String? {
        guard case .accessDenied(let layer, _) = self else { return nil }
        return switch layer {
        case .network: "Network"
        case .service: "Service"
        case .identity, .boundary, .session: "Identity"
        }
    }

    /// What helps somebody who runs the service, and is nothing to others.
    var detail: String? {
        switch self {
        case .notFound(let reason): reason.rawValue
        case .misdirected: "the host is another service than that of the TLS server name"
        case .malformedResponse(let error): error.description
        case .throttled(let reason), .unavailable(let reason), .targetUnreachable(let reason),
            .targetProtocolBroken(let reason):
            reason
        case .notPermitted:
            "the function's policy does not grant lambda:InvokeFunction to this target group; "
                + "the log of Trellis has the command that does"
        default: nil
        }
    }
}

extension FunctionFailure {
    fileprivate var row: Failure.Row {
        let text =
            switch self {
            case .reported: "function error"
            case .timedOut: "function timed out"
            case .exited: "function exited"
            case .responseTooLarge: "function response is too large"
            }
        return Failure.Row(status: 502, text: text, failureReason: .targetProtocolError)
    }
}

extension InvocationRejection {
    /// The failure that a rejected invocation means for its request.
    var failure: Failure {
        switch self {
        case .notFound: .functionNotFound
        case .notPermitted: .notPermitted
        case .throttled(let reason): .throttled(reason: reason)
        case .payloadTooLarge: .eventTooLarge
        case .unavailable(let reason): .unavailable(reason: reason)
        }
    }
}
