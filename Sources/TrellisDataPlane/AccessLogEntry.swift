package import TrellisModel

/// What an access log says about one request; a field that is `nil` is `-` in a log line.
///
/// Texts are those that the request or the snapshot holds anyway.
///
/// - Source: reference section "Access logs", table of fields.
package struct AccessLogEntry: Sendable {
    package var serviceNetworkARN: String?
    package var serviceARN: String?
    package var targetGroupARN: String?
    package var sourceVPCARN: String?
    package var sourceVPCID: String?
    /// The VPC of a target that has one; a function has none.
    package var destinationVPCID: String?
    /// `10.0.1.7:57086`, an IPv6 address in brackets.
    package var sourceIPPort: String?
    /// Of a target that was reached at an address.
    package var targetIPPort: String?
    package var failureReason: FailureReason?
    package var startTime: Timestamp
    package var requestMethod: String?
    /// Without the query.
    package var requestPath: Substring?
    /// `HTTP/2`, `HTTP/1.1` or `HTTP/1.0`.
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
    /// The `grpc-status` of a gRPC response.
    package var grpcResponseCode: Int?
    package var requestID: String
    package var userAgent: String?
    package var hostHeader: String?
    /// Of a connection by TLS.
    package var serverNameIndication: String?
    /// OpenSSL's name of the cipher.
    package var sslCipher: String?
    /// For example `TLSv1.3`.
    package var tlsVersion: String?
    /// `Network`, `Service` or `Identity`, if a policy refused the request.
    package var authDeniedReason: String?
    /// The ARN of the authenticated caller, `Anonymous` if there is none, `Unknown` if the signature does not hold,
    /// `nil` if nobody was asked.
    package var resolvedUser: String?
    /// The ARN of the authenticated caller.
    package var callerPrincipal: String?
    package var callerPrincipalOrgID: String?
    /// Tags of the caller's user, role and session; those that begin with `x509` are of the caller's certificate.
    package var callerPrincipalTags: [String: String] = [:]
}
