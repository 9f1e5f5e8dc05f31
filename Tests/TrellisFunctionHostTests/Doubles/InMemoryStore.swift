import Synchronization
import TrellisModel
import TrellisStore

/// A store without disk.
///
/// It refuses what an engine would refuse: watching revisions that it no longer keeps.
final class InMemoryStore: Store {
    private struct State {
        var entries: [StoreKey: StoreEntry] = [:]
        var log: [StoreChangeSet] = []
        var revision = Revision.zero
        var oldest = Revision(1)
        var watchers: [Int: AsyncThrowingStream<StoreChangeSet, any Error>.Continuation] = [:]
        var nextWatcher = 0
    }

    private let state = Mutex(State())

    func get(_ key: StoreKey) async throws -> StoreEntry? { state.withLock { $0.entries[key] } }

    func range(under prefix: StoreKey) async throws -> StoreRange {
        state.withLock { state in
            let entries = state.entries.values.filter { $0.key.path.hasPrefix(prefix.path) }
            return StoreRange(entries: entries.sorted { $0.key < $1.key }, revision: state.revision)
        }
    }

    func commit(_ transaction: StoreTransaction) async throws -> StoreOutcome {
        precondition(transaction.conditions.isEmpty, "conditions are not part of this double")
        return .committed(write(transaction.mutations))
    }

    func watch(under prefix: StoreKey, from revision: Revision) -> AsyncThrowingStream<StoreChangeSet, any Error> {
        AsyncThrowingStream { continuation in
            let id = state.withLock { state -> Int? in
                guard revision >= state.oldest else { return nil }
                for changes in state.log where changes.revision >= revision { continuation.yield(changes) }
                state.nextWatcher += 1
                state.watchers[state.nextWatcher] = continuation
                return state.nextWatcher
            }
            guard let id else {
                return continuation.finish(throwing: StoreError.compacted(oldest: state.withLock { $0.oldest }))
            }
            continuation.onTermination = { _ in self.state.withLock { $0.watchers[id] = nil } }
        }
    }

    @discardableResult
    func write(_ mutations: [StoreMutation]) -> Revision {
        state.withLock { state in
            state.revision = state.revision.next
            var changes: [StoreChange] = []
            for mutation in mutations {
                switch mutation {
                case .put(let key, let value):
                    state.entries[key] = StoreEntry(key: key, value: value, revision: state.revision)
                    changes.append(StoreChange(key: key, value: value))
                case .delete(let key):
                    state.entries[key] = nil
                    changes.append(StoreChange(key: key, value: nil))
                }
            }
            let set = StoreChangeSet(revision: state.revision, changes: changes.sorted { $0.key < $1.key })
            state.log.append(set)
            for watcher in state.watchers.values { watcher.yield(set) }
            return state.revision
        }
    }

    @discardableResult
    func put<Record: StoredRecord>(_ record: Record, at key: StoreKey) throws -> Revision {
        write([.put(key, try StoredRecordCoding.encode(record))])
    }

    /// Forgets the change log and cuts off all watchers, as an engine may do to slow ones.
    func compact() {
        let watchers = state.withLock { state in
            state.oldest = state.revision.next
            state.log = []
            defer { state.watchers = [:] }
            return (state.watchers.values, state.oldest)
        }
        for watcher in watchers.0 { watcher.finish(throwing: StoreError.compacted(oldest: watchers.1)) }
    }

    /// Ends all watches as a broken engine does.
    func fail(_ error: any Error) {
        let watchers = state.withLock { state in
            defer { state.watchers = [:] }
            return state.watchers.values
        }
        for watcher in watchers { watcher.finish(throwing: error) }
    }

    /// Changes that no watcher is told of, as if they were made while nobody watched.
    func writeUnseen(_ mutations: [StoreMutation]) {
        let watchers = state.withLock { state in
            defer { state.watchers = [:] }
            return state.watchers
        }
        write(mutations)
        state.withLock { $0.watchers = watchers }
    }
}
