import Testing
import TrellisModel

@testable import TrellisStore

@Suite(.timeLimit(.minutes(5))) struct RecentChangesTests {
    private static func set(_ revision: Int, bytes: Int = 1) -> StoreChangeSet {
        StoreChangeSet(
            revision: Revision(Int64(revision)),
            changes: [StoreChange(key: StoreKey(path: "/t/\(revision)"), value: Array(repeating: 1, count: bytes))])
    }

    @Test func oldOnesAreDroppedBySizeAndByCompaction() {
        var recent = RecentChanges()
        #expect(recent.since(Revision(1)) == nil)
        for revision in 5...300 { recent.append(Self.set(revision), compacted: .zero) }
        #expect(recent.since(Revision(4)) == nil)
        #expect(recent.since(Revision(5))?.count == 296)
        #expect(recent.since(Revision(300))?.map(\.revision) == [Revision(300)])
        #expect(recent.since(Revision(301))?.isEmpty == true)

        recent.append(Self.set(301), compacted: Revision(290))
        #expect(recent.since(Revision(290)) == nil)
        #expect(recent.since(Revision(291))?.map(\.revision.rawValue) == Array(291...301))

        recent.append(Self.set(302, bytes: ChangePage.byteLimit / 2), compacted: .zero)
        recent.append(Self.set(303, bytes: ChangePage.byteLimit / 2), compacted: .zero)
        #expect(recent.since(Revision(302)) == nil)
        #expect(recent.since(Revision(303))?.count == 1)
        // A change larger than all that is kept is not kept either.
        recent.append(Self.set(304, bytes: ChangePage.byteLimit + 1), compacted: .zero)
        #expect(recent.since(Revision(304)) == nil)
        recent.append(Self.set(305), compacted: .zero)
        #expect(recent.since(Revision(305))?.count == 1)
    }

    /// Whether a watcher reads memory or the log, it sees the same.
    @Test(arguments: ["/", "/t/", "/t/b", "/u/", "/none/"] as [StoreKey])
    func memoryAndLogAgree(prefix: StoreKey) async throws {
        try await StoreDoor.memory.withStore { store in
            try await StoreContractTests.fill(store)
            let interval = KeyInterval(prefix: prefix)
            for revision in 1...5 {
                let recent = try #require(store.feed.recentChanges(in: interval, from: Revision(Int64(revision))))
                let logged = try await store.changes(in: interval, from: Revision(Int64(revision)))
                #expect(recent.changeSets == logged.changeSets)
                #expect(recent.next == logged.next)
            }
        }
    }
}
