import Foundation
import GRDB
import Testing
import TrellisModel

@testable import TrellisStore

/// Transactions that wait for the writer together.
@Suite(.timeLimit(.minutes(5))) struct SharedSyncTests {
    /// Keeps the writer busy until `body` has queued everything.
    private func whileWriterIsBusy(
        _ store: SQLiteStore, waiting: Int, _ transactions: [StoreTransaction]
    ) async throws -> [Result<StoreOutcome, any Error>] {
        let (opened, open) = AsyncStream.makeStream(of: Void.self)
        return await withTaskGroup(of: (Int, Result<StoreOutcome, any Error>)?.self) { group in
            group.addTask {
                await withCheckedContinuation { continuation in
                    store.database.asyncWriteWithoutTransaction { _ in
                        continuation.resume()
                        // The writer's own queue is what is to be blocked.
                        while store.commits.waitingCount < waiting { sched_yield() }
                    }
                }
                open.finish()
                return nil
            }
            for await _ in opened {}
            for (index, transaction) in transactions.enumerated() {
                group.addTask {
                    do { return (index, .success(try await store.commit(transaction))) } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var results: [Int: Result<StoreOutcome, any Error>] = [:]
            for await case let (index, result)? in group { results[index] = result }
            return results.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    @Test(arguments: StoreDoor.allCases)
    func eachKeepsItsRevisionAndConditions(door: StoreDoor) async throws {
        try await door.withStore { store in
            // All want the same key and one of their own: one wins, and its revision is the only one.
            let transactions = (0..<20).map { index in
                StoreTransaction(
                    conditions: [.absent("/t/same")],
                    mutations: [.put("/t/same", bytes("\(index)")), .put(StoreKey(path: "/t/own/\(index)"), [])])
            }
            let others = (0..<20).map { StoreTransaction(mutations: [.put(StoreKey(path: "/t/free/\($0)"), [])]) }
            let results = try await whileWriterIsBusy(store, waiting: 40, transactions + others)
            let outcomes = try results.map { try $0.get() }
            #expect(outcomes[..<20].filter { $0 == .conflict }.count == 19)
            let revisions = outcomes.compactMap { if case .committed(let revision) = $0 { revision } else { nil } }
            #expect(revisions.map(\.rawValue).sorted() == Array(1...21))
            #expect(try await store.range(under: "/t/own/").entries.count == 1)
            let sets = try await store.changes(21)
            #expect(sets.map(\.revision.rawValue) == Array(1...21))
            #expect(sets.map(\.changes.count).reduce(0, +) == 22)
        }
    }

    /// The key in the way comes last, so that the others are inserted when it is found.
    @Test(arguments: StoreDoor.allCases)
    func whatWasInsertedBeforeAConflictIsTakenBack(door: StoreDoor) async throws {
        try await door.withStore { store in
            try await store.commit(.put("/t/z", bytes("old")))
            let keys: [StoreKey] = ["/t/a", "/t/b", "/t/z"]
            let refused = StoreTransaction(
                conditions: keys.map { .absent($0) },
                mutations: keys.map { .put($0, bytes("refused")) } + [.put("/u/other", []), .delete("/t/q")])
            let taken = StoreTransaction(conditions: [.absent("/t/b")], mutations: [.put("/t/b", bytes("taken"))])
            let results = try await whileWriterIsBusy(store, waiting: 2, [refused, taken])
            #expect(try results.map { try $0.get() } == [.conflict, .committed(Revision(2))])
            #expect(try await store.range(under: .root).entries.map(\.value) == [bytes("taken"), bytes("old")])
            #expect(try await store.count(under: "/").count == 2)
        }
    }

    @Test func oneThatCannotBeWrittenFailsAlone() async throws {
        try await StoreDoor.file.withStore { store in
            try await store.database.write { db in
                try db.execute(
                    sql: """
                        CREATE TRIGGER refuse BEFORE INSERT ON entry WHEN NEW.key = CAST('/t/7' AS BLOB)
                        BEGIN SELECT RAISE (ABORT, 'refused'); END
                        """)
            }
            let transactions = (0..<10).map { StoreTransaction(mutations: [.put(StoreKey(path: "/t/\($0)"), [])]) }
            let results = try await whileWriterIsBusy(store, waiting: 10, transactions)
            for (index, result) in results.enumerated() {
                switch result {
                case .success: #expect(index != 7)
                case .failure(let error):
                    #expect(index == 7)
                    #expect("\(error)".contains("refused"))
                }
            }
            #expect(try await store.range(under: "/t/").entries.count == 9)
            #expect(try await store.changes(9).map(\.revision.rawValue) == Array(1...9))
        }
    }
}
