/// How many requests took how long.
package struct TimeHistogram: Hashable, Sendable {
    /// Upper bounds in seconds, inclusive; what takes longer is in the sum and the number only.
    ///
    /// From a fixed response up to the shortest idle timeout of a service.
    package static let bounds: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]
    private static let nanosecondBounds = bounds.map { UInt64($0 * 1_000_000_000) }

    /// One for each bound, and one for what takes longer; not cumulative.
    package private(set) var counts: [UInt64] = Array(repeating: 0, count: bounds.count + 1)
    package private(set) var nanoseconds: UInt64 = 0

    package init() {}

    /// - Parameter duration: In nanoseconds; less than nothing counts as nothing.
    package mutating func add(nanoseconds duration: Int64) {
        let nanoseconds = UInt64(clamping: duration)
        self.nanoseconds &+= nanoseconds
        var bucket = 0
        while bucket < Self.nanosecondBounds.count, nanoseconds > Self.nanosecondBounds[bucket] { bucket += 1 }
        counts[bucket] &+= 1
    }

    package mutating func add(_ other: TimeHistogram) {
        for index in counts.indices { counts[index] &+= other.counts[index] }
        nanoseconds &+= other.nanoseconds
    }

    /// What was added since the histogram was `earlier`.
    package func since(_ earlier: TimeHistogram) -> TimeHistogram {
        var difference = self
        for index in counts.indices { difference.counts[index] &-= min(counts[index], earlier.counts[index]) }
        difference.nanoseconds &-= min(nanoseconds, earlier.nanoseconds)
        return difference
    }

    /// The time within which this share of the requests was done, in seconds: evenly spread inside a bucket.
    ///
    /// - Parameter share: 0 to 1, for example 0.99.
    /// - Returns: `nil` without requests; the last bound for what took longer.
    package func seconds(within share: Double) -> Double? {
        let total = counts.reduce(0, &+)
        guard total > 0 else { return nil }
        let wanted = max(1, Double(total) * min(max(share, 0), 1))
        var passed = 0.0
        for (index, bound) in Self.bounds.enumerated() {
            let here = Double(counts[index])
            if passed + here >= wanted {
                let lower = index == 0 ? 0 : Self.bounds[index - 1]
                return lower + (bound - lower) * (wanted - passed) / here
            }
            passed += here
        }
        return Self.bounds.last
    }
}
