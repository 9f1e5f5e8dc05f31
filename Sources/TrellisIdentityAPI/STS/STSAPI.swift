package import TrellisAPI

/// The Security Token Service: who am I.
///
/// - Source: reference identity.md §5.
package struct STSAPI: AWSAPI {
    package let signingName = "sts"

    private static let version = "2011-06-15"
    private static let bodyLimit = 262_144
    let query = QueryProtocol(namespace: "https://sts.amazonaws.com/doc/\(STSAPI.version)/")

    package init() {}

    package func bodyLimit(method: String, path: String) -> Int { Self.bodyLimit }

    package func respond(to request: AuthenticatedRequest) async -> APIResponse {
        do {
            return try answer(QueryCall(request), for: request)
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

    private func answer(
        _ call: QueryCall, for request: AuthenticatedRequest
    ) throws(QueryError) -> APIResponse {
        guard call.version == Self.version else { throw .unknownAction(call.action, version: call.version) }
        switch call.action {
        case "GetCallerIdentity": return getCallerIdentity(request)
        case let action where Self.unsupportedActions.contains(action): throw .unsupportedAction(action)
        default: throw .unknownAction(call.action, version: call.version)
        }
    }

    /// - Source: the sts service model (botocore 1.43.11).
    private static let unsupportedActions: Set<String> = [
        "AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot", "DecodeAuthorizationMessage",
        "GetAccessKeyInfo", "GetDelegatedAccessToken", "GetFederationToken", "GetSessionToken", "GetWebIdentityToken",
    ]
}
