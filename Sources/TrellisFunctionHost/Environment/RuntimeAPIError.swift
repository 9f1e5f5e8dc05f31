/// What the Runtime API answers to a request that it does not accept.
///
/// - Source: reference lambda.md §1.3.
package enum RuntimeAPIError: Hashable, Sendable {
    /// The request id in the path is not the one of the current invocation.
    case invalidRequestID
    /// State names as the emulator spells them.
    case invalidStateTransition(from: String, to: String)
    case responseTooLarge
    /// The same for a response that is streamed to the caller.
    case streamedResponseTooLarge(limit: Int)
    /// The connection ended within the body.
    case truncatedRequest
    /// `Lambda-Runtime-Function-Response-Mode` with another value than `streaming`.
    case invalidResponseMode
    case unknownPath
    case methodNotAllowed
    /// Not HTTP/1.
    case malformedRequest

    /// The largest response body that is accepted: 6 MiB and 100 bytes.
    package static let maximumResponseSize = 6_291_556

    /// Status code with its reason phrase.
    package var status: String {
        switch self {
        case .invalidRequestID, .truncatedRequest, .invalidResponseMode, .malformedRequest: "400 Bad Request"
        case .invalidStateTransition: "403 Forbidden"
        case .unknownPath: "404 Not Found"
        case .methodNotAllowed: "405 Method Not Allowed"
        case .responseTooLarge, .streamedResponseTooLarge: "413 Request Entity Too Large"
        }
    }

    package var errorType: String {
        switch self {
        case .invalidRequestID: "InvalidRequestID"
        case .invalidStateTransition: "InvalidStateTransition"
        case .responseTooLarge, .streamedResponseTooLarge: "RequestEntityTooLarge"
        case .truncatedRequest: "TruncatedHTTPRequest"
        case .invalidResponseMode: "InvalidFunctionResponseMode"
        case .unknownPath: "NotFound"
        case .methodNotAllowed: "MethodNotAllowed"
        case .malformedRequest: "BadRequest"
        }
    }

    package var message: String {
        switch self {
        case .invalidRequestID: "Invalid request ID"
        case .invalidStateTransition(let from, let to):
            "State transition from \(from) to \(to) failed for runtime. Error: State transition is not allowed"
        case .responseTooLarge: "Exceeded maximum allowed payload size (\(Self.maximumResponseSize) bytes)."
        case .streamedResponseTooLarge(let limit): "Exceeded maximum allowed payload size (\(limit) bytes)."
        case .truncatedRequest: "HTTP request detected as truncated"
        case .invalidResponseMode: "Invalid function response mode"
        case .unknownPath: "Not found"
        case .methodNotAllowed: "Method not allowed"
        case .malformedRequest: "The request is not valid HTTP"
        }
    }
}
