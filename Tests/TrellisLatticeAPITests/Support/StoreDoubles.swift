import Synchronization
import TrellisModel
import TrellisStore

/// Passes everything on, and does something else just before a commit with mutations: what another writer may do
/// between a transaction's reads and its commit.
final class InterruptedStore: Store {
    private let base: any Store
    private let interruption = Mutex<(@Sendable () async throws -> Void)?>(nil)
    private let conflicts = Mutex(0)

    init(_ base: any Store) {
        self.base = base
    }

    /// The next commit is interrupted, once.
    func interruptNextCommit(_ body: @escaping @Sendable () async throws -> Void) {
        interruption.withLock { $0 = body }
    }

    /// How many commits conflicted since this was asked last.
    func takeConflicts() -> Int {
        conflicts.withLock { count in
            defer { count = 0 }
            return count
        }
    }

    func get(_ key: StoreKey) async throws -> StoreEntry? { try await base.get(key) }

    func range(under prefix: StoreKey) async throws -> StoreRange { try await base.range(under: prefix) }

    func commit(_ transaction: StoreTransaction) async throws -> StoreOutcome {
        if !transaction.mutations.isEmpty {
            let body = interruption.withLock { body in
                defer { body = nil }
                return body
            }
            try await body?()
        }
        let outcome = try await base.commit(transaction)
        if outcome == .conflict { conflicts.withLock { $0 += 1 } }
        return outcome
    }

    func watch(under prefix: StoreKey, from revision: Revision) -> AsyncThrowingStream<StoreChangeSet, any Error> {
        base.watch(under: prefix, from: revision)
    }
}

/// Fails some commits as a full disk would, then works again.
final class FailingStore: Store {
    private let base: any Store
    private let failuresLeft: Mutex<Int>

    init(_ base: any Store, failures: Int) {
        self.base = base
        failuresLeft = Mutex(failures)
    }

    func get(_ key: StoreKey) async throws -> StoreEntry? { try await base.get(key) }

    func range(under prefix: StoreKey) async throws -> StoreRange { try await base.range(under: prefix) }

    func commit(_ transaction: StoreTransaction) async throws -> StoreOutcome {
        let fails = failuresLeft.withLock { left in
            guard left > 0 else { return false }
            left -= 1
            return true
        }
        if fails { throw StoreError.unusable(path: "disk", reason: "full") }
        return try await base.commit(transaction)
    }

    func watch(under prefix: StoreKey, from revision: Revision) -> AsyncThrowingStream<StoreChangeSet, any Error> {
        base.watch(under: prefix, from: revision)
    }
}
