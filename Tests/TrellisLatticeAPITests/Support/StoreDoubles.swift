import Synchronization
import TrellisModel
import TrellisStore

/// Passes everything on, and does something else at a chosen moment: what another writer may do between the reads of a
/// transaction, or between them and its commit.
final class InterruptedStore: Store {
    typealias Interruption = @Sendable () async throws -> Void

    private struct State {
        var afterRead: Interruption?
        var beforeCommit: Interruption?
        var conflicts = 0
    }

    private let base: any Store
    private let state = Mutex(State())

    init(_ base: any Store) {
        self.base = base
    }

    /// The next commit with mutations is interrupted, once.
    func interruptNextCommit(_ body: @escaping Interruption) {
        state.withLock { $0.beforeCommit = body }
    }

    /// The next read of a key is made and then followed by this, once.
    func interruptAfterNextRead(_ body: @escaping Interruption) {
        state.withLock { $0.afterRead = body }
    }

    /// How many commits conflicted since this was asked last.
    func takeConflicts() -> Int { state.withLock { take(&$0.conflicts, leaving: 0) } }

    func get(_ key: StoreKey) async throws -> StoreEntry? {
        let entry = try await base.get(key)
        try await state.withLock { take(&$0.afterRead, leaving: nil) }?()
        return entry
    }

    func range(under prefix: StoreKey) async throws -> StoreRange { try await base.range(under: prefix) }

    func commit(_ transaction: StoreTransaction) async throws -> StoreOutcome {
        if !transaction.mutations.isEmpty {
            try await state.withLock { take(&$0.beforeCommit, leaving: nil) }?()
        }
        let outcome = try await base.commit(transaction)
        if outcome == .conflict { state.withLock { $0.conflicts += 1 } }
        return outcome
    }

    func watch(under prefix: StoreKey, from revision: Revision) -> AsyncThrowingStream<StoreChangeSet, any Error> {
        base.watch(under: prefix, from: revision)
    }
}

private func take<Value>(_ value: inout Value, leaving rest: Value) -> Value {
    defer { value = rest }
    return value
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
