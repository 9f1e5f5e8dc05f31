import Synchronization

/// Transactions that wait for the writer.
///
/// While one sync of the log is under way others arrive, and all of them share the next sync: each keeps its own
/// conditions and revision, and is acknowledged after the sync as if it had been alone.
final class CommitQueue: Sendable {
    struct Request: Sendable {
        var transaction: StoreTransaction
        var continuation: CheckedContinuation<Result<StoreOutcome, any Error>, Never>
    }

    /// So that the first of a batch does not wait long for the last.
    static let batchLimit = 64

    private struct State {
        var requests: [Request] = []
        var isServed = false
    }

    private let state = Mutex(State())

    /// The transactions that nobody has begun with.
    var waitingCount: Int { state.withLock(\.requests.count) }

    /// - Returns: Whether the caller has to see to it that the queue is served, because nobody does.
    func add(_ request: Request) -> Bool {
        state.withLock { state in
            state.requests.append(request)
            defer { state.isServed = true }
            return !state.isServed
        }
    }

    /// - Returns: Empty if nothing waits; then the next request finds nobody serving.
    func nextBatch() -> [Request] {
        state.withLock { state in
            let batch = Array(state.requests.prefix(Self.batchLimit))
            state.requests.removeFirst(batch.count)
            if batch.isEmpty { state.isServed = false }
            return batch
        }
    }
}
