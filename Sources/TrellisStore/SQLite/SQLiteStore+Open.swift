import GRDB

extension SQLiteStore {
    /// Opens or creates a store file.
    ///
    /// Blocks while it waits for the disk: meant for the start of the program. Beside the database lie `<path>-wal`
    /// and `<path>-shm`, which belong to it, and `<path>.lock` (see ``LockFile``).
    ///
    /// - Parameters:
    ///   - path: The database file. Its directory must exist; the file is created readable for its owner only,
    ///     because functions' environment variables are in it.
    ///   - keptRevisions: How many of the newest revisions watchers can go back to, at least 1 (see ``RecentChanges``).
    /// - Throws: ``StoreError/unusable(path:reason:)`` if the path is no regular file or not writable, if the file is
    ///   not a store or one of a newer Trellis, or if another process has it open. Such a file is left as it was.
    package static func open(
        at path: String, keptRevisions: Int = SQLiteStore.defaultKeptRevisions
    ) throws -> SQLiteStore {
        let path = try StoreFile.prepare(path)
        let lock = try LockFile(forStoreAt: path)
        do {
            let pool = try DatabasePool(path: path, configuration: configuration(path: path))
            try pool.writeWithoutTransaction { db in
                // The pool has just set NORMAL, which syncs at checkpoints only.
                try db.execute(sql: "PRAGMA synchronous = FULL")
                // Creations touch many pages of a large store, each several times in the 16 MB until they are copied back.
                try db.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
                try db.execute(sql: "PRAGMA cache_size = -16000")
            }
            try StoreSchema.migrator.migrate(pool)
            return try SQLiteStore(database: pool, path: path, keptRevisions: keptRevisions, lock: lock)
        } catch let error as DatabaseError {
            throw StoreError.unusable(path: path, error)
        }
    }

    /// A store that nothing outlives, for tests and throw-away runs: every read waits for the writes before it.
    package static func inMemory(keptRevisions: Int = SQLiteStore.defaultKeptRevisions) throws -> SQLiteStore {
        let path = ":memory:"
        do {
            let queue = try DatabaseQueue(configuration: configuration(path: path))
            try StoreSchema.migrator.migrate(queue)
            return try SQLiteStore(database: queue, path: path, keptRevisions: keptRevisions, lock: nil)
        } catch let error as DatabaseError {
            throw StoreError.unusable(path: path, error)
        }
    }

    private static func configuration(path: String) -> Configuration {
        var configuration = Configuration()
        configuration.label = "trellis.store"
        configuration.maximumReaderCount = 4
        // Only somebody with the `sqlite3` shell can be in the way.
        configuration.busyMode = .timeout(5)
        // Otherwise GRDB traps if a failing disk leaves a transaction open. So the next commit's BEGIN reports it.
        configuration.allowsUnsafeTransactions = true
        configuration.prepareDatabase { db in
            // Before anything is written, the switch to WAL included.
            guard !db.configuration.readonly else { return }
            if let reason = try StoreSchema.claim(db) {
                throw StoreError.unusable(path: path, reason: reason)
            }
        }
        return configuration
    }
}
