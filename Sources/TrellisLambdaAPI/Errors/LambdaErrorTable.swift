package import TrellisAPI
import TrellisStore

/// Every error of the Lambda API on the wire: name, status, and how the body spells its members.
package struct LambdaErrorTable: APIErrorTable {
    /// What SDKs are told to wait before they try a throttled request again.
    private static let retryAfterSeconds = 1

    package init() {}

    package func wireError(for error: any Error) -> APIError {
        render(lambdaError(for: error))
    }

    private func lambdaError(for error: any Error) -> LambdaError {
        switch error {
        case let error as LambdaError: error
        case let error as InvalidInput: .invalidInput(error)
        case let error as ProtocolError: lambdaError(for: error)
        // Other writers kept winning; an SDK tries again on this answer.
        case StoreError.contended: .throttled(reason: "CallerRateLimitExceeded")
        default: LambdaError(.service, "An error occurred and the request cannot be processed.")
        }
    }

    private func lambdaError(for error: ProtocolError) -> LambdaError {
        switch error {
        case .unknownOperation(let method, let path):
            LambdaError(.unknownOperation, "The Lambda API has no operation \(method) \(path).")
        case .bodyTooLarge(let limit): .bodyTooLarge(limit: limit)
        case .malformedBody(let reason): LambdaError(.serialization, reason)
        case .malformedTarget: LambdaError(.serialization, "The request path or query is not valid percent-encoding.")
        }
    }

    private func render(_ error: LambdaError) -> APIError {
        let row = Self.row(of: error.code)
        var members: [String: JSONValue] = [:]
        if let fault = row.fault { members["Type"] = .string(fault.rawValue) }
        if let reason = error.reason { members["Reason"] = .string(reason) }
        return APIError(
            error.code.rawValue, status: row.status, message: error.message, members: members,
            headers: error.code == .tooManyRequests ? [("retry-after", String(Self.retryAfterSeconds))] : [],
            messageKey: row.messageKey)
    }
}

extension LambdaErrorTable {
    /// How one exception looks.
    package struct Row: Sendable {
        /// Whose fault the body says it is.
        package enum Fault: String, Sendable {
            case user = "User"
            case service = "Service"
        }

        package var status: Int
        package var messageKey: String
        /// The `Type` member; exceptions of the protocol layer have none.
        package var fault: Fault?
    }

    /// - Source: the service model for status and spelling; reference lambda.md trap 7 and §6.6 for the rest.
    package static func row(of code: LambdaError.Code) -> Row {
        switch code {
        case .accessDenied: Row(status: 403, messageKey: "Message", fault: nil)
        case .invalidParameterValue, .invalidRequestContent, .policyLengthExceeded:
            Row(status: 400, messageKey: "message", fault: .user)
        case .unsupportedOperation: Row(status: 400, messageKey: "message", fault: .user)
        case .serialization, .validation: Row(status: 400, messageKey: "message", fault: nil)
        case .resourceNotFound, .codeSigningConfigNotFound: Row(status: 404, messageKey: "Message", fault: .user)
        case .provisionedConcurrencyConfigNotFound: Row(status: 404, messageKey: "message", fault: .user)
        case .unknownOperation: Row(status: 404, messageKey: "message", fault: nil)
        case .resourceConflict: Row(status: 409, messageKey: "message", fault: .user)
        case .preconditionFailed: Row(status: 412, messageKey: "message", fault: .user)
        case .requestTooLarge: Row(status: 413, messageKey: "message", fault: .user)
        case .requestEntityTooLarge: Row(status: 413, messageKey: "message", fault: nil)
        case .unsupportedMediaType: Row(status: 415, messageKey: "message", fault: .user)
        case .tooManyRequests: Row(status: 429, messageKey: "message", fault: .user)
        case .service: Row(status: 500, messageKey: "Message", fault: .service)
        case .resourceNotReady: Row(status: 502, messageKey: "message", fault: .service)
        }
    }
}
