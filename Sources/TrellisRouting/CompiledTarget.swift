import Synchronization
package import TrellisModel

/// A target that requests are forwarded to: of an INSTANCE, IP or ALB group, registered and not draining.
package final class CompiledTarget: Sendable {
    /// As it is registered: an address, the id of an instance, or the ARN of a load balancer.
    package let id: String
    package let endpoint: TargetEndpoint
    /// One for the whole time that the target is registered, however often its group is compiled.
    package let health: TargetHealthCell

    init(id: String, endpoint: TargetEndpoint, health: TargetHealthCell) {
        self.id = id
        self.endpoint = endpoint
        self.health = health
    }
}

/// Where and how a target is spoken to; equal endpoints can share connections.
package struct TargetEndpoint: Hashable, Sendable {
    package var address: IPAddress
    /// 1 to 65535.
    package var port: Int
    /// By TLS.
    package var isSecure: Bool
    package var version: Version

    package enum Version: Hashable, Sendable {
        case http1
        /// Also for gRPC.
        case http2
    }

    package init(address: IPAddress, port: Int, isSecure: Bool, version: Version) {
        self.address = address
        self.port = port
        self.isSecure = isSecure
        self.version = version
    }

    /// `10.0.1.7:8080`, an IPv6 address in brackets.
    package var addressAndPort: String {
        switch address {
        case .v4: "\(address):\(port)"
        case .v6: "[\(address)]:\(port)"
        }
    }
}

/// What the health checks of one target say, written by them and read by every event loop.
///
/// The only thing in a ``Snapshot`` that changes: a check that fails is no change of any record, and a request must not
/// wait for a lock to learn of it.
package final class TargetHealthCell: Sendable {
    private let stored = Atomic<UInt8>(TargetCheckStatus.initial.rawValue)

    package init() {}

    package var status: TargetCheckStatus {
        get { TargetCheckStatus(rawValue: stored.load(ordering: .relaxed)) ?? .initial }
        set { stored.store(newValue.rawValue, ordering: .relaxed) }
    }
}

extension CompiledTargetGroup {
    /// The next target in turn.
    ///
    /// Healthy targets only, or all of them if none is healthy; all of them too where nothing is checked.
    ///
    /// - Parameter turn: Where to look first; any number that is not negative.
    /// - Returns: The target, and where to look for the next one; `nil` if there is no target.
    /// - Source: reference section "Load balancing".
    package func target(atTurn turn: Int) -> (target: CompiledTarget, nextTurn: Int)? {
        guard !targets.isEmpty, turn >= 0 else { return nil }
        let start = turn % targets.count
        guard checksHealth else { return (targets[start], start + 1) }
        for offset in targets.indices {
            let index = (start + offset) % targets.count
            if targets[index].health.status == .healthy { return (targets[index], index + 1) }
        }
        return (targets[start], start + 1)
    }
}
