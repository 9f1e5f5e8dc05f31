/// The priorities of a listener's rules when one of them is moved: the same numbers, given out anew.
struct RuleOrder: Hashable, Sendable {
    /// As many rules as BatchUpdateRule takes at once.
    static let batchLimit = 10

    struct Entry: Hashable, Sendable {
        var id: String
        var priority: Int
    }

    /// By rising priority.
    var entries: [Entry]

    init(_ entries: [Entry]) { self.entries = entries.sorted { $0.priority < $1.priority } }

    /// The changes that bring a rule to a place, in batches to be carried out one after the other.
    ///
    /// Each batch moves it past at most nine others, which take the priorities beside their own; so every batch leaves a
    /// complete order, also when a later one does not happen.
    ///
    /// - Parameter position: Counted from 0; beyond the last rule means the last place.
    /// - Returns: Nothing for a rule that is not there or is in its place.
    func moves(of id: String, to position: Int) -> [[Entry]] {
        guard var current = entries.firstIndex(where: { $0.id == id }) else { return [] }
        let target = min(max(0, position), entries.count - 1)
        var order = self
        var batches: [[Entry]] = []
        while current != target {
            let step = max(-(Self.batchLimit - 1), min(Self.batchLimit - 1, target - current))
            batches.append(order.shift(from: current, by: step))
            current += step
        }
        return batches
    }

    /// Moves one entry and returns the ones that have another priority now.
    private mutating func shift(from start: Int, by step: Int) -> [Entry] {
        let range = min(start, start + step)...max(start, start + step)
        let priorities = entries[range].map(\.priority)
        let moved = entries.remove(at: start)
        entries.insert(moved, at: start + step)
        for (index, priority) in zip(range, priorities) { entries[index].priority = priority }
        return Array(entries[range])
    }
}
