import Synchronization

/// Bytes of request bodies that are in memory, over all event loops, with an upper bound.
final class ByteBudget: Sendable {
    private let taken = Atomic<Int>(0)
    private let limit: Int

    /// - Parameter limit: In bytes, inclusive.
    init(limit: Int) {
        self.limit = limit
    }

    /// What is taken now, in bytes.
    var used: Int { taken.load(ordering: .relaxed) }

    /// - Parameter count: Not below 0.
    /// - Returns: Whether there was room for so many more; then they are to be given back.
    func take(_ count: Int) -> Bool {
        guard taken.add(count, ordering: .relaxed).newValue <= limit else {
            giveBack(count)
            return false
        }
        return true
    }

    func giveBack(_ count: Int) {
        taken.subtract(count, ordering: .relaxed)
    }
}
