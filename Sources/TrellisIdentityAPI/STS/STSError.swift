import TrellisAPI
import TrellisPrincipals
import TrellisStore

/// Everything that an action refuses to do, with the message.
enum STSError: Error, Hashable {
    case accessDenied(String)
    case malformedPolicyDocument(String)
    case packedPolicyTooLarge(percent: Int)
    case invalidParameterValue(String)
    case validation(String)
    case invalidIdentityToken(String)
    case expiredIdentityToken(String)
    case idpCommunication(String)
}

extension STSError {
    static func notAuthorized(_ caller: String, _ action: String, _ role: String) -> STSError {
        .accessDenied("User: \(caller) is not authorized to perform: \(action) on resource: \(role)")
    }

    /// The one table of error codes and statuses.
    ///
    /// - Source: the exception shapes of the service model; reference identity.md §5.
    static func wireError(for error: any Error) -> APIError {
        switch error {
        case let error as STSError: error.wireError
        case let error as SessionTooLarge: STSError.packedPolicyTooLarge(percent: error.percent).wireError
        default: IAMError.wireError(for: error)
        }
    }

    private var wireError: APIError {
        switch self {
        case .accessDenied(let message): APIError("AccessDenied", status: 403, message: message)
        case .malformedPolicyDocument(let message):
            APIError("MalformedPolicyDocument", status: 400, message: message)
        case .packedPolicyTooLarge(let percent):
            APIError(
                "PackedPolicyTooLarge", status: 400,
                message: "Packed size of session policies and session tags consumes \(percent)% of the allotted space.")
        case .invalidParameterValue(let message): APIError("InvalidParameterValue", status: 400, message: message)
        case .validation(let message): APIError("ValidationError", status: 400, message: message)
        case .invalidIdentityToken(let message): APIError("InvalidIdentityToken", status: 400, message: message)
        case .expiredIdentityToken(let message): APIError("ExpiredTokenException", status: 400, message: message)
        case .idpCommunication(let message): APIError("IDPCommunicationError", status: 400, message: message)
        }
    }
}
