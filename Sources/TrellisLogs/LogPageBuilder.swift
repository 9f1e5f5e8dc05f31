/// Keeps the events nearest to the beginning of a page, whatever the order they are found in, in bounded memory.
struct LogPageBuilder {
    /// Of one event besides its message, as CloudWatch counts it.
    private static let eventOverhead = 26

    private let isForward: Bool
    private let limit: Int
    private let byteLimit: Int
    private var events: [StoredLogEvent] = []
    private var bytes = 0
    /// The last event of a page that is full: nothing beyond it belongs to the page.
    private(set) var bound: LogCursor?
    /// Whether an event was found that has no room in the page.
    private(set) var isCut = false

    init(_ query: LogQuery) {
        isForward = query.direction == .forward
        limit = max(1, query.limit)
        byteLimit = query.byteLimit
    }

    private var precedes: (LogCursor, LogCursor) -> Bool { isForward ? { $0 < $1 } : { $1 < $0 } }

    /// Whether an event at this place could still get into the page.
    func mayHold(_ position: LogCursor) -> Bool { bound.map { precedes(position, $0) } ?? true }

    mutating func add(_ event: StoredLogEvent) {
        events.append(event)
        bytes += event.message.count + Self.eventOverhead
        if events.count >= 2 * limit || bytes >= 2 * byteLimit { prune() }
    }

    mutating func markCut() { isCut = true }

    private mutating func prune() {
        let precedes = precedes
        events.sort { precedes($0.position, $1.position) }
        var kept = 0
        var size = 0
        for event in events {
            let cost = event.message.count + Self.eventOverhead
            guard kept < limit, kept == 0 || size + cost <= byteLimit else { break }
            kept += 1
            size += cost
        }
        if kept < events.count { isCut = true }
        events.removeSubrange(kept...)
        bytes = size
        if kept == limit || isCut { bound = events.last?.position }
    }

    /// The page, without events at or beyond `end`, which were not looked for completely.
    mutating func finish(upTo end: LogCursor?) -> [StoredLogEvent] {
        prune()
        let precedes = precedes
        if let end { events.removeAll { !precedes($0.position, end) } }
        return isForward ? events : events.reversed()
    }
}
