import TrellisModel
import TrellisTraffic

/// What can be reached by a service network, from the VPCs to the functions.
struct NetworkMap: Hashable, Sendable {
    struct Service: Hashable, Sendable {
        var id: ServiceID
        var name: String
        var status: String
        var listeners: [Listener] = []
    }

    struct Listener: Hashable, Sendable {
        var id: ListenerID
        /// For example `HTTP 80`.
        var title: String
        /// In the order of their priorities, the default action last.
        var rules: [Rule] = []
        /// Rules that are not shown for lack of room.
        var omitted = 0
    }

    struct Rule: Hashable, Sendable {
        var id: RuleID
        var name: String
        /// `GET /orders…`, or `everything else`.
        var match: String
        /// Of a fixed response.
        var statusCode: Int?
        var groups: [WeightedGroup] = []
    }

    struct WeightedGroup: Hashable, Sendable {
        var id: TargetGroupID
        /// Of the requests that the rule forwards, in percent.
        var share: Int
    }

    struct TargetGroup: Hashable, Sendable {
        var id: TargetGroupID
        var name: String
        var type: String
        var targets: [Target] = []
        /// Targets that are not shown for lack of room.
        var omitted = 0
    }

    struct Target: Hashable, Sendable {
        /// As traffic names it: the ARN of a function, or address and port.
        var id: String
        var name: String
        var status: String
    }

    var network: ServiceNetworkID
    var name: String
    /// The VPCs that are associated, by their ids.
    var vpcs: [String]
    var vpcsOmitted = 0
    var services: [Service]
    /// In the order in which rules name them first.
    var groups: [TargetGroup]
    /// Where the next services are; `nil` if there are no more.
    var next: String?

    /// Every edge that the map shows.
    var edges: [TrafficEdge] {
        var edges: [TrafficEdge] = vpcs.map { .vpc($0) }
        for service in services {
            edges.append(.service(service.id))
            for listener in service.listeners {
                edges.append(.listener(listener.id))
                for rule in listener.rules {
                    edges.append(.rule(rule.id))
                    edges += rule.groups.map { .targetGroup(rule.id, $0.id) }
                }
            }
        }
        for group in groups { edges += group.targets.map { .target(group.id, target: $0.id) } }
        return edges
    }
}
