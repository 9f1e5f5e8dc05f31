import NIOCore
import NIOHTTP1
import TrellisInvoke
import TrellisLambdaEvent
import TrellisModel
import TrellisPolicy
import TrellisRouting

extension ConnectionHandler {
    /// *Map*: the request as an invocation of its target, with the event that the target group asks for.
    ///
    /// - Throws: ``LambdaEventError/tooLarge(limit:)``
    func map(
        _ request: ServedRequest, by route: Route, to target: ChosenFunction
    ) throws(LambdaEventError) -> Invocation {
        let forwarded = forwardedHeaders(request, by: route, to: target.group)
        let composed = forwarded.compose(request.head.headers)
        let event = try LambdaEventEncoder(version: target.group.eventStructureVersion).encode(
            LambdaEventRequest(
                method: request.head.method.rawValue, target: request.head.uri, headers: composed.headers,
                body: request.body),
            context: forwarded.context, allocator: allocator)
        return Invocation(
            function: target.function, payload: event,
            // A client may choose any text for its request; that of an invocation is always a UUID.
            requestID: request.facts.requestID == nil ? request.id : loop.random.uuid(),
            caller: .service(
                principal: "vpc-lattice.amazonaws.com", sourceARN: target.group.arn,
                sourceAccount: target.group.scope.account),
            traceHeader: request.facts.traceHeader)
    }

    /// What Lattice says about the request to a target of the group, whatever its type.
    func forwardedHeaders(
        _ request: ServedRequest, by route: Route, to group: CompiledTargetGroup
    ) -> ForwardedHeaders {
        let context = LambdaEventContext(
            serviceNetworkARN: route.network.arn, serviceARN: route.service.arn, targetGroupARN: group.arn,
            region: route.service.scope.region.rawValue,
            identity: CallerIdentity(request.caller, by: route),
            timeEpoch: request.arrivedAt.millisecondsSinceEpoch &* 1000)
        return ForwardedHeaders(
            context: context, peerAddress: peer.address, listenerPort: binding.port,
            scheme: tls == nil ? .http : .https, requestID: request.id)
    }
}

extension CallerIdentity {
    /// - Parameter caller: `nil` for an anonymous one, whose VPC alone is shown.
    fileprivate init(_ caller: PolicyCaller?, by route: Route) {
        self.init(sourceVpcARN: route.sourceVPC?.arn)
        guard let caller else { return }
        if route.authorization.isNeeded { type = "AWS_IAM" }
        principal = caller.arn
        principalOrgID = caller.details.organizationID
        principalOrgPath = caller.details.organizationPaths.first
        if case .assumedRole = caller.kind { sessionName = caller.arn.split(separator: "/").last.map(String.init) }
        x509 = X509Identity(caller.details.tags)
        principalTags = caller.details.tags.sorted { $0.key < $1.key }.map {
            PrincipalTag(key: $0.key, value: $0.value)
        }
    }
}

extension X509Identity {
    /// The certificate fields of a Roles Anywhere session.
    ///
    /// - Returns: `nil` if there is none of them among the tags.
    /// - Source: reference identity.md §8.
    fileprivate init?(_ tags: [String: String]) {
        self.init(
            issuerOU: tags["x509Issuer/OU"], sanDNS: tags["x509SAN/DNS"], sanNameCN: tags["x509SAN/Name/CN"],
            sanURI: tags["x509SAN/URI"], subjectCN: tags["x509Subject/CN"])
        guard self != X509Identity() else { return nil }
    }
}
