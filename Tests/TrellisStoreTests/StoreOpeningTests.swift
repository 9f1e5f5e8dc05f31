import Foundation
import GRDB
import Testing
import TrellisModel

@testable import TrellisStore

/// What cannot be opened says why, and is left as it was.
@Suite(.timeLimit(.minutes(5))) struct StoreOpeningTests {
    /// A way to put something that is not a store at `path`, and the reason for refusing it.
    struct Obstacle: Sendable, CustomStringConvertible {
        var description: String
        var reason: String
        var put: @Sendable (_ path: String) throws -> Void
    }

    static let obstacles = [
        Obstacle(description: "text", reason: "file is not a database") { path in
            try Data(String(repeating: "plain text, and long enough for a page. ", count: 200).utf8)
                .write(to: URL(fileURLWithPath: path))
        },
        Obstacle(description: "short text", reason: "file is not a database") { path in
            try Data("{}".utf8).write(to: URL(fileURLWithPath: path))
        },
        Obstacle(description: "database of another program", reason: "it is the database of another program") { path in
            try DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE guest (id INTEGER PRIMARY KEY)") }
        },
        Obstacle(description: "foreign mark", reason: "it is the database of another program") { path in
            try DatabaseQueue(path: path).write { try $0.execute(sql: "PRAGMA application_id = 7") }
        },
        Obstacle(description: "newer schema", reason: "it was written by a newer version of Trellis") { path in
            let queue = try DatabaseQueue(path: path)
            try queue.write { try $0.execute(sql: "PRAGMA application_id = \(StoreSchema.applicationID)") }
            var migrator = StoreSchema.migrator
            migrator.registerMigration("9999-from-the-future") { _ in }
            try migrator.migrate(queue)
        },
    ]

    @Test(arguments: obstacles)
    func refusesAndLeavesAlone(obstacle: Obstacle) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/trellis.db"
            try obstacle.put(path)
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            try expectUnusable(path, reason: obstacle.reason)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
            // The lock is gone with the attempt.
            try expectUnusable(path, reason: obstacle.reason)
        }
    }

    struct BadPath: Sendable, CustomStringConvertible {
        /// Below a directory that holds the file `file` and the directory `directory`.
        var path: String
        var reason: String
        var description: String { path }
    }

    @Test(arguments: [
        BadPath(path: "directory", reason: "it is a directory"),
        BadPath(path: "directory/", reason: "it is a directory"),
        BadPath(path: ".", reason: "it is a directory"),
        BadPath(path: "missing/trellis.db", reason: "No such file or directory"),
        BadPath(path: "missing/", reason: "Is a directory"),
        BadPath(path: "file/trellis.db", reason: "Not a directory"),
        BadPath(path: "device", reason: "it is not a regular file"),
        BadPath(path: "loop", reason: "Too many levels of symbolic links"),
        BadPath(path: String(repeating: "n", count: 300), reason: "File name too long"),
    ])
    func refusesPath(row: BadPath) async throws {
        try await withTemporaryDirectory { directory in
            let files = FileManager.default
            try files.createDirectory(atPath: directory + "/directory", withIntermediateDirectories: false)
            try Data().write(to: URL(fileURLWithPath: directory + "/file"))
            try files.createSymbolicLink(atPath: directory + "/device", withDestinationPath: "/dev/null")
            try files.createSymbolicLink(atPath: directory + "/loop", withDestinationPath: directory + "/loop")
            let before = try files.subpathsOfDirectory(atPath: directory)
            try expectUnusable("\(directory)/\(row.path)", reason: row.reason)
            #expect(try files.subpathsOfDirectory(atPath: directory) == before)
        }
    }

    @Test func refusesAnEmptyPath() throws {
        try expectUnusable("", reason: "No such file or directory")
    }

    @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
    func refusesWhatItMayNotWrite() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/trellis.db"
            try await use(try SQLiteStore.open(at: path)) { try await StoreContractTests.fill($0) }
            try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: path)
            try expectUnusable(path, reason: "Permission denied")
        }
    }

    @Test func relativeAndLinkedPathsLeadToTheSameLock() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/trellis.db"
            try await use(try SQLiteStore.open(at: directory + "/./trellis.db")) { store in
                try await store.commit(.put("/t/a", []))
                let link = directory + "/link.db"
                try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
                let around = "\(directory)/../\(URL(fileURLWithPath: directory).lastPathComponent)/trellis.db"
                for other in [path, link, around] {
                    try expectUnusable(other, reason: "process \(getpid()) has it open")
                }
                // The refused attempts have not loosened anything.
                try expectUnusable(path, reason: "process \(getpid()) has it open")
                #expect(try await store.commit(.put("/t/b", [])) == Revision(2))
            }
            try await use(try SQLiteStore.open(at: path)) { store in
                let range = try await store.range(under: "/t/")
                #expect(range.entries.count == 2)
            }
        }
    }

    @Test func secondProcessIsRefused() async throws {
        try await StoreDoor.file.withStore { store in
            let database = try #require(
                try await store.database.read { db in
                    try String.fetchOne(db, sql: "SELECT file FROM pragma_database_list WHERE name = 'main'")
                })
            let result = try await onThread {
                let process = try WriterProcess(store: database)
                // One that is not refused would print lines for ever.
                if try process.line() != nil { process.kill() }
                return (status: process.wait(), errors: try process.errorText())
            }
            #expect(result.status == .exited(69))
            #expect(result.errors == "the store at \(database) cannot be used: process \(getpid()) has it open\n")
            #expect(try await store.commit(.put("/t/a", [])) == Revision(1))
        }
    }

    /// What a process leaves that dies between two steps of creating a store.
    @Test(arguments: [
        [], ["PRAGMA application_id = \(StoreSchema.applicationID)"],
        [
            "PRAGMA application_id = \(StoreSchema.applicationID)", "PRAGMA journal_mode = WAL",
            "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)",
        ],
    ])
    func halfCreatedStoreIsFinished(steps: [String]) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/trellis.db"
            try Data().write(to: URL(fileURLWithPath: path))
            let queue = try DatabaseQueue(path: path)
            try await queue.writeWithoutTransaction { db in
                for step in steps { try db.execute(sql: step) }
            }
            try queue.close()
            try await use(try SQLiteStore.open(at: path)) { store in
                let revision = try await store.commit(.put("/t/a", bytes("1")))
                #expect(revision == Revision(1))
            }
        }
    }

    @Test func marksAnEmptyDatabaseBeforeItCreatesTables() throws {
        try DatabaseQueue().writeWithoutTransaction { db in
            let refusal = try StoreSchema.claim(db)
            #expect(refusal == nil)
            #expect(try Int64.fetchOne(db, sql: "PRAGMA application_id") == StoreSchema.applicationID)
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0)
        }
    }

    /// A damaged page is an error of the operations that meet it, not the end of the process.
    @Test(arguments: [UInt8(0x00), 0xFF, 0x0A])
    func damagedPagesAreErrors(filler: UInt8) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/trellis.db"
            try await use(try SQLiteStore.open(at: path)) { store in
                for number in 0..<50 {
                    try await store.commit(.put(StoreKey(path: "/t/\(number)"), [UInt8](repeating: 1, count: 3_000)))
                }
            }
            var data = try Data(contentsOf: URL(fileURLWithPath: path))
            #expect(data.count > 100_000)
            for index in 4_096..<data.count { data[index] = filler }
            try data.write(to: URL(fileURLWithPath: path))
            let error = await #expect(throws: StoreError.self) {
                try await use(try SQLiteStore.open(at: path)) { _ = try await $0.range(under: "/t/") }
            }
            guard case .unusable(_, let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(!reason.isEmpty)
        }
    }

    @Test func columnsOfTheWrongTypeAreErrors() async throws {
        try await StoreDoor.memory.withStore { store in
            try await store.commit(.put("/t/a", []))
            try await store.database.write { db in
                try db.execute(sql: "UPDATE entry SET key = x'2F742FFF'")
            }
            let error = await #expect(throws: StoreError.self) { _ = try await store.range(under: "/t/") }
            guard case .unusable = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    private func expectUnusable(_ path: String, reason: String) throws {
        let error = #expect(throws: StoreError.self) { try SQLiteStore.open(at: path) }
        guard case .unusable(_, let given) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(given == reason)
    }
}
