import Glibc
import TrellisStore

// Writes to the store at argv[1] until it is killed, and says on standard output what was committed: an acknowledgement
// line leaves with one write(2) right after its commit has returned. Exits 64 without a path, 69 if the store cannot
// be opened, 70 if an operation fails.

func say(_ text: String, on descriptor: CInt) {
    let bytes = Array((text + "\n").utf8)
    _ = write(descriptor, bytes, bytes.count)
}

func writeForever(as writer: Int, to store: SQLiteStore) async throws {
    let notes = try await store.range(under: CrashPlan.notes).entries.map {
        try StoredRecordCoding.decode(CrashPlan.Note.self, from: $0.value, at: $0.key)
    }
    var number = notes.count { $0.writer == writer }
    while true {
        number += 1
        let revision = try await CrashPlan.commit(number, of: writer, to: store)
        say("\(CrashAcknowledgement(writer: writer, number: number, revision: revision))", on: STDOUT_FILENO)
    }
}

guard CommandLine.arguments.count == 2 else {
    say("usage: StoreCrashWriter <database file>", on: STDERR_FILENO)
    exit(64)
}
let store: SQLiteStore
do {
    store = try SQLiteStore.open(at: CommandLine.arguments[1])
} catch {
    say("\(error)", on: STDERR_FILENO)
    exit(69)
}
do {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<CrashPlan.writerCount {
            group.addTask { try await writeForever(as: writer, to: store) }
        }
        try await group.waitForAll()
    }
} catch {
    say("\(error)", on: STDERR_FILENO)
    exit(70)
}
