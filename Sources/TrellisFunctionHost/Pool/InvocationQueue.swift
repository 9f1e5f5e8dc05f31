import NIOCore

/// Invocations of one function that met a limit and wait until there is room, the one with the earliest deadline first.
struct InvocationQueue<Item> {
    struct Entry {
        var item: Item
        var deadline: NIODeadline
        var reason: ThrottleReason
    }

    private var entries: [Entry] = []

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }
    var first: Entry? { entries.first }

    /// Puts an entry behind those with the same or an earlier deadline.
    mutating func insert(_ entry: Entry) {
        let index = entries.lastIndex { $0.deadline <= entry.deadline }.map { $0 + 1 } ?? 0
        entries.insert(entry, at: index)
    }

    mutating func popFirst() -> Entry? { entries.isEmpty ? nil : entries.removeFirst() }

    /// Takes out what has waited for as long as it may.
    mutating func expire(now: NIODeadline) -> [Entry] {
        let count = entries.prefix { $0.deadline <= now }.count
        defer { entries.removeFirst(count) }
        return Array(entries.prefix(count))
    }
}
