import TrellisAPI
import TrellisStore

/// Everything that an action refuses to do, with the message.
enum IAMError: Error, Hashable {
    case noSuchEntity(String)
    case entityAlreadyExists(String)
    case deleteConflict(String)
    case limitExceeded(String)
    case malformedPolicyDocument(String)
    case invalidInput(String)
    case validation(String)
    /// What AWS answers to credentials of GetSessionToken that were issued without an MFA code.
    case noMultiFactorAuthentication
}

extension IAMError {
    static func noPolicy(_ arn: String) -> IAMError { .noSuchEntity("Policy \(arn) was not found.") }

    static func noPolicyVersion(_ version: String, of arn: String) -> IAMError {
        .noSuchEntity("Policy \(arn) version \(version) does not exist or is not attachable.")
    }

    static func quota(_ name: String, _ limit: Int) -> IAMError {
        .limitExceeded("Cannot exceed quota for \(name): \(limit)")
    }
}

extension IAMError {
    /// The one table of error codes and statuses.
    ///
    /// - Source: the exception shapes of the service model; reference identity.md §6.2.
    static func wireError(for error: any Error) -> APIError {
        switch error {
        case let error as IAMError: error.wireError
        case let error as AccessDenied: APIError("AccessDenied", status: 403, message: error.message)
        case let error as InvalidInput:
            APIError("ValidationError", status: 400, message: validationMessage(error.problems))
        case StoreError.contended:
            // Nothing was done, and clients try this one again by themselves.
            APIError("Throttling", status: 400, message: "Rate exceeded")
        default:
            APIError("ServiceFailure", status: 500, message: "An internal error occurred")
        }
    }

    private var wireError: APIError {
        switch self {
        case .noSuchEntity(let message): APIError("NoSuchEntity", status: 404, message: message)
        case .entityAlreadyExists(let message): APIError("EntityAlreadyExists", status: 409, message: message)
        case .deleteConflict(let message): APIError("DeleteConflict", status: 409, message: message)
        case .limitExceeded(let message): APIError("LimitExceeded", status: 409, message: message)
        case .malformedPolicyDocument(let message):
            APIError("MalformedPolicyDocument", status: 400, message: message)
        case .invalidInput(let message): APIError("InvalidInput", status: 400, message: message)
        case .validation(let message): APIError("ValidationError", status: 400, message: message)
        case .noMultiFactorAuthentication:
            APIError(
                "InvalidClientTokenId", status: 403, message: "The security token included in the request is invalid.")
        }
    }

    private static func validationMessage(_ problems: [InputProblem]) -> String {
        "\(problems.count) validation \(problems.count == 1 ? "error" : "errors") detected: "
            + problems.map(\.sentence).joined(separator: "; ")
    }
}
