import GRDB
import Testing
import TrellisModel

@testable import TrellisStore

@Suite(.timeLimit(.minutes(5))) struct StoreWatchTests {
    static func value(_ number: some BinaryInteger) -> [UInt8] { bytes("\(number)") }

    /// Commit n puts n under `/t/<n modulo 3>`.
    static func commit(_ numbers: ClosedRange<Int>, to store: some Store) async throws {
        for number in numbers {
            try await store.commit(.put(StoreKey(path: "/t/\(number % 3)"), value(number)))
        }
    }

    static func changeSet(_ number: Int) -> StoreChangeSet {
        StoreChangeSet(
            revision: Revision(Int64(number)),
            changes: [StoreChange(key: StoreKey(path: "/t/\(number % 3)"), value: value(number))])
    }

    @Test(arguments: StoreDoor.allCases, [0, 1, 2, 5])
    func catchesUpAndGoesOnLive(door: StoreDoor, committedBefore: Int) async throws {
        try await door.withStore { store in
            if committedBefore > 0 { try await Self.commit(1...committedBefore, to: store) }
            async let live = store.changes(8)
            try await yield { store.feed.waiterCount == 1 }
            for number in (committedBefore + 1)...8 {
                try await Self.commit(number...number, to: store)
                if number < 8 { try await yield { store.feed.waiterCount == 1 } }
            }
            #expect(try await live == (1...8).map(Self.changeSet))
        }
    }

    @Test(arguments: StoreDoor.allCases, [-1, 0, 1, 3, 4] as [Int64])
    func beginsAtTheRevisionAskedFor(door: StoreDoor, from: Int64) async throws {
        try await door.withStore { store in
            try await Self.commit(1...4, to: store)
            let first = max(1, Int(from))
            #expect(
                try await store.changes(5 - first, from: Revision(from)) == (first...4).map(Self.changeSet))
        }
    }

    @Test(arguments: StoreDoor.allCases)
    func waitsForARevisionThatIsYetToCome(door: StoreDoor) async throws {
        try await door.withStore { store in
            async let later = store.changes(1, from: Revision(3))
            try await yield { store.feed.waiterCount == 1 }
            try await Self.commit(1...4, to: store)
            #expect(try await later == [Self.changeSet(3)])
        }
    }

    @Test(arguments: StoreDoor.allCases)
    func holdsOnlyChangesUnderThePrefix(door: StoreDoor) async throws {
        try await door.withStore { store in
            let inside = StoreChange(key: "/t/a", value: bytes("1"))
            try await store.commit(.put("/s/a", []), .put("/t/a", bytes("1")), .put("/u/a", []))
            try await store.commit(.put("/s/a", bytes("2")))
            try await store.commit(.delete("/t/a"), .delete("/u/a"))
            async let watched = store.changes(3, under: "/t/")
            try await yield { store.feed.waiterCount == 1 }
            try await store.commit(.put("/s/a", bytes("4")))
            #expect(store.feed.waiterCount == 1)
            try await store.commit(.put("/t/a", bytes("1")), .put("/s/a", bytes("5")))
            #expect(
                try await watched == [
                    StoreChangeSet(revision: Revision(1), changes: [inside]),
                    StoreChangeSet(revision: Revision(3), changes: [StoreChange(key: "/t/a", value: nil)]),
                    StoreChangeSet(revision: Revision(5), changes: [inside]),
                ])
        }
    }

    @Test(arguments: StoreDoor.allCases, [1, 5, 12])
    func oldRevisionsAreCompacted(door: StoreDoor, kept: Int) async throws {
        try await door.withStore(keptRevisions: kept) { store in
            try await Self.commit(1...12, to: store)
            let oldest = 12 - kept + 1
            for from in 1..<max(oldest, 1) {
                await #expect(throws: StoreError.compacted(oldest: Revision(Int64(oldest)))) {
                    try await store.changes(1, from: Revision(Int64(from)))
                }
            }
            #expect(
                try await store.changes(kept, from: Revision(Int64(oldest))) == (oldest...12).map(Self.changeSet))
            #expect(try await store.get("/t/1") != nil)
        }
    }

    @Test(arguments: StoreDoor.allCases)
    func slowWatcherLosesItsPlaceInsteadOfBuffering(door: StoreDoor) async throws {
        try await door.withStore(keptRevisions: 5) { store in
            try await Self.commit(1...2, to: store)
            var iterator = store.watch(under: .root, from: Revision(1)).makeAsyncIterator()
            #expect(try await iterator.next() == Self.changeSet(1))
            #expect(try await iterator.next() == Self.changeSet(2))
            try await Self.commit(3...20, to: store)
            await #expect(throws: StoreError.compacted(oldest: Revision(16))) { try await iterator.next() }
            #expect(try await iterator.next() == nil)
        }
    }

    @Test(arguments: StoreDoor.allCases)
    func severalRevisionsComeTogether(door: StoreDoor) async throws {
        try await door.withStore { store in
            try await Self.commit(1...3, to: store)
            try await store.commit(.put("/quiet/a", []))
            var all = store.watchTogether(under: .root, from: Revision(2)).makeAsyncIterator()
            #expect(try await all.next()?.map(\.revision) == [Revision(2), Revision(3), Revision(4)])
            try await store.commit(.put("/quiet/b", []))
            #expect(try await all.next()?.map(\.revision) == [Revision(5)])
            var quiet = store.watchTogether(under: "/quiet/", from: Revision(1)).makeAsyncIterator()
            #expect(try await quiet.next()?.map(\.revision) == [Revision(4), Revision(5)])
            try await store.close()
            #expect(try await all.next() == nil)
        }
    }

    @Test(arguments: StoreDoor.allCases)
    func watcherOfQuietKeysIsNotLeftBehind(door: StoreDoor) async throws {
        try await door.withStore(keptRevisions: 5) { store in
            async let quiet = store.changes(1, under: "/quiet/")
            try await yield { store.feed.waiterCount == 1 }
            try await Self.commit(1...20, to: store)
            try await store.commit(.put("/quiet/a", bytes("21")))
            let change = StoreChange(key: "/quiet/a", value: bytes("21"))
            #expect(try await quiet == [StoreChangeSet(revision: Revision(21), changes: [change])])
        }
    }

    @Test(arguments: StoreDoor.allCases)
    func endsWhenTheStoreCloses(door: StoreDoor) async throws {
        try await door.withStore { store in
            try await Self.commit(1...3, to: store)
            async let waiting = store.changes(10)
            try await yield { store.feed.waiterCount == 1 }
            var unread = store.watch(under: .root, from: Revision(1)).makeAsyncIterator()
            try await store.close()
            #expect(try await waiting == (1...3).map(Self.changeSet))
            #expect(try await unread.next() == nil)
            #expect(try await store.changes(1) == [])
            #expect(store.feed.waiterCount == 0)
        }
    }

    @Test(arguments: StoreDoor.allCases)
    func cancelledWatcherEndsAndIsReleased(door: StoreDoor) async throws {
        try await door.withStore { store in
            try await Self.commit(1...2, to: store)
            try await withThrowingTaskGroup(of: [StoreChangeSet].self) { group in
                for _ in 0..<5 { group.addTask { try await store.changes(10) } }
                try await yield { store.feed.waiterCount == 5 }
                group.cancelAll()
                for try await changes in group {
                    #expect(changes == (1...2).map(Self.changeSet))
                }
            }
            #expect(store.feed.waiterCount == 0)
            // A stream that is first asked in a cancelled task ends too.
            let stream = store.watch(under: .root, from: Revision(3))
            try await withThrowingTaskGroup(of: StoreChangeSet?.self) { group in
                group.cancelAll()
                group.addTask {
                    var iterator = stream.makeAsyncIterator()
                    return try await iterator.next()
                }
                let first = try await group.next()
                #expect(first == .some(nil))
            }
        }
    }

    /// Refuses every commit while it is observing.
    final class RefusingObserver: TransactionObserver {
        struct Refusal: Error {}

        func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { true }
        func databaseDidChange(with event: DatabaseEvent) {}
        func databaseWillCommit() throws { throw Refusal() }
        func databaseDidCommit(_ db: Database) {}
        func databaseDidRollback(_ db: Database) {}
    }

    @Test(arguments: StoreDoor.allCases)
    func commitThatFailsOnTheWayToTheDiskWakesNobody(door: StoreDoor) async throws {
        try await door.withStore { store in
            async let watched = store.changes(1)
            try await yield { store.feed.waiterCount == 1 }
            let observer = RefusingObserver()
            store.database.add(transactionObserver: observer)
            await #expect(throws: RefusingObserver.Refusal.self) {
                try await store.commit(.put("/t/a", bytes("refused")))
            }
            #expect(store.feed.waiterCount == 1)
            store.database.remove(transactionObserver: observer)
            #expect(try await store.commit(.put("/t/a", bytes("taken"))) == Revision(1))
            let change = StoreChange(key: "/t/a", value: bytes("taken"))
            #expect(try await watched == [StoreChangeSet(revision: Revision(1), changes: [change])])
        }
    }

    @Test func storeIsFreedAfterItsWatchers() async throws {
        weak var freed: SQLiteStore?
        do {
            let store = try SQLiteStore.inMemory()
            freed = store
            async let watching = store.changes(1)
            try await yield { store.feed.waiterCount == 1 }
            try await Self.commit(1...1, to: store)
            #expect(try await watching.count == 1)
            _ = store.watch(under: .root, from: Revision(1))
            try await store.close()
        }
        // The last reference may still be on its way out on the database's queue.
        try await yield { freed == nil }
    }

    @Test(arguments: StoreDoor.allCases)
    func everyWatcherSeesEveryRevisionOnceWhileManyWrite(door: StoreDoor) async throws {
        let writers = 8
        let commits = 40
        try await door.withStore { store in
            try await withThrowingTaskGroup(of: [StoreChangeSet].self) { watchers in
                let prefixes: [StoreKey] = [.root, .root, .root, "/t/1/", "/t/5/"]
                for prefix in prefixes {
                    watchers.addTask {
                        try await store.changes(
                            prefix == .root ? writers * commits : commits, under: prefix)
                    }
                }
                let expected = try await Self.write(writers: writers, commits: commits, to: store)
                #expect(expected.map(\.revision) == (1...320).map(Revision.init))
                for try await seen in watchers {
                    if seen.count == expected.count {
                        #expect(seen == expected)
                    } else {
                        let key = try #require(seen.first?.changes.first?.key)
                        #expect(seen == expected.filter { $0.changes[0].key == key })
                    }
                }
            }
        }
    }

    /// - Returns: What was committed, by revision.
    static func write(writers: Int, commits: Int, to store: some Store) async throws -> [StoreChangeSet] {
        try await withThrowingTaskGroup(of: [StoreChangeSet].self) { group in
            for writer in 0..<writers {
                group.addTask {
                    var sets: [StoreChangeSet] = []
                    for number in 0..<commits {
                        let key = StoreKey(path: "/t/\(writer)/key")
                        // Every fifth commit deletes what the one before it has put.
                        let mutation = number % 5 == 4 ? StoreMutation.delete(key) : .put(key, value(number))
                        let revision = try await store.commit(mutation)
                        let change = StoreChange(key: key, value: number % 5 == 4 ? nil : value(number))
                        sets.append(StoreChangeSet(revision: revision, changes: [change]))
                    }
                    return sets
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }.sorted { $0.revision < $1.revision }
        }
    }
}
