import Foundation
import GRDB
import Testing
import TrellisModel

@testable import TrellisStore

@Suite(.timeLimit(.minutes(5))) struct StoreFileTests {
    /// All but the changes: who follows a store begins with what there is.
    @Test func everythingIsThereAfterReopening() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/trellis.db"
            let before = try await use(try SQLiteStore.open(at: path)) { store in
                try await StoreContractTests.fill(store)
                return try await store.range(under: .root)
            }
            try await use(try SQLiteStore.open(at: path)) { store in
                #expect(try await store.range(under: .root) == before)
                await #expect(throws: StoreError.compacted(oldest: Revision(6))) {
                    try await store.changes(1, from: Revision(5))
                }
                let revision = try await store.commit(.put("/t/a", []))
                #expect(revision == Revision(6))
                #expect(try await store.changes(1, from: revision).map(\.revision) == [revision])
            }
        }
    }

    /// Files of the first releases have a log of changes beside the entries.
    @Test func anOlderFileKeepsItsEntriesAndItsRevision() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/trellis.db"
            do {
                let queue = try DatabaseQueue(path: path)
                try await queue.write { db in _ = try StoreSchema.claim(db) }
                try StoreSchema.migrator.migrate(queue, upTo: "1-entry-change-meta")
                try await queue.write { db in
                    try db.execute(
                        sql: """
                            INSERT INTO entry VALUES (x'2F742F61', 1, x'31');
                            INSERT INTO change VALUES (1, x'2F742F61', x'31');
                            UPDATE meta SET revision = 1;
                            """)
                }
                try queue.close()
            }
            try await use(try SQLiteStore.open(at: path)) { store in
                let entry = try await store.get("/t/a")
                #expect(entry == StoreEntry(key: "/t/a", value: bytes("1"), revision: Revision(1)))
                #expect(try await store.commit(.put("/t/a", bytes("2"))) == Revision(2))
            }
        }
    }

    /// The second release ordered the entries by key.
    @Test func entriesByKeyBecomeEntriesInOrderOfWriting() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/trellis.db"
            do {
                let queue = try DatabaseQueue(path: path)
                try await queue.write { db in _ = try StoreSchema.claim(db) }
                try StoreSchema.migrator.migrate(queue, upTo: "2-changes-in-memory")
                try await queue.write { db in
                    try db.execute(
                        sql: """
                            INSERT INTO entry (key, revision, value)
                            VALUES
                                (CAST('/t/b' AS BLOB), 1, x'31'), (CAST('/t/c' AS BLOB), 3, x''),
                                (CAST('/t/a' AS BLOB), 2, zeroblob(9000));
                            UPDATE meta SET revision = 4;
                            """)
                }
                try queue.close()
            }
            try await use(try SQLiteStore.open(at: path)) { store in
                let range = try await store.range(under: .root)
                #expect(
                    range
                        == StoreRange(
                            entries: [
                                StoreEntry(
                                    key: "/t/a", value: Array(repeating: 0, count: 9000), revision: Revision(2)),
                                StoreEntry(key: "/t/b", value: bytes("1"), revision: Revision(1)),
                                StoreEntry(key: "/t/c", value: [], revision: Revision(3)),
                            ], revision: Revision(4)))
                let written = try await store.database.read { db in
                    try String.fetchAll(db, sql: "SELECT CAST(key AS TEXT) FROM entry ORDER BY id")
                }
                #expect(written == ["/t/b", "/t/a", "/t/c"])
                // What was absent and what was there are still told apart.
                let claim = StoreTransaction(conditions: [.absent("/t/b")], mutations: [.put("/t/b", [])])
                #expect(try await store.commit(claim) == .conflict)
                #expect(try await store.commit(.put("/t/b", bytes("2")), .delete("/t/c")) == Revision(5))
            }
            let revision = try StoreImage.read(at: path) { entry in
                let changed = StoreEntry(key: "/t/b", value: bytes("2"), revision: Revision(5))
                #expect(entry.key == "/t/a" || entry == changed)
            }
            #expect(revision == Revision(5))
        }
    }

    @Test func closedFileIsCompleteOnItsOwn() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/trellis.db"
            try await use(try SQLiteStore.open(at: path)) { store in
                try await StoreContractTests.fill(store)
                // A reader's connection is open when the store closes.
                _ = try await store.range(under: .root)
            }
            try FileManager.default.copyItem(atPath: path, toPath: directory + "/copy.db")
            try await use(try SQLiteStore.open(at: directory + "/copy.db")) { store in
                let range = try await store.range(under: .root)
                #expect(range.revision == Revision(5))
                #expect(range.entries.map(\.key) == ["/t/a", "/t/b", "/u/x"])
            }
        }
    }

    /// Power loss cannot be staged here; that the log is synced before a commit returns is this setting's business.
    @Test func commitsAreSynced() async throws {
        try await StoreDoor.file.withStore { store in
            let full = 2
            let synchronous = try await store.database.writeWithoutTransaction { db in
                try Int.fetchOne(db, sql: "PRAGMA synchronous")
            }
            let journal = try await store.database.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
            #expect(synchronous == full)
            #expect(journal == "wal")
        }
    }

    @Test func filesAreForTheirOwnerOnly() async throws {
        try await withTemporaryDirectory { directory in
            try await use(try SQLiteStore.open(at: directory + "/trellis.db")) { store in
                try await store.commit(.put("/t/a", []))
                let names = try FileManager.default.contentsOfDirectory(atPath: directory)
                #expect(names.count == 4)
                for name in names {
                    let attributes = try FileManager.default.attributesOfItem(atPath: "\(directory)/\(name)")
                    #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
                }
            }
        }
    }

    @Test func readsRunBesideAnOpenWrite() async throws {
        try await StoreDoor.file.withStore { store in
            try await store.commit(.put("/t/a", bytes("1")))
            let (begun, begin) = AsyncStream.makeStream(of: Void.self)
            let end = DispatchSemaphore(value: 0)
            store.database.asyncWriteWithoutTransaction { db in
                try? db.inTransaction(.immediate) {
                    try db.execute(sql: "DELETE FROM entry")
                    begin.finish()
                    end.wait()
                    return .rollback
                }
            }
            for await _ in begun {}
            let seen = try await store.get("/t/a")?.value
            end.signal()
            #expect(seen == bytes("1"))
        }
    }

    @Test func acknowledgedCommitsSurviveAClosingInTheirMidst() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/trellis.db"
            let store = try SQLiteStore.open(at: path)
            let acknowledged = try await withThrowingTaskGroup(of: Int.self) { group in
                for writer in 0..<4 {
                    group.addTask {
                        for number in 1...1_000_000 {
                            do {
                                try await store.commit(.put(StoreKey(path: "/t/\(writer)/\(number)"), []))
                            } catch StoreError.closed {
                                return number - 1
                            }
                        }
                        return -1
                    }
                }
                _ = try await store.changes(40)
                try await store.close()
                return try await group.reduce(0, +)
            }
            try await use(try SQLiteStore.open(at: path)) { store in
                let range = try await store.range(under: "/t/")
                #expect(range.entries.count == acknowledged)
                #expect(range.revision == Revision(Int64(acknowledged)))
            }
        }
    }

    @Test(arguments: StoreDoor.allCases)
    func fullDiskRefusesTheCommitAndNothingElse(door: StoreDoor) async throws {
        try await door.withStore { store in
            try await store.commit(.put("/t/a", bytes("1")))
            let limitPages: @Sendable (String) async throws -> Void = { limit in
                try await store.database.writeWithoutTransaction { db in
                    try db.execute(sql: "PRAGMA max_page_count = \(limit)")
                }
            }
            try await limitPages("20")
            let error = await #expect(throws: StoreError.self) {
                try await store.commit(.put("/t/a", bytes("2")), .put("/t/b", [UInt8](repeating: 7, count: 200_000)))
            }
            guard case .unusable(_, "database or disk is full") = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try await store.get("/t/a")?.value == bytes("1"))
            try await limitPages("1000000")
            #expect(try await store.commit(.put("/t/a", bytes("3"))) == Revision(2))
            #expect(try await store.changes(2).map { $0.changes.map(\.value) } == [[bytes("1")], [bytes("3")]])
        }
    }

    @Test(arguments: [
        "UPDATE meta SET revision = revision", "UPDATE meta SET revision = revision - 1",
        "INSERT INTO meta VALUES (2, 0)", "INSERT INTO meta VALUES (NULL, 0)",
        "INSERT INTO entry VALUES (7, NULL, 1, x'')", "INSERT INTO entry VALUES (7, '/t/b', 1, x'')",
        "INSERT INTO entry VALUES (7, x'2F', 0, x'')", "INSERT INTO entry VALUES (7, x'2F', 1, NULL)",
        "INSERT INTO entry SELECT * FROM entry",
        "INSERT INTO entry (key, revision, value) SELECT key, revision, value FROM entry",
    ])
    func schemaRefuses(statement: String) async throws {
        try await StoreDoor.memory.withStore { store in
            try await store.commit(.put("/t/a", bytes("1")))
            let error = await #expect(throws: DatabaseError.self) {
                try await store.database.write { try $0.execute(sql: statement) }
            }
            #expect(error?.resultCode == .SQLITE_CONSTRAINT)
        }
    }
}
