package import TrellisModel

/// What charts are about.
package enum TrafficSubject: Hashable, Sendable {
    /// The ids, as counters name them.
    case service(String)
    case targetGroup(String)
}

/// The last hour of services and target groups, minute by minute, from counters that only grow.
///
/// Minutes without requests cost nothing. At most ``subjectLimit`` subjects are kept: of more, those that were quiet the
/// longest are forgotten.
package struct TrafficHistory: Sendable {
    package struct Minute: Hashable, Sendable {
        /// Minutes since 1970.
        package var number: Int64
        package var counts: TrafficCounts

        package init(number: Int64, counts: TrafficCounts) {
            self.number = number
            self.counts = counts
        }
    }

    package static let minutes: Int64 = 60
    package static let subjectLimit = 1000

    private let limit: Int
    private var totals: [TrafficSubject: TrafficCounts] = [:]
    /// In the order of time.
    private var hours: [TrafficSubject: [Minute]] = [:]

    package init(subjectLimit: Int = TrafficHistory.subjectLimit) {
        limit = max(1, subjectLimit)
    }

    /// Takes what has been counted since the start; what is new belongs to the minute of `time`.
    ///
    /// - Parameter totals: Of all subjects that are there: the others are forgotten.
    package mutating func add(_ totals: [TrafficSubject: TrafficCounts], at time: Timestamp) {
        let number = Self.minute(of: time)
        for (subject, total) in totals {
            let new = self.totals[subject].map { total.since($0) } ?? total
            if new.requests > 0 { add(new, to: subject, number) }
        }
        self.totals = totals
        for (subject, minutes) in hours {
            guard totals[subject] != nil, let last = minutes.last, last.number > number - Self.minutes else {
                hours[subject] = nil
                continue
            }
        }
        forgetBeyondLimit()
    }

    private mutating func add(_ counts: TrafficCounts, to subject: TrafficSubject, _ number: Int64) {
        var minutes = hours.removeValue(forKey: subject) ?? []
        // A clock that was set back adds to the minute it had reached.
        if let last = minutes.indices.last, minutes[last].number >= number {
            minutes[last].counts.add(counts)
        } else {
            minutes.append(Minute(number: number, counts: counts))
        }
        if let first = minutes.first, first.number <= number - Self.minutes {
            minutes.removeAll { $0.number <= number - Self.minutes }
        }
        hours[subject] = minutes
    }

    private mutating func forgetBeyondLimit() {
        guard hours.count > limit else { return }
        let byAge = hours.map { (subject: $0.key, last: $0.value.last?.number ?? 0) }.sorted { $0.last > $1.last }
        for (subject, _) in byAge.dropFirst(limit) { hours[subject] = nil }
    }

    /// One for each minute of the hour that ends with `time`, oldest first; those without requests are empty.
    package func hour(of subject: TrafficSubject, until time: Timestamp) -> [Minute] {
        let last = Self.minute(of: time)
        let known = Dictionary(
            (hours[subject] ?? []).map { ($0.number, $0.counts) }, uniquingKeysWith: { first, _ in first })
        return (0..<Self.minutes).map { offset in
            let number = last - Self.minutes + 1 + offset
            return Minute(number: number, counts: known[number] ?? TrafficCounts())
        }
    }

    private static func minute(of time: Timestamp) -> Int64 { time.millisecondsSinceEpoch / 60_000 }
}
