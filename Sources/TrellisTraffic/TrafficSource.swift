package import TrellisModel

/// Where traffic passes and is counted.
package protocol TrafficSource: Sendable {
    /// What was counted since the start, of everything that is there and had requests.
    func totals() async -> [TrafficSubject: TrafficCounts]

    /// What passed since the last call, as long as somebody is watching.
    ///
    /// - Parameter goesOn: Whether requests are counted by their ways until the next call; without it they cost nothing.
    func takeSlice(goesOn: Bool) async -> TrafficSlice

    /// Keeps the bodies of these services and of no others, from now on.
    func capture(_ services: Set<ServiceID>) async
}
