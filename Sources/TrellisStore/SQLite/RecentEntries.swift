import Synchronization
import TrellisModel

/// The entries that were written last, up to a bound, so that what was just created is found without a read of the file.
///
/// Only commits fill it, in their order: what it has is the newest durable value, and what it does not have is unknown.
final class RecentEntries: Sendable {
    /// Bytes, as ``RecentChanges/size(of:)`` counts them.
    static let byteLimit = 4 << 20

    private struct State {
        var entries: [StoreKey: StoreEntry] = [:]
        /// In the order of writing; an entry that was written again is in it more than once.
        var written: [(key: StoreKey, revision: Revision, size: Int)] = []
        /// Of ``written``, the first one that still counts.
        var start = 0
        var size = 0
    }

    private let state = Mutex(State())

    /// - Returns: `nil` if it has to be read.
    func entry(at key: StoreKey) -> StoreEntry? {
        state.withLock { $0.entries[key] }
    }

    /// Called once for each revision, in order, after it is durable and before it is acknowledged.
    func note(_ changeSet: StoreChangeSet) {
        state.withLock { state in
            for change in changeSet.changes {
                guard let value = change.value else {
                    state.entries[change.key] = nil
                    continue
                }
                var entry = StoreEntry(key: change.key, value: value, revision: changeSet.revision)
                entry.source = change.source
                state.entries[change.key] = entry
                let size = RecentChanges.size(of: change)
                state.written.append((change.key, changeSet.revision, size))
                state.size += size
            }
            Self.forgetOldest(&state)
        }
    }

    private static func forgetOldest(_ state: inout State) {
        while state.size > byteLimit, state.start < state.written.count {
            let oldest = state.written[state.start]
            if state.entries[oldest.key]?.revision == oldest.revision { state.entries[oldest.key] = nil }
            state.size -= oldest.size
            state.start += 1
        }
        // Seldom enough that dropping costs nothing on average.
        if state.start > 64, state.start > state.written.count / 2 {
            state.written.removeFirst(state.start)
            state.start = 0
        }
    }
}
