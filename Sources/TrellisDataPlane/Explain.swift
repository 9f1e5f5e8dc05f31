package import NIOHTTP1
package import TrellisModel
package import TrellisPolicy
import TrellisPrincipals
package import TrellisRouting
package import TrellisSignature

/// A request that nobody sends, to see what would become of it.
package struct ImaginedRequest: Sendable {
    /// With its target in origin form and a `host` header.
    package var head: HTTPRequestHead
    /// Of a listener, or the one that its socket is bound to.
    package var port: Int
    package var isSecure: Bool
    package var client: IPAddress
    /// `nil` for an anonymous caller.
    package var accessKeyID: String?
    /// Of temporary credentials; their access key alone is nobody's.
    package var sessionToken: SessionToken?

    package init(
        head: HTTPRequestHead, port: Int, isSecure: Bool, client: IPAddress, accessKeyID: String?,
        sessionToken: SessionToken? = nil
    ) {
        self.head = head
        self.port = port
        self.isSecure = isSecure
        self.client = client
        self.accessKeyID = accessKeyID
        self.sessionToken = sessionToken
    }
}

/// What would become of an ``ImaginedRequest``, as far as it went.
package struct RequestExplanation: Sendable {
    package enum Outcome: Sendable {
        case notFound(NotFoundReason)
        /// The access key that should sign is unknown or inactive, or its token is not the key's.
        case unknownAccessKey
        case expiredSession
        /// - Parameter message: What the client reads.
        case denied(message: String)
        /// - Parameter rule: `nil` for the listener's default action.
        case served(rule: RuleID?, CompiledAction)
    }

    package var listener: ListenerBinding
    /// `nil` if no service, network or listener was found.
    package var route: Route?
    package var caller: PolicyCaller?
    package var authorization: AuthorizationExplanation?
    /// Of an ``authorization``: what was to be done, and to what.
    package var action = ""
    package var resource = ""
    package var outcome: Outcome
}

extension DataPlane {
    /// Decides about a request as a connection would, and says why; nothing is sent, counted or logged.
    ///
    /// - Throws: If the event loops have been shut down.
    package func explain(_ request: ImaginedRequest) async throws -> RequestExplanation {
        let `protocol`: ListenerProtocol = request.isSecure ? .https : .http
        let statuses = await listenerStatuses().filter { $0.protocol == `protocol` }
        let port = (statuses.first { $0.boundPort == request.port })?.port ?? request.port
        let listener = ListenerBinding(port: port, protocol: `protocol`)
        return try await onSomeLoop { $0.explain(request, on: listener) }
    }
}

extension LoopState {
    fileprivate func explain(_ request: ImaginedRequest, on listener: ListenerBinding) -> RequestExplanation {
        let source = SourceVPC(of: request.client, in: environment.configuration.sourceVPCs)
        let route: Route
        switch snapshot.resolve(host: request.head.headers["host"].first ?? "", on: listener, from: source) {
        case .failure(let reason): return RequestExplanation(listener: listener, outcome: .notFound(reason))
        case .success(let found): route = found
        }
        let caller: RequestCaller
        switch self.caller(request) {
        case .success(let found): caller = found
        case .failure(let missing):
            return RequestExplanation(listener: listener, route: route, outcome: missing.outcome)
        }
        let policyRequest = ServicePolicyRequest(
            head: request.head, route: route, caller: caller.caller, port: listener.port, isSecure: request.isSecure,
            sourceIP: request.client.description, endpoint: nil, now: environment.clock.now())
        let authorization = route.authorization.explain(policyRequest, identity: caller.policies)
        var explanation = RequestExplanation(
            listener: listener, route: route, caller: caller.caller, authorization: authorization,
            action: policyRequest.action,
            resource: policyRequest.resourceText,
            outcome: .unknownAccessKey)
        if let denial = authorization.denial {
            explanation.outcome = .denied(
                message: denial.message(
                    caller: caller.caller, action: explanation.action, resource: explanation.resource))
        } else {
            let rule = route.listener.rule(for: HeadView(head: request.head))
            explanation.outcome = .served(rule: rule?.id, rule?.action ?? route.listener.defaultAction)
        }
        return explanation
    }

    private struct NoCaller: Error {
        var outcome: RequestExplanation.Outcome
    }

    private func caller(_ request: ImaginedRequest) -> Result<RequestCaller, NoCaller> {
        guard let accessKeyID = request.accessKeyID else { return .success(.anonymous) }
        if case .unverified(let caller, let policies) = environment.callers {
            return .success(RequestCaller(caller: caller, policies: policies))
        }
        guard let known = findCaller(accessKeyID, request.sessionToken) else {
            return .failure(NoCaller(outcome: .unknownAccessKey))
        }
        let now = SigningTime(secondsSinceEpoch: environment.clock.now().millisecondsSinceEpoch / 1000)
        if case .temporary(_, let expiration) = known.credential.lifetime, expiration <= now {
            return .failure(NoCaller(outcome: .expiredSession))
        }
        return .success(RequestCaller(caller: known.caller, policies: known.policies))
    }
}
