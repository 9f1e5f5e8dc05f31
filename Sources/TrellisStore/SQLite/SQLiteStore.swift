import GRDB
import Synchronization
package import TrellisModel

/// A ``Store`` in one SQLite database, for one process.
///
/// A committed transaction is in the write-ahead log and the log is synced (`synchronous=FULL`) before it can be read,
/// watched or acknowledged. Writes happen one after the other; reads of a file run beside them, each on one
/// snapshot.
///
/// Operations do not look at task cancellation: they are short, and the caller of a commit learns its outcome. A watch
/// ends when the task that iterates it is cancelled.
///
/// What the contract leaves open:
/// - Key order and prefixes are those of the UTF-8 bytes.
/// - Of several mutations of one key in a transaction the last one counts.
/// - A transaction that only deletes keys that do not exist changes nothing and takes no revision.
/// - ``StoreCondition/noneWritten(under:since:)`` looks at the keys that exist: one that was written and deleted since
///   does not count.
package final class SQLiteStore: Store {
    /// Ten thousand revisions are hours of a busy control plane, and about 10 MB of log with records of 1 KB.
    package static let defaultKeptRevisions = 10_000

    let database: any DatabaseWriter
    let feed: ChangeFeed
    private let path: String
    private let keptRevisions: Int64
    private let gate = OperationGate()
    private let isDatabaseClosed = Mutex(false)
    private let lock: LockFile?

    /// - Parameters:
    ///   - database: Already at the newest schema.
    ///   - keptRevisions: Less than 1 counts as 1.
    ///   - lock: Released when the store has closed.
    init(database: any DatabaseWriter, path: String, keptRevisions: Int, lock: LockFile?) throws {
        self.database = database
        self.path = path
        self.keptRevisions = Int64(max(1, keptRevisions))
        self.lock = lock
        let state = try database.read { try StoreTables(db: $0).state() }
        feed = ChangeFeed(newest: state.revision)
    }

    package func get(_ key: StoreKey) async throws -> StoreEntry? {
        try await read { try $0.entry(at: key) }
    }

    package func range(under prefix: StoreKey) async throws -> StoreRange {
        let interval = KeyInterval(prefix: prefix)
        return try await read { tables in
            StoreRange(entries: try tables.entries(in: interval), revision: try tables.state().revision)
        }
    }

    package func commit(_ transaction: StoreTransaction) async throws -> StoreOutcome {
        if transaction.mutations.isEmpty {
            return try await read { tables in
                guard try tables.hold(transaction.conditions) else { return .conflict }
                return .committed(try tables.state().revision)
            }
        }
        return try await write { [feed, keptRevisions] db in
            var applied: AppliedTransaction?
            try db.inTransaction(.immediate) {
                applied = try StoreTables(db: db).apply(transaction, keptRevisions: keptRevisions)
                return applied?.changedKeys.isEmpty == false ? .commit : .rollback
            }
            guard let applied else { return .conflict }
            if !applied.changedKeys.isEmpty {
                // On the writer's queue, so that revisions are announced in order, and only after the commit.
                feed.announce(applied.revision, changedKeys: applied.changedKeys)
            }
            return .committed(applied.revision)
        }
    }

    /// - Returns: A stream for one consumer. It holds at most one page of changes (see ``ChangePage``): a slow consumer
    ///   makes nothing grow, but it may find its place in the log compacted.
    package func watch(
        under prefix: StoreKey, from revision: Revision
    ) -> AsyncThrowingStream<StoreChangeSet, any Error> {
        let cursor = ChangeCursor(store: self, feed: feed, interval: KeyInterval(prefix: prefix), from: revision)
        return AsyncThrowingStream { try await cursor.next() }
    }

    /// Ends all watches, waits for the operations that have begun and closes the files.
    ///
    /// The database file is complete without its write-ahead log then. Later operations throw ``StoreError/closed``;
    /// further calls of this one do nothing.
    package func close() async throws {
        feed.close()
        await gate.close()
        try mappingErrors {
            try isDatabaseClosed.withLock { isDatabaseClosed in
                guard !isDatabaseClosed else { return }
                // GRDB closes the readers last, and those cannot do it. If it fails, the log is still there.
                _ = try? database.writeWithoutTransaction { try $0.checkpoint(.truncate) }
                try database.close()
                isDatabaseClosed = true
            }
        }
        lock?.release()
    }

    func changes(in interval: KeyInterval, from revision: Revision) async throws -> ChangePage {
        try await read { try $0.changes(in: interval, from: revision) }
    }

    private func read<Value: Sendable>(
        _ body: @escaping @Sendable (StoreTables) throws -> Value
    ) async throws -> Value {
        try gate.enter()
        defer { gate.leave() }
        let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
            database.asyncRead { access in
                continuation.resume(returning: Result { try body(StoreTables(db: try access.get())) })
            }
        }
        return try mappingErrors { try result.get() }
    }

    private func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try gate.enter()
        defer { gate.leave() }
        let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
            database.asyncWriteWithoutTransaction { db in
                continuation.resume(returning: Result { try body(db) })
            }
        }
        return try mappingErrors { try result.get() }
    }

    private func mappingErrors<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw StoreError.unusable(path: path, error)
        }
    }
}

extension StoreError {
    /// The reason is SQLite's message without the statement: a statement's arguments are stored values.
    static func unusable(path: String, _ error: DatabaseError) -> StoreError {
        .unusable(path: path, reason: error.message ?? error.resultCode.description)
    }
}
