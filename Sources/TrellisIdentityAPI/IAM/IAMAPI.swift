package import TrellisAPI
package import TrellisModel
package import TrellisPrincipals
package import TrellisStore

/// The part of Identity and Access Management that users, roles and their policies need.
///
/// An account's identities are the same in every Region, so the Region in the credential scope does not matter.
///
/// - Source: reference identity.md §6.
package struct IAMAPI: AWSAPI {
    package let signingName = "iam"

    private static let version = "2010-05-08"
    /// A document of the largest length with every character escaped, and the other parameters.
    private static let bodyLimit = 1_048_576
    private static let actions: [String: any IAMAction.Type] = Dictionary(
        IAMActions.all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    private let query = QueryProtocol(namespace: "https://iam.amazonaws.com/doc/\(IAMAPI.version)/")
    private let context: IAMContext
    private let onFailure: @Sendable (_ action: String, _ requestID: String, any Error) -> Void

    /// - Parameters:
    ///   - seal: Keeps the secrets of access keys in the store.
    ///   - random: For unique ids and access keys.
    ///   - onFailure: Told of every answer with status 500.
    package init(
        store: any Store, seal: ServerSeal, clock: any WallClock, random: any RandomSource,
        onFailure: @escaping @Sendable (_ action: String, _ requestID: String, any Error) -> Void
    ) {
        context = IAMContext(store: store, clock: clock, random: random, seal: seal)
        self.onFailure = onFailure
    }

    package func bodyLimit(method: String, path: String) -> Int { Self.bodyLimit }

    package func respond(to request: AuthenticatedRequest) async -> APIResponse {
        do {
            let call = try QueryCall(request)
            return await respond(to: call, with: try Self.action(of: call), request)
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

    private static func action(of call: QueryCall) throws(QueryError) -> any IAMAction.Type {
        guard call.version == version, let action = actions[call.action] else {
            throw .unknownAction(call.action, version: call.version)
        }
        return action
    }

    private func respond(
        to call: QueryCall, with action: any IAMAction.Type, _ request: AuthenticatedRequest
    ) async -> APIResponse {
        let iamCall = IAMCall(
            account: request.caller.account, caller: request.caller.principal, parameters: call.parameters,
            context: context)
        do {
            guard request.caller.mayCallIAM else { throw IAMError.noMultiFactorAuthentication }
            try await request.caller.require(
                [try await IAMPermissions.permission(for: action.name, iamCall)],
                RequestConditions(request, at: iamCall.now))
            let result = try await action.respond(to: iamCall)
            return query.answer(action.name, result: result, requestID: request.requestID)
        } catch {
            let wireError = IAMError.wireError(for: error)
            if wireError.status >= 500 { onFailure(action.name, request.requestID, error) }
            return query.error(wireError, requestID: request.requestID)
        }
    }
}

extension Caller {
    /// Whether the credentials are of a kind that the API takes: those of GetSessionToken without MFA are not.
    ///
    /// - Source: IAM User Guide, "Comparing AWS STS credentials".
    fileprivate var mayCallIAM: Bool { session?.isOfRole ?? true }
}
