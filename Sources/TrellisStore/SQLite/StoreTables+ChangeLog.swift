import FoundationEssentials
import GRDB
import TrellisModel

/// A piece of the change log, cut between two revisions.
struct ChangePage: Sendable {
    /// A page ends with the change set that reaches this many bytes of keys and values, plus ``changeOverhead`` for
    /// each change.
    static let byteLimit = 1 << 20
    static let changeOverhead = 64

    var changeSets: [StoreChangeSet]
    /// Where the next page begins.
    var next: Revision

    static func size(of change: StoreChange) -> Int {
        change.key.path.utf8.count + (change.value?.count ?? 0) + changeOverhead
    }
}

extension ChangePage {
    /// - Parameter changeSets: All of them from `revision` on.
    init(_ changeSets: ArraySlice<StoreChangeSet>, in interval: KeyInterval, from revision: Revision) {
        next = max(revision, changeSets.last?.revision.next ?? .zero)
        self.changeSets = changeSets.compactMap { changeSet in
            let changes = changeSet.changes.filter { interval.contains($0.key) }
            return changes.isEmpty ? nil : StoreChangeSet(revision: changeSet.revision, changes: changes)
        }
    }
}

extension StoreTables {
    /// - Throws: ``StoreError/compacted(oldest:)`` if the log no longer reaches back to `revision`.
    func changes(in interval: KeyInterval, from revision: Revision) throws -> ChangePage {
        let state = try state()
        guard revision > state.compacted else { throw StoreError.compacted(oldest: state.compacted.next) }
        let statement = try db.cachedStatement(
            sql: """
                SELECT revision, key, value FROM change
                WHERE revision >= ? AND key >= ? AND key < ?
                ORDER BY revision, key
                """)
        let arguments: StatementArguments = [revision.rawValue, Data(interval.lower), Data(interval.upper)]
        let rows = try Row.fetchCursor(statement, arguments: arguments)
        var page = ChangePage(changeSets: [], next: max(revision, state.revision.next))
        var size = 0
        while let row = try rows.next() {
            let (revision, change) = try readChange(row)
            if let last = page.changeSets.indices.last, page.changeSets[last].revision == revision {
                page.changeSets[last].changes.append(change)
            } else if size >= ChangePage.byteLimit {
                page.next = revision
                break
            } else {
                page.changeSets.append(StoreChangeSet(revision: revision, changes: [change]))
            }
            size += ChangePage.size(of: change)
        }
        return page
    }

    func appendChange(of key: [UInt8], to value: [UInt8]?, at revision: Revision) throws {
        if let value {
            try db.cachedStatement(
                sql: "INSERT INTO change (revision, key, value) VALUES (?, ?, ?)"
            ).execute(arguments: [revision.rawValue, Data(key), Data(value)])
        } else {
            try db.cachedStatement(
                sql: "INSERT INTO change (revision, key, value) VALUES (?, ?, NULL)"
            ).execute(arguments: [revision.rawValue, Data(key)])
        }
    }

    func dropChanges(upTo revision: Revision) throws {
        try db.cachedStatement(sql: "DELETE FROM change WHERE revision <= ?").execute(arguments: [revision.rawValue])
    }

    private func readChange(_ row: Row) throws -> (Revision, StoreChange) {
        let value = row.bytes(2)
        guard let revision = row.integer(0), let key = row.key(1), value != nil || row.isNull(2) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a row of the table 'change' is not readable")
        }
        return (Revision(revision), StoreChange(key: key, value: value))
    }
}
