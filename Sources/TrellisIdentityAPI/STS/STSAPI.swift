package import TrellisAPI
package import TrellisModel
package import TrellisPrincipals
package import TrellisStore

/// The Security Token Service: who am I, and temporary credentials.
///
/// - Source: reference identity.md §5.
package struct STSAPI: AWSAPI, UnsignedAPI {
    package let signingName = "sts"

    static let version = "2011-06-15"
    private static let bodyLimit = 262_144
    private static let actions: [String: any STSAction.Type] = Dictionary(
        ([GetCallerIdentity.self, AssumeRole.self, GetSessionToken.self] as [any STSAction.Type]).map { ($0.name, $0) },
        uniquingKeysWith: { first, _ in first })

    let query = QueryProtocol(namespace: "https://sts.amazonaws.com/doc/\(STSAPI.version)/")
    let context: STSContext
    let onFailure: @Sendable (_ action: String, _ requestID: String, any Error) -> Void

    /// - Parameters:
    ///   - principals: Whose managed policies can limit sessions.
    ///   - providers: Whose tokens are exchanged for sessions.
    ///   - onFailure: Told of every answer with status 500.
    package init(
        store: any Store, principals: PrincipalDirectory, issuer: SessionIssuer, clock: any WallClock,
        providers: [WebIdentityProvider] = [],
        onFailure: @escaping @Sendable (_ action: String, _ requestID: String, any Error) -> Void
    ) {
        context = STSContext(store: store, principals: principals, issuer: issuer, clock: clock, providers: providers)
        self.onFailure = onFailure
    }

    package func bodyLimit(method: String, path: String) -> Int { Self.bodyLimit }

    package func respond(to request: AuthenticatedRequest) async -> APIResponse {
        // The token is the proof, also if the request is signed.
        let head = RequestHead(
            method: request.method, target: request.query.isEmpty ? request.path : "\(request.path)?\(request.query)",
            headers: request.headers, client: request.client)
        if let response = await respond(
            to: UnsignedRequest(head: head, body: request.body, requestID: request.requestID))
        {
            return response
        }
        do {
            let call = try QueryCall(request)
            return await respond(with: try Self.action(of: call), to: call, request)
        } catch {
            return query.error(error.apiError, requestID: request.requestID)
        }
    }

    package func render(_ error: APIError, requestID: String) -> APIResponse {
        query.error(QueryError.queryForm(of: error), requestID: requestID)
    }

    package func refuse(_ error: ProtocolError, requestID: String) -> APIResponse {
        query.error(QueryError.apiError(for: error), requestID: requestID)
    }

    private static func action(of call: QueryCall) throws(QueryError) -> any STSAction.Type {
        guard call.version == version else { throw .unknownAction(call.action, version: call.version) }
        if let action = actions[call.action] { return action }
        throw unsupportedActions.contains(call.action)
            ? .unsupportedAction(call.action) : .unknownAction(call.action, version: call.version)
    }

    private func respond(
        with action: any STSAction.Type, to call: QueryCall, _ request: AuthenticatedRequest
    ) async -> APIResponse {
        do {
            let result = try await action.respond(
                to: STSCall(
                    caller: request.caller, parameters: call.parameters, context: context,
                    conditions: RequestConditions(request, at: context.clock.now())))
            return query.answer(action.name, result: result, requestID: request.requestID)
        } catch {
            return refusal(error, of: action.name, requestID: request.requestID)
        }
    }

    // MARK: Web identities

    package func takes(_ head: RequestHead) -> Bool {
        guard head.headers["authorization"] == nil, head.path == "/" else { return false }
        return head.method == "POST"
            ? head.headers["content-type"]?.hasPrefix("application/x-www-form-urlencoded") ?? false
            : head.method == "GET" && head.query.contains("Action=")
    }

    package func respond(to request: UnsignedRequest) async -> APIResponse? {
        let name = AssumeRoleWithWebIdentity.name
        guard let call = try? QueryCall(request.head, body: request.body), call.action == name,
            call.version == Self.version
        else { return nil }
        do {
            let result = try await AssumeRoleWithWebIdentity.respond(
                call.parameters, in: context,
                conditions: RequestConditions(request.head, at: context.clock.now()))
            return query.answer(name, result: result, requestID: request.requestID)
        } catch {
            return refusal(error, of: name, requestID: request.requestID)
        }
    }

    func refusal(_ error: any Error, of action: String, requestID: String) -> APIResponse {
        let wireError = STSError.wireError(for: error)
        if wireError.status >= 500 { onFailure(action, requestID, error) }
        return query.error(wireError, requestID: requestID)
    }

    /// - Source: the sts service model (botocore 1.43.11).
    private static let unsupportedActions: Set<String> = [
        "AssumeRoleWithSAML", "AssumeRoot", "DecodeAuthorizationMessage",
        "GetAccessKeyInfo", "GetDelegatedAccessToken", "GetFederationToken", "GetWebIdentityToken",
    ]
}
