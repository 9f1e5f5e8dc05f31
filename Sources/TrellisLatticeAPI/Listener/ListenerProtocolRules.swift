import TrellisModel
import TrellisStore

/// Which actions a listener can have, by its protocol.
///
/// - Source: reference tables "Listeners" and "Types and config": TCP groups are for TLS_PASSTHROUGH listeners and these
///   forward to nothing else; HTTP2 and GRPC groups need an HTTPS listener. That the API refuses the others, with
///   ValidationException, is chosen: every request would fail.
extension StoreSession {
    /// - Parameters:
    ///   - action: Its groups are read in the same transaction.
    ///   - field: Where the action is in the request: `action` or `defaultAction`.
    /// - Throws: ValidationException, or ResourceNotFoundException for an unknown group.
    func requireServable(
        _ action: RuleAction, by listenerProtocol: ListenerProtocol, in scope: Scope, field: String
    ) async throws {
        if case .fixedResponse = action, listenerProtocol == .tlsPassthrough {
            throw LatticeError.invalid(
                "\(field).fixedResponse", "A TLS_PASSTHROUGH listener forwards to TCP target groups only")
        }
        for (index, weighted) in action.targetGroups.enumerated() {
            let group = try await liveTargetGroup(weighted.targetGroup, in: scope)
            if let problem = listenerProtocol.problem(with: group) {
                throw LatticeError.invalid(
                    "\(field).forward.targetGroups[\(index)].targetGroupIdentifier",
                    "TargetGroup \(group.id) \(problem)")
            }
        }
    }
}

extension ListenerProtocol {
    fileprivate func problem(with group: TargetGroupRecord) -> String? {
        let isTCP = group.config?.protocol == .tcp
        guard self != .tlsPassthrough else {
            return isTCP ? nil : "is not a TCP target group, to which alone a TLS_PASSTHROUGH listener forwards"
        }
        if isTCP { return "is a TCP target group, which needs a TLS_PASSTHROUGH listener" }
        guard self == .http, let version = group.config?.protocolVersion, version != .http1 else { return nil }
        return "has the protocol version \(version.rawValue), which needs an HTTPS listener"
    }
}

extension ServiceRecord {
    /// Refuses a listener that this service cannot have.
    ///
    /// - Throws: ValidationException: without a custom domain no client would be recognised by its server name.
    func requireCanListen(by listenerProtocol: ListenerProtocol) throws {
        guard listenerProtocol != .tlsPassthrough || customDomainName != nil else {
            throw LatticeError.invalid(
                "protocol", "Service \(id) has no custom domain name, which a TLS_PASSTHROUGH listener needs")
        }
    }
}

extension ListenerRecord {
    /// - Throws: ValidationException: a TLS_PASSTHROUGH listener has its default rule only.
    func requireCanHaveRules() throws {
        guard `protocol` != .tlsPassthrough else {
            throw LatticeError.invalid(
                "listenerIdentifier",
                "Listener \(id) has the protocol TLS_PASSTHROUGH and can have no rules besides the default rule")
        }
    }
}
