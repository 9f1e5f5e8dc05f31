package import NIOCore
package import TrellisModel

/// One operation of a rest-json API.
package struct APIOperation: Sendable {
    package var name: String
    package var method: String
    package var path: PathTemplate
    /// What the query has to hold, for operations that share method and path with another.
    package var query: (name: String, value: String)?
    /// Largest request body in bytes.
    package var bodyLimit: Int
    package var handle: @Sendable (APICall) async throws -> APIResponse

    /// - Parameter path: As in the service model: `/services/{serviceIdentifier}`, or with one query item:
    ///   `/layers?find=LayerVersion`.
    package init(
        _ name: String, _ method: String, _ path: String, bodyLimit: Int = 1_048_576,
        handle: @escaping @Sendable (APICall) async throws -> APIResponse
    ) {
        self.name = name
        self.method = method
        let parts = path.split(separator: "?", maxSplits: 1)
        self.path = PathTemplate(String(parts.first ?? ""))
        let item = parts.dropFirst().first?.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        query = item.map { (String($0[0]), $0.count == 2 ? String($0[1]) : "") }
        self.bodyLimit = bodyLimit
        self.handle = handle
    }
}

/// A request path of a service model: literal segments and `{labels}`.
package struct PathTemplate: Hashable, Sendable {
    private enum Segment: Hashable {
        case literal(Substring)
        case label(String)
    }

    private let segments: [Segment]

    var segmentCount: Int { segments.count }

    package init(_ text: String) {
        segments = text.split(separator: "/").map { part in
            part.hasPrefix("{") && part.hasSuffix("}") ? .label(String(part.dropFirst().dropLast())) : .literal(part)
        }
    }

    /// - Parameter path: The raw segments, still percent-encoded: an encoded slash in an ARN does not split.
    /// - Returns: The decoded labels, or `nil` if the path has another form or a label is empty.
    package func match(_ path: [Substring]) -> [String: String]? {
        guard path.count == segments.count else { return nil }
        // Most templates differ in a literal, which is cheaper to see than a label is to decode.
        for case (.literal(let text), let part) in zip(segments, path) where text != part { return nil }
        var labels: [String: String] = [:]
        for case (.label(let name), let part) in zip(segments, path) {
            guard let value = percentDecoded(part, plusIsSpace: false), !value.isEmpty else { return nil }
            labels[name] = value
        }
        return labels
    }
}

/// An AWS API behind one signing name.
package protocol AWSAPI: Sendable {
    /// The service part of the credential scope, for example `vpc-lattice`.
    var signingName: String { get }

    /// The largest body that a request of this method and path may have, in bytes.
    func bodyLimit(method: String, path: String) -> Int

    /// Answers a request whose signature holds. Errors are answers too.
    func respond(to request: AuthenticatedRequest) async -> APIResponse

    /// The wire form of an error of the layers in front of the operations.
    func render(_ error: APIError, requestID: String) -> APIResponse

    /// The service's own error for a request that no operation may see.
    func refuse(_ error: ProtocolError, requestID: String) -> APIResponse
}

/// A request after the signature was checked and before an operation is chosen.
package struct AuthenticatedRequest: Sendable {
    package var method: String
    /// The raw path, without the query.
    package var path: String
    /// The raw query, without `?`; empty if there is none.
    package var query: String
    package var headers: APIHeaders
    package var body: ByteBuffer
    package var caller: Caller
    package var requestID: String
    /// The other end of the connection; `nil` if it is not known.
    package var client: IPAddress?

    package init(
        method: String, path: String, query: String, headers: APIHeaders, body: ByteBuffer, caller: Caller,
        requestID: String, client: IPAddress? = nil
    ) {
        self.client = client
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.caller = caller
        self.requestID = requestID
    }
}

/// Turns whatever an operation throws into the service's own error; the one place where a service names them.
package protocol APIErrorTable: Sendable {
    /// - Parameter error: The service's own errors, ``InvalidInput``, ``ProtocolError``, or anything else, which becomes
    ///   the service's internal error without telling more.
    func wireError(for error: any Error) -> APIError
}

/// An API of the `rest-json` protocol: an operation is chosen by method and path.
package struct RestJSONAPI: AWSAPI {
    package let signingName: String
    /// What is seen of a request without decoding anything of it.
    private struct Form: Hashable {
        var method: String
        var segmentCount: Int
    }

    private let operations: [Form: [APIOperation]]
    private let permissions: OperationPermissions
    private let errors: any APIErrorTable
    private let onInternalError: @Sendable (_ operation: String, _ requestID: String, any Error) -> Void

    /// - Parameters:
    ///   - permissions: What each operation needs its caller to be allowed.
    ///   - onInternalError: Told of every error that became a 5xx, so that it can be logged.
    package init(
        signingName: String, operations: [APIOperation], permissions: OperationPermissions, errors: any APIErrorTable,
        onInternalError: @escaping @Sendable (_ operation: String, _ requestID: String, any Error) -> Void
    ) {
        self.signingName = signingName
        self.operations = Dictionary(grouping: operations) { operation in
            Form(method: operation.method, segmentCount: operation.path.segmentCount)
        }
        self.permissions = permissions
        self.errors = errors
        self.onInternalError = onInternalError
    }

    package func bodyLimit(method: String, path: String) -> Int {
        find(method: method, path: path, query: nil)?.operation.bodyLimit ?? 1_048_576
    }

    package func respond(to request: AuthenticatedRequest) async -> APIResponse {
        var operationName = "unknown"
        do {
            let query = QueryItems(request.query)
            guard let (operation, labels) = find(method: request.method, path: request.path, query: query) else {
                throw ProtocolError.unknownOperation(method: request.method, path: request.path)
            }
            operationName = operation.name
            guard let query else { throw ProtocolError.malformedTarget }
            let call = APICall(
                operation: operation.name, caller: request.caller, requestID: request.requestID, labels: labels,
                query: query, headers: request.headers, body: request.body, client: request.client)
            try await permissions.check(call)
            return try await operation.handle(call)
        } catch let denied as AccessDenied {
            return render(permissions.wireError(denied), requestID: request.requestID)
        } catch {
            let wire = errors.wireError(for: error)
            if wire.status >= 500 { onInternalError(operationName, request.requestID, error) }
            return render(wire, requestID: request.requestID)
        }
    }

    package func render(_ error: APIError, requestID: String) -> APIResponse {
        var members = error.members
        members[error.messageKey] = .string(error.message)
        var response = APIResponse.json(.object(members), status: error.status)
        response.headers.append(("x-amzn-errortype", error.type))
        response.headers += error.headers
        return response
    }

    package func refuse(_ error: ProtocolError, requestID: String) -> APIResponse {
        render(errors.wireError(for: error), requestID: requestID)
    }

    /// A literal segment beats a label, so `/a/b` is found before `/a/{label}`; of two with the same path, the one that
    /// asks for a query item comes first.
    private func find(
        method: String, path: String, query: QueryItems?
    ) -> (operation: APIOperation, labels: [String: String])? {
        let segments = path.split(separator: "/")
        var best: (operation: APIOperation, labels: [String: String])?
        for operation in operations[Form(method: method, segmentCount: segments.count)] ?? [] {
            if let item = operation.query, query?[item.name] != item.value { continue }
            guard let labels = operation.path.match(segments) else { continue }
            if let known = best {
                let isNearer =
                    labels.count < known.labels.count
                    || labels.count == known.labels.count && operation.query != nil && known.operation.query == nil
                guard isNearer else { continue }
            }
            best = (operation, labels)
        }
        return best
    }
}
