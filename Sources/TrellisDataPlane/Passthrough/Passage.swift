import TrellisModel
import TrellisPolicy
import TrellisRouting

/// Where a connection to a TLS_PASSTHROUGH listener goes.
struct Passage {
    let route: Route
    let group: CompiledTargetGroup
    let target: CompiledTarget
}

/// Why a connection is not passed on; as much as is known for its access log entry.
struct PassageRefusal: Error {
    var failure: HandshakeFailure
    /// `nil` if the client does not reach the service.
    var route: Route?
    var group: CompiledTargetGroup?
    var reason: FailureReason?
    var authDeniedReason: String?
}

extension CompiledService {
    /// The listener on this port if it passes connections on.
    func passthrough(onPort port: Int) -> CompiledListener? {
        listener(on: ListenerBinding(port: port, protocol: .tlsPassthrough))
    }
}

extension LoopState {
    /// *Resolve*, *authorize* and *choose* for a connection that nobody reads.
    ///
    /// - Parameters:
    ///   - name: The client's server name, in lower case.
    ///   - service: That has the name, and a TLS_PASSTHROUGH listener on the port.
    /// - Source: reference table "Listeners", row TLS_PASSTHROUGH: the custom domain is matched, callers are anonymous,
    ///   the default action forwards to TCP groups.
    func passage(
        to name: String, of service: CompiledService, onPort port: Int, from peer: Peer
    ) -> Result<Passage, PassageRefusal> {
        guard name == service.customDomainName else { return .failure(PassageRefusal(failure: .notPassedOn(name))) }
        let binding = ListenerBinding(port: port, protocol: .tlsPassthrough)
        switch snapshot.resolve(host: name, on: binding, from: peer.source) {
        case .failure(let reason): return .failure(PassageRefusal(failure: .unreachable(name, reason)))
        case .success(let route):
            if let refusal = refusal(by: route, to: name, from: peer) { return .failure(refusal) }
            return choose(for: name, by: route)
        }
    }

    private func refusal(by route: Route, to name: String, from peer: Peer) -> PassageRefusal? {
        let authorization = route.authorization
        guard authorization.isNeeded else { return nil }
        let request = ServicePolicyRequest(
            head: nil, route: route, caller: .anonymous, port: route.listener.binding.port, isSecure: true,
            sourceIP: peer.address, endpoint: peer.endpoint, now: environment.clock.now())
        guard let denial = authorization.denial(of: request, identity: .policies([])) else { return nil }
        let message = denial.message(
            caller: .anonymous, action: request.action,
            resource: request.resourceText)
        return PassageRefusal(
            failure: .accessDenied(name, message: message), route: route, reason: .clientAccessDenied,
            authDeniedReason: Failure.accessDenied(layer: denial.layer, message: message).authDeniedReason)
    }

    private func choose(for name: String, by route: Route) -> Result<Passage, PassageRefusal> {
        var refusal = PassageRefusal(
            failure: .noTarget(name, reason: "no registered target"), route: route, reason: .targetConnectionError)
        guard case .forward(let forward) = route.listener.defaultAction,
            let choice = forward.choice(by: &random), let group = snapshot.targetGroup(choice)
        else { return .failure(refusal) }
        refusal.group = group
        guard group.config?.protocol == .tcp, let target = rotation.next(of: group, &random) else {
            return .failure(refusal)
        }
        return .success(Passage(route: route, group: group, target: target))
    }
}
