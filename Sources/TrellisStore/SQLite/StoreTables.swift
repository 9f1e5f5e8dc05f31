import FoundationEssentials
import GRDB
import TrellisModel

/// The statements on the tables of ``StoreSchema``, inside one database access.
struct StoreTables {
    let db: Database

    /// The newest revision.
    func revision() throws -> Revision {
        let statement = try db.cachedStatement(sql: "SELECT revision FROM meta WHERE id = 1")
        guard let row = try Row.fetchOne(statement), let revision = row.integer(0) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the table 'meta' is not readable")
        }
        return Revision(revision)
    }

    func entry(at key: StoreKey) throws -> StoreEntry? {
        let statement = try db.cachedStatement(
            sql: "SELECT key, value, revision FROM entry WHERE key = ?")
        return try Row.fetchOne(statement, arguments: [Data(key.path.utf8)]).map(readEntry)
    }

    func entries(in interval: KeyInterval) throws -> [StoreEntry] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT key, value, revision FROM entry
                WHERE key >= ? AND key < ?
                ORDER BY key
                """)
        let rows = try Row.fetchCursor(statement, arguments: [Data(interval.lower), Data(interval.upper)])
        return try Array(rows.map(readEntry))
    }

    func entries(in interval: KeyInterval, after key: StoreKey?, limit: Int) throws -> [StoreEntry] {
        let after = (key?.path).map { Array($0.utf8) }
        let start = after.flatMap { $0.lexicographicallyPrecedes(interval.lower) ? nil : $0 }
        // With both bounds in one statement the index would be sought by either of them, perhaps the lower one.
        let statement = try db.cachedStatement(
            sql: """
                SELECT key, value, revision FROM entry
                WHERE key \(start == nil ? ">=" : ">") ? AND key < ?
                ORDER BY key LIMIT ?
                """)
        let arguments: StatementArguments = [
            Data(start ?? interval.lower), Data(interval.upper), max(0, limit),
        ]
        return try Array(Row.fetchCursor(statement, arguments: arguments).map(readEntry))
    }

    func count(in interval: KeyInterval) throws -> Int {
        let statement = try db.cachedStatement(sql: "SELECT count(*) FROM entry WHERE key >= ? AND key < ?")
        return try Int.fetchOne(statement, arguments: [Data(interval.lower), Data(interval.upper)]) ?? 0
    }

    /// - Parameter prefixes: When something was last written below a prefix, at the latest.
    func holds(_ condition: StoreCondition, _ prefixes: WrittenPrefixes) throws -> Bool {
        switch condition {
        case .absent(let key): try writtenRevision(of: key) == nil
        case .unchanged(let key, let revision): try writtenRevision(of: key) == revision
        case .noneWritten(let prefix, let revision):
            try !prefixes.mayBeWritten(under: prefix, since: revision)
                || !isAnyWritten(in: KeyInterval(prefix: prefix), since: revision)
        }
    }

    private func writtenRevision(of key: StoreKey) throws -> Revision? {
        try EntryStatement("SELECT revision FROM entry WHERE key = ?", db).firstInteger(for: key).map(Revision.init)
    }

    /// Walks the whole interval.
    private func isAnyWritten(in interval: KeyInterval, since revision: Revision) throws -> Bool {
        let statement = try db.cachedStatement(
            sql: "SELECT EXISTS (SELECT 1 FROM entry WHERE key >= ? AND key < ? AND revision > ?)")
        let arguments: StatementArguments = [Data(interval.lower), Data(interval.upper), revision.rawValue]
        return try Bool.fetchOne(statement, arguments: arguments) ?? false
    }

    func readEntry(_ row: Row) throws -> StoreEntry {
        guard let key = row.key(0), let value = row.bytes(1), let revision = row.integer(2) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a row of the table 'entry' is not readable")
        }
        return StoreEntry(key: key, value: value, revision: Revision(revision))
    }
}

/// Columns read without the traps of GRDB's subscripts: a damaged file may hold anything.
extension Row {
    func integer(_ column: Int) -> Int64? {
        guard case .int64(let value) = databaseValue(column) else { return nil }
        return value
    }

    func bytes(_ column: Int) -> [UInt8]? {
        guard case .blob(let data) = databaseValue(column) else { return nil }
        return Array(data)
    }

    func key(_ column: Int) -> StoreKey? {
        bytes(column).flatMap { String(validating: $0, as: UTF8.self) }.map(StoreKey.init(path:))
    }

    private func databaseValue(_ column: Int) -> DatabaseValue.Storage {
        (self[column] as DatabaseValue).storage
    }
}
