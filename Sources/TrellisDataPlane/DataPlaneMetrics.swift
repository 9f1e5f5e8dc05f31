import NIOCore
package import TrellisTraffic

/// What the data plane has counted since it began, over all event loops.
package struct DataPlaneMetrics: Sendable {
    /// Of services that are there and had requests, in the order of their ids.
    package var services: [RequestCounters]
    /// Of target groups that are there and had requests, in the order of their ids.
    package var targetGroups: [RequestCounters]
    /// Of target groups that are there and whose targets were connected to, in the order of their ids.
    package var targetConnections: [TargetConnectionCounters]
    package var connections: ConnectionCounters
    /// Request bodies that are in memory for functions now.
    package var collectedBodyBytes = 0

    /// The sum of what several event loops have counted.
    init(adding parts: [DataPlaneMetrics]) {
        services = RequestCounters.sums(of: parts.flatMap(\.services))
        targetGroups = RequestCounters.sums(of: parts.flatMap(\.targetGroups))
        targetConnections = TargetConnectionCounters.sums(of: parts.flatMap(\.targetConnections))
        connections = parts.reduce(into: ConnectionCounters()) { $0.add($1.connections) }
    }

    init(
        services: [RequestCounters], targetGroups: [RequestCounters], targetConnections: [TargetConnectionCounters],
        connections: ConnectionCounters
    ) {
        self.services = services
        self.targetGroups = targetGroups
        self.targetConnections = targetConnections
        self.connections = connections
    }
}

/// Counters of the requests to a service, or to a target group.
///
/// - Source: reference table "CloudWatch metrics".
package struct RequestCounters: Sendable {
    /// The id of the service or target group.
    package let id: String
    package private(set) var requests: UInt64 = 0
    /// By the first digit of the status, from 1 to 5; without those that were not answered.
    package private(set) var responses: [UInt64] = Array(repeating: 0, count: 5)
    /// Requests whose target did not answer in time.
    package private(set) var timeouts: UInt64 = 0
    /// Invocations by the raw value of ``InvocationResultKind``.
    private var invocations: [UInt64] = Array(repeating: 0, count: InvocationResultKind.allCases.count)
    /// Requests that a target has now.
    package var active = 0
    package private(set) var time = TimeHistogram()
    /// Of a service: connections that are passed on to a target.
    package var tunnels = TunnelCounters()

    init(id: String) {
        self.id = id
    }

    mutating func add(_ measurement: RequestMeasurement) {
        requests &+= 1
        if (100...599).contains(measurement.status) { responses[measurement.status / 100 - 1] &+= 1 }
        if measurement.timedOut { timeouts &+= 1 }
        time.add(nanoseconds: measurement.duration.nanoseconds)
    }

    /// How many invocations had this end.
    package func invocations(_ result: InvocationResultKind) -> UInt64 { invocations[result.rawValue] }

    mutating func addInvocation(_ result: InvocationResultKind) { invocations[result.rawValue] &+= 1 }

    private mutating func add(_ other: RequestCounters) {
        for index in invocations.indices { invocations[index] &+= other.invocations[index] }
        requests &+= other.requests
        for index in responses.indices { responses[index] &+= other.responses[index] }
        timeouts &+= other.timeouts
        active += other.active
        time.add(other.time)
        tunnels.add(other.tunnels)
    }

    fileprivate static func sums(of parts: [RequestCounters]) -> [RequestCounters] {
        var sums: [String: RequestCounters] = [:]
        for part in parts { sums[part.id, default: RequestCounters(id: part.id)].add(part) }
        return sums.values.sorted { $0.id < $1.id }
    }
}

/// Counters of the connections to a service that are passed on as they come.
package struct TunnelCounters: Sendable {
    package var opened: UInt64 = 0
    package var active = 0
    /// Those for which the target could not be reached.
    package var errors: UInt64 = 0
    /// Those for which the target was not reached in time.
    package var timeouts: UInt64 = 0
    /// From clients.
    package var receivedBytes: UInt64 = 0
    /// To clients.
    package var sentBytes: UInt64 = 0

    package init() {}

    fileprivate mutating func add(_ other: TunnelCounters) {
        opened &+= other.opened
        active += other.active
        errors &+= other.errors
        timeouts &+= other.timeouts
        receivedBytes &+= other.receivedBytes
        sentBytes &+= other.sentBytes
    }
}

/// Counters of the connections of all listeners.
package struct ConnectionCounters: Sendable {
    /// Connections that were taken.
    package var opened: UInt64 = 0
    package var active = 0
    /// Connections beyond the limit.
    package var refused: UInt64 = 0
    /// TLS handshakes that were completed.
    package var handshakes: UInt64 = 0
    /// TLS handshakes that failed.
    package var failedHandshakes: UInt64 = 0
    /// Headers and bodies of requests.
    package var receivedBytes: UInt64 = 0
    /// Headers and bodies of answers.
    package var sentBytes: UInt64 = 0
    /// What could not be read as a request, or was for a host that is unknown.
    package var requestsWithoutService: UInt64 = 0

    package init() {}

    mutating func add(_ other: ConnectionCounters) {
        opened &+= other.opened
        active += other.active
        refused &+= other.refused
        handshakes &+= other.handshakes
        failedHandshakes &+= other.failedHandshakes
        receivedBytes &+= other.receivedBytes
        sentBytes &+= other.sentBytes
        requestsWithoutService &+= other.requestsWithoutService
    }
}
