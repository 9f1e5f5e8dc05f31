package import TrellisModel

/// The way that requests took: every step of it is an edge of the map.
package struct TrafficPath: Hashable, Sendable {
    /// Where the client is, if it is known.
    package var vpc: String?
    package var network: ServiceNetworkID
    package var service: ServiceID
    package var listener: ListenerID
    /// Also that of a listener's default action; `nil` if the service did not let the request in.
    package var rule: RuleID?
    /// `nil` for a fixed response, or if no group has weight.
    package var targetGroup: TargetGroupID?
    /// The ARN of a function, or address and port; `nil` if there was none to send it to.
    package var target: String?

    package init(
        vpc: String?, network: ServiceNetworkID, service: ServiceID, listener: ListenerID, rule: RuleID?,
        targetGroup: TargetGroupID?, target: String?
    ) {
        self.vpc = vpc
        self.network = network
        self.service = service
        self.listener = listener
        self.rule = rule
        self.targetGroup = targetGroup
        self.target = target
    }
}

/// What passed between two looks at the traffic.
package struct TrafficSlice: Hashable, Sendable {
    package var paths: [TrafficPath: TrafficCounts] = [:]
    /// Requests by ways for which there was no room.
    package var uncounted: UInt64 = 0

    package init() {}

    package mutating func add(_ other: TrafficSlice) {
        for (path, counts) in other.paths { paths[path, default: TrafficCounts()].add(counts) }
        uncounted &+= other.uncounted
    }
}
