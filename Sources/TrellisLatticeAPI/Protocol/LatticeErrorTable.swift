package import TrellisAPI
import TrellisStore

/// The one place that names vpc-lattice errors: name, status and members of each.
///
/// A value of a wrong JSON type is a failed field like any other, so that every wrong field is in one `fieldList`;
/// `cannotParse` is a body that is not a JSON object or a target that does not decode.
///
/// - Source: the exception shapes of the service model.
package struct LatticeErrorTable: APIErrorTable {
    static let serviceCode = "vpc-lattice"

    package init() {}

    package func wireError(for error: any Error) -> APIError {
        switch error {
        case let error as LatticeError: wireError(for: error)
        case let error as InvalidInput: wireError(for: error)
        case let error as ProtocolError: wireError(for: error)
        case StoreError.contended: throttling
        default: internalError
        }
    }

    private func wireError(for error: LatticeError) -> APIError {
        switch error {
        case .validation(let reason, let message, let fields):
            validation(reason, message, fields)
        case .accessDenied(let message):
            APIError("AccessDeniedException", status: 403, message: message)
        case .notFound(let resource):
            APIError(
                "ResourceNotFoundException", status: 404,
                message: "\(resource.displayType) \(resource.id) not found", members: members(of: resource))
        case .conflict(let message, let resource):
            APIError("ConflictException", status: 409, message: message, members: members(of: resource))
        case .quotaExceeded(let quota, let limit, let resourceType):
            APIError(
                "ServiceQuotaExceededException", status: 402,
                message: "The quota '\(quota.title)' (\(limit)) has been reached",
                members: [
                    "resourceType": .string(resourceType), "serviceCode": .string(Self.serviceCode),
                    "quotaCode": .string(quota.code),
                ])
        }
    }

    private func wireError(for input: InvalidInput) -> APIError {
        let count = input.problems.count
        let summary = "\(count) validation \(count == 1 ? "error" : "errors") detected: "
        return validation(
            .fieldValidationFailed, summary + input.problems.map(\.sentence).joined(separator: "; "),
            input.problems.map { .init(name: $0.field, message: $0.constraintText) })
    }

    private func wireError(for error: ProtocolError) -> APIError {
        switch error {
        case .unknownOperation(let method, let path):
            validation(.unknownOperation, "There is no operation \(method) \(path)", [])
        case .bodyTooLarge(let limit):
            validation(.other, "The request body must not be larger than \(limit) bytes", [])
        case .malformedBody(let reason):
            validation(.cannotParse, "The request body cannot be parsed: \(reason)", [])
        case .malformedTarget:
            validation(.cannotParse, "The request path or query cannot be decoded", [])
        }
    }

    private func validation(
        _ reason: LatticeError.ValidationReason, _ message: String, _ fields: [LatticeError.InvalidField]
    ) -> APIError {
        let fieldList = fields.map { field in
            JSONValue.object(["name": .string(field.name), "message": .string(field.message)])
        }
        return APIError(
            "ValidationException", status: 400, message: message,
            members: fieldList.isEmpty
                ? ["reason": .string(reason.rawValue)]
                : ["reason": .string(reason.rawValue), "fieldList": .array(fieldList)])
    }

    private func members(of resource: LatticeError.ResourceReference) -> [String: JSONValue] {
        ["resourceId": .string(resource.id), "resourceType": .string(resource.type)]
    }

    /// Nothing was done and the same request will do once the other writers are through: clients retry by themselves.
    private var throttling: APIError {
        APIError(
            "ThrottlingException", status: 429, message: "Too many requests change these resources at the same time",
            members: ["serviceCode": .string(Self.serviceCode)], headers: [("retry-after", "1")])
    }

    private var internalError: APIError {
        APIError("InternalServerException", status: 500, message: "An internal error occurred")
    }
}
