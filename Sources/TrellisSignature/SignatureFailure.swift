/// Why a request's signature does not hold, one case for each condition a client can mend.
///
/// - Source: IAM User Guide, "Troubleshoot Signature Version 4"; `message` gives AWS's words.
package enum SignatureFailure: Error, Hashable, Sendable {
    /// Neither an `Authorization` header nor anything else that names a caller.
    case missingAuthentication
    case authorizationHeader(AuthorizationHeaderError)
    /// A header that must be single, such as `x-amz-date`, came more than once.
    case repeatedHeader(String)
    /// Signed in the `Authorization` header and in the query.
    case twoSignatures
    case oversized(RequestPart, limit: Int)
    /// A control character in the method or target, or no token as method.
    case malformedRequestLine
    case malformedDate(String)
    /// A presigned request lacks one of its parameters, or has one twice.
    case queryParametersMissing
    /// `X-Amz-Expires` of a presigned request.
    case malformedExpiry(String)
    case hostNotSigned
    /// A received `x-amz-*` header, in lower case, that is not a signed header.
    case headerNotSigned(String)
    /// A signed header that the request does not have.
    case signedHeaderAbsent(String)
    /// `x-amz-content-sha256` is not signed where the service demands it.
    case contentHashNotSigned
    /// `x-amz-content-sha256` is not `UNSIGNED-PAYLOAD` where the service takes nothing else.
    case payloadSigningUnsupported
    /// One or more elements of the credential scope do not fit, in AWS's order.
    case credentialScope([ScopeMismatch])
    case expired(ClockWindow)
    case notYetCurrent(ClockWindow)
    case unknownAccessKey(String)
    /// A temporary access key without `x-amz-security-token`.
    case sessionTokenMissing
    /// A session token with a long-term access key.
    case sessionTokenUnexpected
    case sessionTokenMismatch
    case sessionExpired
    case signatureMismatch
    /// The signature holds, but the body is not the one that `x-amz-content-sha256` names.
    case contentHashMismatch

    package enum RequestPart: String, Hashable, Sendable {
        case target, headers
    }

    package enum ScopeMismatch: Hashable, Sendable {
        case region(got: String)
        case service(expected: [String])
        case terminator(got: String)
        case date(got: String, time: SigningTime)
    }

    /// The request's time and the clock it was held against.
    package struct ClockWindow: Hashable, Sendable {
        package var requested: SigningTime
        package var now: SigningTime
        package var allowedSkewSeconds: Int64

        package init(requested: SigningTime, now: SigningTime, allowedSkewSeconds: Int64) {
            self.requested = requested
            self.now = now
            self.allowedSkewSeconds = allowedSkewSeconds
        }
    }
}

extension SignatureFailure {
    /// The error code a failure belongs to; its wire name and status differ between query and JSON services.
    package enum Family: Hashable, Sendable {
        /// `MissingAuthenticationToken[Exception]`
        case missingAuthenticationToken
        /// `IncompleteSignature[Exception]`
        case incompleteSignature
        /// `SignatureDoesNotMatch`, `InvalidSignatureException`
        case invalidSignature
        /// `InvalidClientTokenId`, `UnrecognizedClientException`
        case unrecognizedClient
        /// `ExpiredToken[Exception]`
        case expiredToken
    }

    package var family: Family {
        switch self {
        case .missingAuthentication:
            .missingAuthenticationToken
        case .authorizationHeader, .repeatedHeader, .twoSignatures, .oversized, .malformedRequestLine, .malformedDate,
            .queryParametersMissing, .malformedExpiry, .hostNotSigned, .headerNotSigned, .signedHeaderAbsent,
            .contentHashNotSigned, .payloadSigningUnsupported:
            .incompleteSignature
        case .credentialScope, .expired, .notYetCurrent, .signatureMismatch, .contentHashMismatch:
            .invalidSignature
        case .unknownAccessKey, .sessionTokenMissing, .sessionTokenUnexpected, .sessionTokenMismatch:
            .unrecognizedClient
        case .sessionExpired:
            .expiredToken
        }
    }
}
