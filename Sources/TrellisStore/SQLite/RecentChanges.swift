import TrellisModel

/// The newest change sets, without a gap, up to ``ChangePage/byteLimit`` together.
struct RecentChanges {
    private var changeSets: [StoreChangeSet] = []
    /// The ones before it were dropped already.
    private var start = 0
    private var size = 0

    /// - Parameters:
    ///   - changeSet: Of the revision after the last one.
    ///   - compacted: Changes up to this revision are dropped.
    mutating func append(_ changeSet: StoreChangeSet, compacted: Revision) {
        changeSets.append(changeSet)
        size += Self.size(of: changeSet)
        while start < changeSets.count, size > ChangePage.byteLimit || changeSets[start].revision <= compacted {
            size -= Self.size(of: changeSets[start])
            changeSets[start].changes = []
            start += 1
        }
        // Seldom enough that dropping costs nothing on average.
        if start > 64, start > changeSets.count / 2 {
            changeSets.removeFirst(start)
            start = 0
        }
    }

    /// - Returns: `nil` if the revision is older than all of them, or if there is none.
    func since(_ revision: Revision) -> ArraySlice<StoreChangeSet>? {
        guard start < changeSets.count, revision >= changeSets[start].revision else { return nil }
        let offset = Int(revision.rawValue - changeSets[start].revision.rawValue)
        return changeSets[min(changeSets.count, start + offset)...]
    }

    private static func size(of changeSet: StoreChangeSet) -> Int {
        changeSet.changes.reduce(0) { $0 + ChangePage.size(of: $1) }
    }
}
