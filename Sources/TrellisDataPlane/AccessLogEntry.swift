package import TrellisModel

/// What an access log says about one request; a field that is `nil` is `-` in a log line.
///
/// - Source: reference section "Access logs", table of fields.
package struct AccessLogEntry: Sendable {
    package var serviceNetworkARN: String?
    package var serviceARN: String?
    package var targetGroupARN: String?
    package var sourceVPCARN: String?
    package var sourceVPCID: String?
    /// `10.0.1.7:57086`, an IPv6 address in brackets.
    package var sourceIPPort: String?
    package var failureReason: FailureReason?
    package var startTime: Timestamp
    package var requestMethod: String?
    /// Without the query.
    package var requestPath: String?
    /// `HTTP/1.1` or `HTTP/1.0`.
    package var `protocol`: String?
    /// 0 if no answer was written.
    package var responseCode: Int
    /// Headers and body.
    package var bytesReceived: Int
    /// Headers and body.
    package var bytesSent: Int
    /// From the head of the request to the answer being handed to the socket, in milliseconds.
    package var duration: Int
    /// From the head of the request to the event being handed over, in milliseconds; 0 if it was not.
    package var requestToTargetDuration: Int
    /// From the function's answer to it being handed to the socket, in milliseconds.
    package var responseFromTargetDuration: Int
    package var requestID: String
    package var userAgent: String?
    package var hostHeader: String?
    /// `Network`, `Service` or `Identity`, if a policy refused the request.
    package var authDeniedReason: String?
    /// The ARN of the authenticated caller, `Anonymous` if there is none, `nil` if nobody was asked.
    package var resolvedUser: String?
    /// The ARN of the authenticated caller.
    package var callerPrincipal: String?
}
