package import TrellisModel

/// The traffic of the last seconds, by the edges of the map.
///
/// Holds one slice a second; a slice is bounded by whoever makes it.
package struct LiveTraffic: Sendable {
    /// How far back it looks, in seconds.
    package static let window = 10

    private var slices: [TrafficSlice] = []

    package init() {}

    /// The next second.
    package mutating func add(_ slice: TrafficSlice) {
        if slices.count == Self.window { slices.removeFirst() }
        slices.append(slice)
    }

    package mutating func clear() { slices = [] }

    /// Everything of the window that went by the network, or by any.
    package func edges(of network: ServiceNetworkID? = nil) -> EdgeTraffic {
        var edges = EdgeTraffic(seconds: max(1, slices.count))
        for slice in slices {
            edges.uncounted &+= slice.uncounted
            for (path, counts) in slice.paths where network == nil || path.network == network {
                edges.add(counts, by: path)
            }
        }
        return edges
    }
}

/// One edge of the map, named by what is at its end.
package enum TrafficEdge: Hashable, Sendable {
    case vpc(String?)
    case service(ServiceID)
    case listener(ListenerID)
    case rule(RuleID)
    case targetGroup(RuleID, TargetGroupID)
    /// - Parameter target: The ARN of a function, or address and port.
    case target(TargetGroupID, target: String)
}

/// Counts for each edge over some seconds.
package struct EdgeTraffic: Hashable, Sendable {
    package let seconds: Int
    package internal(set) var counts: [TrafficEdge: TrafficCounts] = [:]
    /// Requests by ways for which there was no room.
    package internal(set) var uncounted: UInt64 = 0

    package init(seconds: Int) {
        self.seconds = seconds
    }

    /// Counts a request on each edge of its way, as far as it went.
    package mutating func add(_ added: TrafficCounts, by path: TrafficPath) {
        counts[.vpc(path.vpc), default: TrafficCounts()].add(added)
        counts[.service(path.service), default: TrafficCounts()].add(added)
        counts[.listener(path.listener), default: TrafficCounts()].add(added)
        guard let rule = path.rule else { return }
        counts[.rule(rule), default: TrafficCounts()].add(added)
        guard let group = path.targetGroup else { return }
        counts[.targetGroup(rule, group), default: TrafficCounts()].add(added)
        guard let target = path.target else { return }
        counts[.target(group, target: target), default: TrafficCounts()].add(added)
    }

    /// The rates of an edge; all zero if nothing passed.
    package subscript(edge: TrafficEdge) -> TrafficRate {
        TrafficRate(counts[edge] ?? TrafficCounts(), seconds: seconds)
    }
}

/// What passes in a second.
package struct TrafficRate: Hashable, Sendable {
    package var requestsPerSecond: Double
    package var errorsPerSecond: Double
    /// In seconds; `nil` without requests.
    package var median: Double?
    /// In seconds; `nil` without requests.
    package var slowest: Double?

    package init(_ counts: TrafficCounts, seconds: Int) {
        let seconds = Double(max(1, seconds))
        requestsPerSecond = Double(counts.requests) / seconds
        errorsPerSecond = Double(counts.errors) / seconds
        median = counts.time.seconds(within: 0.5)
        slowest = counts.time.seconds(within: 0.99)
    }
}
