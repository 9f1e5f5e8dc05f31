import Synchronization
import TrellisModel

/// Wakes watchers when something has been committed for them.
///
/// It holds the newest revision, who waits, and the newest changes up to a bound; a watcher that falls behind them loses
/// its place.
final class ChangeFeed: Sendable {
    private struct Waiter {
        var interval: KeyInterval
        var from: Revision
        var continuation: CheckedContinuation<Revision?, Never>
    }

    private struct State {
        var newest: Revision
        var isClosed = false
        var recent: RecentChanges
        var nextWaiter: UInt64 = 0
        var waiters: [UInt64: Waiter] = [:]
    }

    private let state: Mutex<State>

    init(newest: Revision, keptRevisions: Int) {
        state = Mutex(State(newest: newest, recent: RecentChanges(after: newest, countLimit: keptRevisions)))
    }

    /// The newest durable revision.
    var newest: Revision { state.withLock(\.newest) }

    /// All change sets from a revision on.
    ///
    /// - Throws: ``StoreError/compacted(oldest:)``.
    func changes(from revision: Revision) throws -> [StoreChangeSet] {
        try state.withLock { try $0.recent.since(revision) }
    }

    /// The number of watchers that have read everything and wait for more.
    var waiterCount: Int {
        state.withLock { $0.waiters.count }
    }

    /// Called once for each revision, in order, after it is durable; revisions that became durable together are announced
    /// together, so that a watcher wakes once for all of them.
    func announce(_ changeSets: [StoreChangeSet]) {
        guard let newest = changeSets.last?.revision else { return }
        let woken = state.withLock { state -> [(waiter: Waiter, from: Revision)] in
            state.newest = newest
            for changeSet in changeSets { state.recent.append(changeSet) }
            var woken: [(waiter: Waiter, from: Revision)] = []
            for (id, waiter) in state.waiters {
                let first = changeSets.first { changeSet in
                    waiter.from <= changeSet.revision
                        && changeSet.changes.contains { waiter.interval.contains($0.key) }
                }
                guard let first else { continue }
                woken.append((waiter, first.revision))
                state.waiters[id] = nil
            }
            return woken
        }
        for (waiter, revision) in woken {
            waiter.continuation.resume(returning: revision)
        }
    }

    /// Waits until there may be changes at `from` or later.
    ///
    /// - Returns: Where to read from: `from` if revisions up to the newest have to be looked through, or a later
    ///   revision if all before it went by while waiting and none touched the interval. So a watcher of quiet keys is
    ///   not left behind by compaction. `nil` if the feed is closed or the task cancelled.
    func revision(in interval: KeyInterval, from: Revision) async -> Revision? {
        let id = state.withLock { state in
            state.nextWaiter &+= 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waiter = Waiter(interval: interval, from: from, continuation: continuation)
                let answer = state.withLock { state -> Revision?? in
                    // A task cancelled after this line runs the handler below, which finds the waiter.
                    if state.isClosed || Task.isCancelled { return .some(nil) }
                    if from <= state.newest { return from }
                    state.waiters[id] = waiter
                    return nil
                }
                if let answer {
                    continuation.resume(returning: answer)
                }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.continuation.resume(returning: nil)
        }
    }

    /// Ends all waiting, now and later.
    func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters {
            waiter.continuation.resume(returning: nil)
        }
    }
}
