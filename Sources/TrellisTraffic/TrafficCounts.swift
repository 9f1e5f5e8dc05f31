/// Requests to something, by how they ended.
package struct TrafficCounts: Hashable, Sendable {
    package var requests: UInt64 = 0
    /// Answered with 400 to 499.
    package var clientErrors: UInt64 = 0
    /// Answered with 500 to 599.
    package var serverErrors: UInt64 = 0
    package var time = TimeHistogram()

    package init() {}

    /// - Parameter status: 0 if no answer was written.
    package mutating func add(status: Int, nanoseconds: Int64) {
        requests &+= 1
        switch status {
        case 400...499: clientErrors &+= 1
        case 500...599: serverErrors &+= 1
        default: break
        }
        time.add(nanoseconds: nanoseconds)
    }

    package mutating func add(_ other: TrafficCounts) {
        requests &+= other.requests
        clientErrors &+= other.clientErrors
        serverErrors &+= other.serverErrors
        time.add(other.time)
    }

    /// What was added since the counts were `earlier`; everything, if they began again.
    package func since(_ earlier: TrafficCounts) -> TrafficCounts {
        guard requests >= earlier.requests else { return self }
        var difference = self
        difference.requests &-= earlier.requests
        difference.clientErrors &-= min(clientErrors, earlier.clientErrors)
        difference.serverErrors &-= min(serverErrors, earlier.serverErrors)
        difference.time = time.since(earlier.time)
        return difference
    }

    package var errors: UInt64 { clientErrors &+ serverErrors }
}
