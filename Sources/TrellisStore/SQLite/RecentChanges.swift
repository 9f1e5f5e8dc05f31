import TrellisModel

/// The newest change sets, without a gap: what watchers read.
///
/// It begins empty with each start, because nobody knows a revision of an earlier one: a follower loads what there is
/// and watches what comes after.
struct RecentChanges {
    /// The oldest are dropped beyond this many bytes (see ``size(of:)``); the newest change set is kept whatever its size.
    static let byteLimit = 4 << 20
    /// What a change takes besides the bytes of its key and its value: its place in the array, the heads of two objects,
    /// and what the allocator rounds up.
    static let changeOverhead = 192

    /// The first revision that is here or yet to come.
    private(set) var oldest: Revision
    /// At least 1.
    private let countLimit: Int
    private var changeSets: [StoreChangeSet] = []
    /// The ones before it were dropped already.
    private var start = 0
    private var size = 0

    /// - Parameters:
    ///   - newest: The newest revision that has passed already.
    ///   - countLimit: How many change sets are kept at most; less than 1 counts as 1.
    init(after newest: Revision, countLimit: Int) {
        oldest = newest.next
        self.countLimit = max(1, countLimit)
    }

    /// - Parameter changeSet: Of the revision after the last one.
    mutating func append(_ changeSet: StoreChangeSet) {
        changeSets.append(changeSet)
        size += Self.size(of: changeSet)
        while changeSets.count - start > 1, size > Self.byteLimit || changeSets.count - start > countLimit {
            size -= Self.size(of: changeSets[start])
            changeSets[start].changes = []
            start += 1
            oldest = oldest.next
        }
        // Seldom enough that dropping costs nothing on average.
        if start > 64, start > changeSets.count / 2 {
            changeSets.removeFirst(start)
            start = 0
        }
    }

    /// The change sets from a revision on, as an array of their own: one that shared the storage would make the next
    /// ``append(_:)`` copy all that is kept.
    ///
    /// - Throws: ``StoreError/compacted(oldest:)`` if the first of them was dropped.
    func since(_ revision: Revision) throws -> [StoreChangeSet] {
        guard revision >= oldest else { throw StoreError.compacted(oldest: oldest) }
        let offset = revision.rawValue - oldest.rawValue
        guard offset < changeSets.count - start else { return [] }
        return Array(changeSets[(start + Int(offset))...])
    }

    /// About how many bytes of memory a change takes: a record that is kept beside its value has the same texts once more.
    static func size(of change: StoreChange) -> Int {
        let value = change.value?.count ?? 0
        return change.key.path.utf8.count + (change.source.record == nil ? value : 2 * value) + changeOverhead
    }

    private static func size(of changeSet: StoreChangeSet) -> Int {
        changeSet.changes.reduce(0) { $0 + size(of: $1) }
    }
}
