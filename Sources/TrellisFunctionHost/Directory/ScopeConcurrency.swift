import Synchronization

/// How many invocations of an account's functions in a Region run at once, without those of functions that have reserved
/// concurrency.
///
/// Shared by all event loops: two additions for each invocation, no lock.
///
/// - Source: reference lambda.md §3, "Account concurrency", "Reserved concurrency".
package final class ScopeConcurrency: Sendable {
    private let running = Atomic<Int>(0)
    private let limit: Atomic<Int>

    /// - Parameter limit: What reservations and provisioned concurrency leave of the account's concurrency.
    package init(limit: Int) {
        self.limit = Atomic(limit)
    }

    /// Changes the limit; invocations that run go on.
    func setLimit(_ limit: Int) { self.limit.store(limit, ordering: .relaxed) }

    /// Takes a place for an invocation.
    ///
    /// - Returns: `false` if as many run as may.
    func take() -> Bool {
        if running.add(1, ordering: .relaxed).newValue <= limit.load(ordering: .relaxed) { return true }
        giveBack()
        return false
    }

    func giveBack() { running.subtract(1, ordering: .relaxed) }
}
