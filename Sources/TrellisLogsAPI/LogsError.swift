import TrellisAPI
import TrellisLogs

/// What the operations refuse, by the names of the service model.
enum LogsError: Error, Hashable {
    case invalidParameter(String)
    case resourceNotFound(String)
    case resourceAlreadyExists(String)
    case limitExceeded(String)
    case tooManyTags(String, resource: String)
    /// A group or stream that is protected from being deleted.
    case validation(String)

    static let noGroup = LogsError.resourceNotFound("The specified log group does not exist.")
    static let noStream = LogsError.resourceNotFound("The specified log stream does not exist.")
    static let badToken = LogsError.invalidParameter("The specified nextToken is invalid.")

    static func unsupported(_ member: String) -> LogsError {
        .invalidParameter("\(member) is not supported by this Trellis.")
    }

    var wireError: APIError {
        switch self {
        case .invalidParameter(let message): APIError("InvalidParameterException", status: 400, message: message)
        case .resourceNotFound(let message): APIError("ResourceNotFoundException", status: 400, message: message)
        case .resourceAlreadyExists(let message):
            APIError("ResourceAlreadyExistsException", status: 400, message: message)
        case .limitExceeded(let message): APIError("LimitExceededException", status: 400, message: message)
        case .tooManyTags(let message, let resource):
            APIError(
                "TooManyTagsException", status: 400, message: message, members: ["resourceName": .string(resource)])
        case .validation(let message): APIError("ValidationException", status: 400, message: message)
        }
    }
}

/// The one place where errors get their wire names.
///
/// - Source: the exceptions of the logs service model, and the common errors of the JSON 1.1 protocol.
struct LogsErrorTable: APIErrorTable {
    func wireError(for error: any Error) -> APIError {
        switch error {
        case let error as LogsError: error.wireError
        case let error as LogStoreError: wireError(for: error)
        case let error as InvalidInput: wireError(for: error)
        case let error as ProtocolError: wireError(for: error)
        default:
            APIError(
                "ServiceUnavailableException", status: 500,
                message: "The service cannot complete the request.")
        }
    }

    private func wireError(for error: LogStoreError) -> APIError {
        switch error {
        case .noSuchGroup: LogsError.noGroup.wireError
        case .noSuchStream: LogsError.noStream.wireError
        case .groupExists:
            LogsError.resourceAlreadyExists("The specified log group already exists").wireError
        case .streamExists:
            LogsError.resourceAlreadyExists("The specified log stream already exists").wireError
        case .deletionProtected:
            LogsError.validation("The log group is protected from being deleted; turn the protection off first.")
                .wireError
        }
    }

    /// A value of another JSON type never reaches the constraints: it is a SerializationException.
    private func wireError(for input: InvalidInput) -> APIError {
        for problem in input.problems {
            guard case .wrongType(let expected) = problem.kind else { continue }
            return APIError(
                "SerializationException", status: 400, message: "The value at '\(problem.field)' must be \(expected).")
        }
        let count = input.problems.count == 1 ? "1 validation error" : "\(input.problems.count) validation errors"
        return LogsError.invalidParameter(
            "\(count) detected: \(input.problems.map(\.sentence).joined(separator: "; "))"
        ).wireError
    }

    private func wireError(for error: ProtocolError) -> APIError {
        switch error {
        case .unknownOperation(_, let target):
            APIError(
                "UnknownOperationException", status: 400,
                message: "The operation \(target) is not one of those that this Trellis answers.")
        case .bodyTooLarge(let limit):
            LogsError.invalidParameter("The request must be no larger than \(limit) bytes.").wireError
        case .malformedBody(let reason): APIError("SerializationException", status: 400, message: reason)
        case .malformedTarget:
            APIError("SerializationException", status: 400, message: "The request target cannot be read.")
        }
    }
}
