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
        if page.isEmpty { page = try await nextTogether()?[...] ?? [] }
        return page.popFirst()
    }

    /// - Returns: What there is, at least one; `nil` as ``next()``.
    func nextTogether() async throws -> [StoreChangeSet]? {
        while !isFinished {
            guard let from = await feed.revision(in: interval, from: nextRevision) else { break }
            do {
                let changeSets = try feed.changes(from: from)
                nextRevision = max(from, changeSets.last?.revision.next ?? from)
                let ours = changeSets.compactMap(within)
                if !ours.isEmpty { return ours }
            } catch {
                isFinished = true
                throw error
            }
        }
        isFinished = true
        return nil
    }

    /// - Returns: `nil` if none of the changes is in the interval.
    private func within(_ changeSet: StoreChangeSet) -> StoreChangeSet? {
        if changeSet.changes.allSatisfy({ interval.contains($0.key) }) { return changeSet }
        let changes = changeSet.changes.filter { interval.contains($0.key) }
        return changes.isEmpty ? nil : StoreChangeSet(revision: changeSet.revision, changes: changes)
    }
}
