import GRDB

/// The tables of the store and how older files reach them.
enum StoreSchema {
    /// "Trls" in the header of a database file, so that another program's database is not taken for a store.
    static let applicationID: Int64 = 0x5472_6C73

    /// Append only: a migration that was released is never changed.
    ///
    /// Keys are BLOBs because prefixes and order are those of bytes. `entry` keeps the revision before the value, so
    /// that a long value's overflow pages are read only for the value itself.
    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1-entry-change-meta") { db in
            try db.execute(
                sql: """
                    CREATE TABLE entry (
                        key BLOB NOT NULL PRIMARY KEY,
                        revision INTEGER NOT NULL CHECK (revision > 0),
                        value BLOB NOT NULL
                    ) STRICT, WITHOUT ROWID;

                    CREATE INDEX entry_revision ON entry (revision);

                    -- What each revision left under the keys it changed; a NULL value is a deleted key.
                    CREATE TABLE change (
                        revision INTEGER NOT NULL CHECK (revision > 0),
                        key BLOB NOT NULL,
                        value BLOB,
                        PRIMARY KEY (revision, key)
                    ) STRICT, WITHOUT ROWID;

                    -- One row: the newest revision, and the newest one that the change log has dropped.
                    CREATE TABLE meta (
                        id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
                        revision INTEGER NOT NULL,
                        compacted_revision INTEGER NOT NULL
                            CHECK (compacted_revision >= 0 AND compacted_revision <= revision)
                    ) STRICT;

                    INSERT INTO meta (id, revision, compacted_revision) VALUES (1, 0, 0);

                    CREATE TRIGGER meta_revision_by_one BEFORE UPDATE OF revision ON meta
                    WHEN NEW.revision <> OLD.revision + 1
                    BEGIN
                        SELECT RAISE (ABORT, 'a transaction takes exactly the next revision');
                    END;
                    """)
        }
        // Every follower loads what there is and then watches what is new, so that nobody read the log of a file.
        migrator.registerMigration("2-changes-in-memory") { db in
            try db.execute(
                sql: """
                    DROP TABLE change;
                    DROP TRIGGER meta_revision_by_one;
                    ALTER TABLE meta DROP COLUMN compacted_revision;

                    CREATE TRIGGER meta_revision_grows BEFORE UPDATE OF revision ON meta
                    WHEN NEW.revision <= OLD.revision
                    BEGIN
                        SELECT RAISE (ABORT, 'a revision is taken once');
                    END;
                    """)
        }
        // In the order of writing, values go to the end of the file, and only the short entries of one index to places
        // of their own. What was written since a revision is known from memory (see ``WrittenPrefixes``).
        migrator.registerMigration("3-entries-in-order-of-writing") { db in
            try db.execute(
                sql: """
                    ALTER TABLE entry RENAME TO entry_by_key;

                    CREATE TABLE entry (
                        id INTEGER NOT NULL PRIMARY KEY,
                        key BLOB NOT NULL,
                        revision INTEGER NOT NULL CHECK (revision > 0),
                        value BLOB NOT NULL
                    ) STRICT;

                    INSERT INTO entry (key, revision, value)
                    SELECT key, revision, value FROM entry_by_key ORDER BY revision, key;

                    DROP TABLE entry_by_key;

                    CREATE UNIQUE INDEX entry_key ON entry (key);
                    """)
        }
        return migrator
    }()

    /// Marks an empty database as a store.
    ///
    /// The mark is set on its own, before any table: a process that dies while it creates the tables leaves a
    /// file that the next one recognises.
    ///
    /// - Returns: Why the database must not be used; `nil` if it is a store that this version reads.
    static func claim(_ db: Database) throws -> String? {
        let mark = try Int64.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        if mark == applicationID {
            return try migrator.hasBeenSuperseded(db) ? "it was written by a newer version of Trellis" : nil
        }
        let objects = try Int64.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
        guard mark == 0, objects == 0 else { return "it is the database of another program" }
        try db.execute(sql: "PRAGMA application_id = \(applicationID)")
        return nil
    }
}
