import GRDB
import Synchronization
package import TrellisModel

/// A ``Store`` in one SQLite database, for one process.
///
/// A committed transaction is in the write-ahead log and the log is synced (`synchronous=FULL`) before it can be read,
/// watched or acknowledged. Writes happen one after the other, those that wait at the same time with one sync (see
/// ``CommitQueue``); reads of a file run beside them, each on one snapshot.
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
    /// The API answers when its followers have seen a change, so they are behind by one revision for each caller that
    /// waits, and by what they write themselves; who is behind by more reads everything again (see ``RecentChanges``).
    package static let defaultKeptRevisions = 1000

    let database: any DatabaseWriter
    let feed: ChangeFeed
    private let path: String
    let commits = CommitQueue()
    let counts: KeyCounts
    let prefixes: WrittenPrefixes
    let recentEntries = RecentEntries()
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
        self.lock = lock
        let revision = try database.read { try StoreTables(db: $0).revision() }
        feed = ChangeFeed(newest: revision, keptRevisions: keptRevisions)
        counts = KeyCounts(revision: revision)
        prefixes = WrittenPrefixes(after: revision)
    }

    package func get(_ key: StoreKey) async throws -> StoreEntry? {
        if let known = try await whileOpen({ recentEntries.entry(at: key) }) { return known }
        return try await read { try $0.entry(at: key) }
    }

    package func range(under prefix: StoreKey) async throws -> StoreRange {
        let interval = KeyInterval(prefix: prefix)
        return try await read { tables in
            StoreRange(entries: try tables.entries(in: interval), revision: try tables.revision())
        }
    }

    package func range(under prefix: StoreKey, after key: StoreKey?, limit: Int) async throws -> StoreRange {
        let interval = KeyInterval(prefix: prefix)
        return try await read { tables in
            StoreRange(
                entries: try tables.entries(in: interval, after: key, limit: limit),
                revision: try tables.revision())
        }
    }

    package func count(under prefix: StoreKey) async throws -> StoreCount {
        let ticket: KeyCounts.Ticket
        switch try await whileOpen({ counts.count(under: prefix) }) {
        case .known(let count): return count
        case .unknown(let number): ticket = number
        }
        let interval = KeyInterval(prefix: prefix)
        let counted = try await read { tables in
            StoreCount(count: try tables.count(in: interval), revision: try tables.revision())
        }
        counts.keep(counted.count, under: prefix, ticket)
        return counted
    }

    /// - Returns: A stream for one consumer. Changes are kept in memory, from the opening of the store on and up to a bound
    ///   (see ``RecentChanges``): a slow consumer makes nothing grow, but it may find its place compacted.
    package func watch(
        under prefix: StoreKey, from revision: Revision
    ) -> AsyncThrowingStream<StoreChangeSet, any Error> {
        let cursor = ChangeCursor(feed: feed, interval: KeyInterval(prefix: prefix), from: revision)
        return AsyncThrowingStream { try await cursor.next() }
    }

    package func watchTogether(
        under prefix: StoreKey, from revision: Revision
    ) -> AsyncThrowingStream<[StoreChangeSet], any Error> {
        let cursor = ChangeCursor(feed: feed, interval: KeyInterval(prefix: prefix), from: revision)
        return AsyncThrowingStream { try await cursor.nextTogether() }
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

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (StoreTables) throws -> Value
    ) async throws -> Value {
        try await whileOpen {
            let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
                database.asyncRead { access in
                    continuation.resume(returning: Result { try body(StoreTables(db: try access.get())) })
                }
            }
            return try result.get()
        }
    }

    /// Keeps the store from closing while an operation runs.
    ///
    /// - Throws: ``StoreError/closed``, or the database's error as one of the store.
    func whileOpen<Value>(_ body: () async throws -> Value) async throws -> Value {
        try gate.enter()
        defer { gate.leave() }
        do {
            return try await body()
        } catch let error as DatabaseError {
            throw StoreError.unusable(path: path, error)
        }
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
