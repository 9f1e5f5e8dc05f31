import FoundationEssentials
import GRDB
import TrellisModel

/// What became of a transaction whose conditions hold.
struct AppliedTransaction {
    /// The transaction's own revision, or the newest one if nothing changed.
    var revision: Revision
    /// In key order; empty if all mutations were deletions of keys that do not exist.
    var changedKeys: [[UInt8]]
}

extension StoreTables {
    /// Checks the conditions, changes the entries and appends to the change log; the caller commits.
    ///
    /// - Parameter keptRevisions: Older revisions leave the change log, normally one for each that enters.
    /// - Returns: `nil` if a condition does not hold; nothing is changed then.
    func apply(_ transaction: StoreTransaction, keptRevisions: Int64) throws -> AppliedTransaction? {
        guard try hold(transaction.conditions) else { return nil }
        let state = try state()
        let revision = state.revision.next
        var changedKeys: [[UInt8]] = []
        for (key, value) in netMutations(transaction.mutations) {
            if let value {
                try put(key, value, at: revision)
            } else if try !delete(key) {
                continue
            }
            try appendChange(of: key, to: value, at: revision)
            changedKeys.append(key)
        }
        guard !changedKeys.isEmpty else { return AppliedTransaction(revision: state.revision, changedKeys: []) }
        let compacted = max(state.compacted, Revision(revision.rawValue - keptRevisions))
        if compacted > state.compacted {
            try dropChanges(upTo: compacted)
        }
        try db.cachedStatement(sql: "UPDATE meta SET revision = ?, compacted_revision = ? WHERE id = 1")
            .execute(arguments: [revision.rawValue, compacted.rawValue])
        return AppliedTransaction(revision: revision, changedKeys: changedKeys)
    }

    /// The last mutation of each key, in byte order of the keys.
    private func netMutations(_ mutations: [StoreMutation]) -> [(key: [UInt8], value: [UInt8]?)] {
        var last: [[UInt8]: [UInt8]?] = [:]
        for mutation in mutations {
            switch mutation {
            case .put(let key, let value): last[Array(key.path.utf8)] = .some(value)
            case .delete(let key): last[Array(key.path.utf8)] = .some(nil)
            }
        }
        return last.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key, $0.value) }
    }

    private func put(_ key: [UInt8], _ value: [UInt8], at revision: Revision) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO entry (key, revision, value) VALUES (?, ?, ?)
                ON CONFLICT (key) DO UPDATE SET revision = excluded.revision, value = excluded.value
                """
        ).execute(arguments: [Data(key), revision.rawValue, Data(value)])
    }

    /// - Returns: Whether the key existed.
    private func delete(_ key: [UInt8]) throws -> Bool {
        try db.cachedStatement(sql: "DELETE FROM entry WHERE key = ?").execute(arguments: [Data(key)])
        return db.changesCount > 0
    }
}
