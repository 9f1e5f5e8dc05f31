import NIOCore

/// One operation of an API of the JSON 1.1 protocol.
package struct AWSJSONOperation: Sendable {
    /// What follows the dot in `X-Amz-Target`.
    package var name: String
    package var handle: @Sendable (APICall) async throws -> APIResponse

    package init(_ name: String, handle: @escaping @Sendable (APICall) async throws -> APIResponse) {
        self.name = name
        self.handle = handle
    }
}

/// An API of the JSON 1.1 protocol: every call is a `POST /` that names its operation in `X-Amz-Target`, input and
/// output are JSON objects, and an error has its name in the member `__type`.
///
/// - Source: Smithy, "AWS JSON 1.1 protocol".
package struct AWSJSONAPI: AWSAPI {
    package static let contentType = "application/x-amz-json-1.1"

    package let signingName: String
    private let targetPrefix: String
    private let operations: [String: AWSJSONOperation]
    private let bodyLimit: Int
    private let permissions: OperationPermissions
    private let errors: any APIErrorTable
    private let onInternalError: @Sendable (_ operation: String, _ requestID: String, any Error) -> Void

    /// - Parameters:
    ///   - targetPrefix: What precedes the dot in `X-Amz-Target`.
    ///   - bodyLimit: Largest request body in bytes.
    ///   - permissions: What each operation needs its caller to be allowed.
    ///   - onInternalError: Told of every error that became a 5xx, so that it can be logged.
    package init(
        signingName: String, targetPrefix: String, operations: [AWSJSONOperation], bodyLimit: Int,
        permissions: OperationPermissions, errors: any APIErrorTable,
        onInternalError: @escaping @Sendable (_ operation: String, _ requestID: String, any Error) -> Void
    ) {
        self.signingName = signingName
        self.targetPrefix = targetPrefix
        self.operations = Dictionary(operations.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.bodyLimit = bodyLimit
        self.permissions = permissions
        self.errors = errors
        self.onInternalError = onInternalError
    }

    package func bodyLimit(method: String, path: String) -> Int { bodyLimit }

    package func respond(to request: AuthenticatedRequest) async -> APIResponse {
        var operationName = "unknown"
        do {
            let operation = try operation(of: request)
            operationName = operation.name
            let call = APICall(
                operation: operation.name, caller: request.caller, requestID: request.requestID,
                headers: request.headers, body: request.body, client: request.client)
            try await permissions.check(call)
            var response = try await operation.handle(call)
            response.headers.removeAll { $0.name == "content-type" }
            response.headers.append(("content-type", Self.contentType))
            return response
        } catch let denied as AccessDenied {
            return render(permissions.wireError(denied), requestID: request.requestID)
        } catch {
            let wire = errors.wireError(for: error)
            if wire.status >= 500 { onInternalError(operationName, request.requestID, error) }
            return render(wire, requestID: request.requestID)
        }
    }

    private func operation(of request: AuthenticatedRequest) throws(ProtocolError) -> AWSJSONOperation {
        let target = request.headers["x-amz-target"] ?? ""
        let parts = target.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard request.method == "POST", request.path == "/", parts.count == 2, parts[0] == targetPrefix,
            let operation = operations[String(parts[1])]
        else { throw .unknownOperation(method: request.method, path: target.isEmpty ? request.path : target) }
        return operation
    }

    package func render(_ error: APIError, requestID: String) -> APIResponse {
        var members = error.members
        members["__type"] = .string(error.type)
        members[error.messageKey] = .string(error.message)
        return APIResponse(
            status: error.status, headers: [("content-type", Self.contentType)] + error.headers,
            body: ByteBuffer(bytes: JSONValue.object(members).encoded()))
    }

    package func refuse(_ error: ProtocolError, requestID: String) -> APIResponse {
        render(errors.wireError(for: error), requestID: requestID)
    }
}
