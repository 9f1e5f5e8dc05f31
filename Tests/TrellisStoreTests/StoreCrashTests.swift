import Foundation
import GRDB
import StoreCrashWriter
import Testing
import TrellisModel

@testable import TrellisStore

/// Kills a process in the midst of its commits, again and again on one file, and looks at what is left.
///
/// SIGKILL takes the process and everything in its memory, at any instruction: so this shows that an acknowledged
/// commit has left the process, that a transaction is whole or absent whatever was half written, and that recovery
/// and the lock need nobody's help. It shows nothing about power loss or a crash of the kernel: pages that were written
/// but not synced survive a SIGKILL. Those are the business of `synchronous=FULL` and of a disk that does not lie.
@Suite struct StoreCrashTests {
    static let rounds = 50

    @Test(.timeLimit(.minutes(5)))
    func acknowledgedTransactionsSurviveSIGKILL() async throws {
        let given = ProcessInfo.processInfo.environment["TRELLIS_CRASH_SEED"].flatMap(UInt64.init)
        let seed = given ?? UInt64.random(in: 0...UInt64.max)
        print("TRELLIS_CRASH_SEED=\(seed)")
        var random = SplitMix64(state: seed)

        try await withTemporaryDirectory { directory in
            let path = directory + "/trellis.db"
            var model = CrashModel()
            var unacknowledged = 0
            for round in 1...Self.rounds {
                // Every fifth writer dies while it opens the store or soon after.
                let lines = round % 5 == 0 ? 0 : Int.random(in: 1...80, using: &random)
                let delay = UInt32.random(in: 0..<(lines == 0 ? 60_000 : 3_000), using: &random)
                let acknowledged = try await onThread {
                    try Self.killWriter(of: path, afterLines: lines, microseconds: delay)
                }
                try await use(try SQLiteStore.open(at: path)) { store in
                    unacknowledged += try await Self.check(store, against: &model, acknowledged)
                }
            }
            print("\(model.revision) revisions, \(unacknowledged) of them killed between commit and acknowledgement")
        }
    }

    /// The first seconds of a store's life: every writer dies on a file of its own.
    @Test(.timeLimit(.minutes(5)))
    func halfCreatedFilesAreOpenedByTheNextProcess() async throws {
        for attempt in 0..<12 {
            try await withTemporaryDirectory { directory in
                let path = directory + "/trellis.db"
                let acknowledged = try await onThread {
                    try Self.killWriter(of: path, afterLines: 0, microseconds: UInt32(attempt) * 4_000)
                }
                var model = CrashModel()
                try await use(try SQLiteStore.open(at: path)) { store in
                    _ = try await Self.check(store, against: &model, acknowledged)
                    #expect(try await store.commit(.put("/t/a", [])) == model.revision.next)
                }
            }
        }
    }

    /// Starts a writer and kills it after it has printed `count` lines.
    ///
    /// - Parameter microseconds: How much later, to meet the writer anywhere in a commit.
    /// - Returns: All lines that it could print.
    static func killWriter(
        of path: String, afterLines count: Int, microseconds: UInt32
    ) throws -> [CrashAcknowledgement] {
        let writer = try WriterProcess(store: path)
        var lines: [String] = []
        while lines.count < count {
            guard let line = try writer.line() else {
                throw WriterProcess.Failure(reason: "the writer ended: \(try writer.errorText())")
            }
            lines.append(line)
        }
        usleep(microseconds)
        writer.kill()
        while let line = try writer.line() { lines.append(line) }
        let errors = try writer.errorText()
        try #require(writer.wait() == .killed(bySignal: SIGKILL), "\(errors)")
        return try lines.map { try #require(CrashAcknowledgement($0), "\($0)") }
    }

    /// Carries out in the model what the transactions noted since, and compares the entries with the result.
    ///
    /// - Returns: How many transactions were committed without an acknowledgement.
    static func check(
        _ store: SQLiteStore, against model: inout CrashModel, _ acknowledged: [CrashAcknowledgement]
    ) async throws -> Int {
        let range = try await store.range(under: .root)
        let before = model.revision
        try #require(range.revision >= before, "the store went back in time")
        let notes = try range.entries.filter { $0.key.path.hasPrefix(CrashPlan.notes.path) }.map {
            try StoredRecordCoding.decode(CrashPlan.Note.self, from: $0.value, at: $0.key)
        }
        var committed: [CrashAcknowledgement] = []
        for note in notes.dropFirst(Int(before.rawValue)) { committed.append(try model.apply(note)) }
        try #require(model.revision == range.revision, "a revision is missing or double")
        try #require(range.entries == model.entriesInKeyOrder, "a transaction is not whole")

        try #require(Set(acknowledged).count == acknowledged.count)
        try #require(Set(acknowledged).isSubset(of: committed), "an acknowledged transaction is lost")
        // Each writer waits for one commit at a time, so only its last one can be without an acknowledgement.
        let silent = Set(committed).subtracting(acknowledged)
        for ack in silent {
            let last = committed.last { $0.writer == ack.writer }
            try #require(ack == last, "\(ack) was not acknowledged although a later one was")
        }

        let health = try await store.database.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") }
        try #require(health == "ok")
        return silent.count
    }
}
