import TrellisModel

/// One watcher's place in the change log.
///
/// Pulled by the consumer: nothing is read ahead of it but the rest of one page.
actor ChangeCursor {
    private let store: SQLiteStore
    private let feed: ChangeFeed
    private let interval: KeyInterval
    /// The first revision that is in no page yet.
    private var nextRevision: Revision
    private var page: ArraySlice<StoreChangeSet> = []
    private var isFinished = false

    init(store: SQLiteStore, feed: ChangeFeed, interval: KeyInterval, from revision: Revision) {
        self.store = store
        self.feed = feed
        self.interval = interval
        // There is no revision before 1 to miss.
        nextRevision = max(revision, Revision.zero.next)
    }

    /// - Returns: `nil` once the store is closed or the consumer's task cancelled, and ever after.
    func next() async throws -> StoreChangeSet? {
        while !isFinished {
            if let changeSet = page.popFirst() {
                return changeSet
            }
            guard let from = await feed.revision(in: interval, from: nextRevision) else { break }
            do {
                let read =
                    if let recent = feed.recentChanges(in: interval, from: from) {
                        recent
                    } else {
                        try await store.changes(in: interval, from: from)
                    }
                page = read.changeSets[...]
                nextRevision = read.next
            } catch StoreError.closed {
                break
            } catch {
                isFinished = true
                throw error
            }
        }
        isFinished = true
        return nil
    }
}
