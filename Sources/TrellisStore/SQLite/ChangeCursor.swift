import TrellisModel

/// One watcher's place among the changes.
///
/// Pulled by the consumer: it holds what had been committed when it last looked.
actor ChangeCursor {
    private let feed: ChangeFeed
    private let interval: KeyInterval
    /// The first revision that has not been looked at.
    private var nextRevision: Revision
    private var page: ArraySlice<StoreChangeSet> = []
    private var isFinished = false

    init(feed: ChangeFeed, interval: KeyInterval, from revision: Revision) {
        self.feed = feed
        self.interval = interval
        // There is no revision before 1 to miss.
        nextRevision = max(revision, Revision.zero.next)
    }

    /// - Returns: `nil` once the store is closed or the consumer's task cancelled, and ever after.
    func next() async throws -> StoreChangeSet? {
        while !isFinished {
            while let changeSet = page.popFirst() {
                let changes = changeSet.changes.filter { interval.contains($0.key) }
                if !changes.isEmpty { return StoreChangeSet(revision: changeSet.revision, changes: changes) }
            }
            guard let from = await feed.revision(in: interval, from: nextRevision) else { break }
            do {
                page = try feed.changes(from: from)[...]
                nextRevision = max(from, page.last?.revision.next ?? from)
            } catch {
                isFinished = true
                throw error
            }
        }
        isFinished = true
        return nil
    }
}
