import GRDB

/// Everything in a store file at one revision, for reading only.
///
/// The server may run meanwhile: it is not disturbed, and what it writes is not seen.
package enum StoreImage {
    /// Hands over every entry in key order.
    ///
    /// Blocks while it reads.
    ///
    /// - Returns: The revision.
    /// - Throws: ``StoreError/unusable(path:reason:)`` if there is no store of this version at the path.
    package static func read(at path: String, _ receive: (StoreEntry) throws -> Void) throws -> Revision {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        do {
            return try DatabaseQueue(path: path, configuration: configuration).read { db in
                guard try Int64.fetchOne(db, sql: "PRAGMA application_id") == StoreSchema.applicationID else {
                    throw StoreError.unusable(path: path, reason: "it is not the database of a Trellis")
                }
                guard try StoreSchema.migrator.hasCompletedMigrations(db),
                    try !StoreSchema.migrator.hasBeenSuperseded(db)
                else {
                    throw StoreError.unusable(path: path, reason: "it was written by another version of Trellis")
                }
                let tables = StoreTables(db: db)
                try tables.forEachEntry(receive)
                return try tables.revision()
            }
        } catch let error as DatabaseError {
            throw StoreError.unusable(path: path, error)
        }
    }
}

extension StoreTables {
    func forEachEntry(_ receive: (StoreEntry) throws -> Void) throws {
        let rows = try Row.fetchCursor(db, sql: "SELECT key, value, revision FROM entry ORDER BY key")
        while let row = try rows.next() { try receive(readEntry(row)) }
    }
}
