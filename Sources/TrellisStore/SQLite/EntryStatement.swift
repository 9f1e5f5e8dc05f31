import GRDB
import GRDBSQLite
import TrellisModel

/// A statement on the entry of one key, which is its first parameter; revision and value are the second and third.
///
/// The arguments are bound where they lie: to copy and box each of them, as GRDB must, costs more than what SQLite does
/// with them.
struct EntryStatement {
    private let db: Database
    private let statement: Statement

    init(_ sql: String, _ db: Database) throws {
        self.db = db
        statement = try db.cachedStatement(sql: sql)
    }

    /// - Returns: Whether a row was changed.
    func execute(_ change: StoreChange, at revision: Revision) throws -> Bool {
        try (change.value ?? []).withUnsafeBytes { value in
            try run(change.key) { handle in
                let result = sqlite3_bind_int64(handle, 2, revision.rawValue)
                return result == SQLITE_OK ? Self.bind(value, at: 3, of: handle) : result
            } whenDone: { _ in
                db.changesCount > 0
            }
        }
    }

    /// - Returns: Whether a row was changed.
    func execute(_ key: StoreKey) throws -> Bool {
        try run(key, whenDone: { _ in db.changesCount > 0 })
    }

    /// The first column of the first row; `nil` if there is no row.
    func firstInteger(for key: StoreKey) throws -> Int64? {
        try run(key, whenDone: { hasRow in hasRow ? sqlite3_column_int64(statement.sqliteStatement, 0) : nil })
    }

    /// - Parameter whenDone: Told whether the statement has given a row.
    private func run<Value>(
        _ key: StoreKey, bindingOthers: (SQLiteStatement) -> CInt = { _ in SQLITE_OK },
        whenDone: (_ hasRow: Bool) -> Value
    ) throws -> Value {
        var path = key.path
        return try path.withUTF8 { path in
            let handle = statement.sqliteStatement
            defer {
                sqlite3_reset(handle)
                // What it points to ends with this call.
                sqlite3_clear_bindings(handle)
            }
            var result = Self.bind(UnsafeRawBufferPointer(path), at: 1, of: handle)
            if result == SQLITE_OK { result = bindingOthers(handle) }
            if result == SQLITE_OK { result = sqlite3_step(handle) }
            guard result == SQLITE_DONE || result == SQLITE_ROW else {
                let message = db.sqliteConnection.map { String(cString: sqlite3_errmsg($0)) }
                throw DatabaseError(resultCode: ResultCode(rawValue: result), message: message)
            }
            return whenDone(result == SQLITE_ROW)
        }
    }

    private static func bind(_ bytes: UnsafeRawBufferPointer, at index: CInt, of handle: SQLiteStatement) -> CInt {
        // Nothing has no address, and SQLite takes no address for NULL.
        guard let address = bytes.baseAddress, !bytes.isEmpty else { return sqlite3_bind_zeroblob(handle, index, 0) }
        // Without a destructor: the bytes stay where they are until the statement is done.
        return sqlite3_bind_blob64(handle, index, address, UInt64(bytes.count), nil)
    }
}
