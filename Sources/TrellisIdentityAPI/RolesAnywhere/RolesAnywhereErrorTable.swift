import TrellisAPI
import TrellisPrincipals
import TrellisStore

/// The one place where errors get their wire names.
///
/// - Source: the exceptions of the rolesanywhere service model.
struct RolesAnywhereErrorTable: APIErrorTable {
    func wireError(for error: any Error) -> APIError {
        switch error {
        case RolesAnywhereError.validation(let message):
            APIError("ValidationException", status: 400, message: message)
        case RolesAnywhereError.accessDenied(let message):
            APIError("AccessDeniedException", status: 403, message: message)
        case RolesAnywhereError.notFound(let message):
            APIError("ResourceNotFoundException", status: 404, message: message)
        case RolesAnywhereError.tooManyTags(let message):
            APIError("TooManyTagsException", status: 400, message: message)
        case let error as InvalidInput:
            APIError(
                "ValidationException", status: 400,
                message: "\(error.problems.count) validation error(s) detected: "
                    + error.problems.map(\.sentence).joined(separator: "; "))
        case let error as SessionTooLarge:
            APIError(
                "ValidationException", status: 400,
                message: "Session policies and session tags take \(error.percent)% of the allotted space")
        case ProtocolError.bodyTooLarge(let limit):
            APIError("ValidationException", status: 400, message: "The body must be no more than \(limit) bytes")
        case ProtocolError.unknownOperation(let method, let path):
            APIError("UnknownOperationException", status: 404, message: "There is no operation \(method) \(path).")
        case ProtocolError.malformedBody(let reason):
            APIError("ValidationException", status: 400, message: reason)
        case ProtocolError.malformedTarget:
            APIError("ValidationException", status: 400, message: "The path or the query is malformed")
        case StoreError.contended: APIError("ThrottlingException", status: 429, message: "Rate exceeded")
        default: APIError("InternalServerException", status: 500, message: "An internal error occurred")
        }
    }
}
