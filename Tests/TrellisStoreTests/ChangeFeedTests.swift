import Synchronization
import Testing
import TrellisModel

@testable import TrellisStore

@Suite(.timeLimit(.minutes(5))) struct ChangeFeedTests {
    static let interval = KeyInterval(prefix: "/t/")

    @Test func answersAtOnceIfThereIsSomethingToRead() async {
        let feed = ChangeFeed(newest: Revision(7), keptRevisions: 100)
        #expect(await feed.revision(in: Self.interval, from: Revision(7)) == Revision(7))
        #expect(await feed.revision(in: Self.interval, from: Revision(2)) == Revision(2))
        #expect(feed.waiterCount == 0)
    }

    @Test func answersWithTheFirstRevisionThatTouchesTheInterval() async throws {
        let feed = ChangeFeed(newest: Revision(7), keptRevisions: 100)
        async let answer = feed.revision(in: Self.interval, from: Revision(9))
        try await yield { feed.waiterCount == 1 }
        for (revision, key) in [(8, "/t/a"), (9, "/s/a"), (10, "/t"), (11, "/u/a"), (12, "/t/")] as [(Int64, String)] {
            #expect(feed.waiterCount == 1)
            feed.announce([Self.changeSet(revision, key)])
        }
        #expect(await answer == Revision(12))
    }

    @Test func revisionsAnnouncedTogetherAreAllLookedThrough() async throws {
        let feed = ChangeFeed(newest: Revision(7), keptRevisions: 100)
        async let answer = feed.revision(in: Self.interval, from: Revision(8))
        try await yield { feed.waiterCount == 1 }
        feed.announce([Self.changeSet(8, "/s/a"), Self.changeSet(9, "/t/a"), Self.changeSet(10, "/t/b")])
        #expect(await answer == Revision(9))
        #expect(feed.newest == Revision(10))
        #expect(try feed.changes(from: Revision(9)).count == 2)
    }

    private static func changeSet(_ revision: Int64, _ key: String) -> StoreChangeSet {
        StoreChangeSet(
            revision: Revision(revision),
            changes: ["/a", StoreKey(path: key), "/z"].map { StoreChange(key: $0, value: nil) })
    }

    @Test func isSilentOnceClosed() async throws {
        let feed = ChangeFeed(newest: Revision(7), keptRevisions: 100)
        async let waiting = feed.revision(in: Self.interval, from: Revision(8))
        try await yield { feed.waiterCount == 1 }
        feed.close()
        #expect(await waiting == nil)
        #expect(await feed.revision(in: Self.interval, from: Revision(1)) == nil)
    }

    /// The task may be cancelled before it waits, while it waits, or anywhere between.
    @Test func cancelledTaskDoesNotWait() async {
        let feed = ChangeFeed(newest: Revision(7), keptRevisions: 100)
        for yields in 0..<20 {
            let answer = await withTaskGroup(of: Revision?.self) { group in
                group.addTask { await feed.revision(in: Self.interval, from: Revision(8)) }
                for _ in 0..<yields { await Task.yield() }
                group.cancelAll()
                return await group.next()
            }
            #expect(answer == .some(nil))
        }
        #expect(feed.waiterCount == 0)
    }

    final class Flag: Sendable {
        let isSet = Mutex(false)
    }

    @Test func gateClosesWhenTheLastOperationHasLeft() async throws {
        let gate = OperationGate()
        let flag = Flag()
        try gate.enter()
        try gate.enter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    await gate.close()
                    flag.isSet.withLock { $0 = true }
                }
            }
            try await yield {
                do {
                    try gate.enter()
                    gate.leave()
                    return false
                } catch StoreError.closed {
                    return true
                }
            }
            gate.leave()
            for _ in 0..<100 { await Task.yield() }
            #expect(!flag.isSet.withLock { $0 })
            gate.leave()
            try await group.waitForAll()
        }
        #expect(flag.isSet.withLock { $0 })
        await gate.close()
    }
}
