import FoundationEssentials
import GRDB
import TrellisModel

/// What became of a transaction whose conditions hold.
struct AppliedTransaction {
    /// With the transaction's own revision, or the newest one if nothing changed: if all mutations were deletions of keys
    /// that do not exist.
    var changeSet: StoreChangeSet
    /// The keys that were not there before.
    var added: [StoreKey] = []
    /// The keys that are not there any more.
    var removed: [StoreKey] = []
}

extension StoreTables {
    /// Checks the conditions, changes the entries and appends to the change log; the caller commits.
    ///
    /// - Parameter newest: The newest revision; the transaction's own one afterwards, if it changes anything.
    /// - Returns: `nil` if a condition does not hold; nothing is changed then.
    func apply(_ transaction: StoreTransaction, after newest: inout Revision) throws -> AppliedTransaction? {
        guard try hold(transaction.conditions) else { return nil }
        var applied = AppliedTransaction(changeSet: StoreChangeSet(revision: newest.next, changes: []))
        let absent = Set(
            transaction.conditions.compactMap { condition in
                if case .absent(let key) = condition { key } else { nil }
            })
        for change in netChanges(transaction.mutations) {
            if try apply(change, isNew: absent.contains(change.key), to: &applied) {
                applied.changeSet.changes.append(change)
            }
        }
        guard !applied.changeSet.changes.isEmpty else {
            applied.changeSet.revision = newest
            return applied
        }
        newest = applied.changeSet.revision
        try db.cachedStatement(sql: "UPDATE meta SET revision = ? WHERE id = 1")
            .execute(arguments: [newest.rawValue])
        return applied
    }

    /// Drops the changes that are too old after `newest`.
    ///
    /// - Returns: The newest revision that the change log does not have any more.
    func compact(_ state: State, newest: Revision, keptRevisions: Int64) throws -> Revision {
        let compacted = max(state.compacted, Revision(newest.rawValue - keptRevisions))
        guard compacted > state.compacted else { return compacted }
        try dropChanges(upTo: compacted)
        try db.cachedStatement(sql: "UPDATE meta SET compacted_revision = ? WHERE id = 1")
            .execute(arguments: [compacted.rawValue])
        return compacted
    }

    /// The last mutation of each key, in byte order of the keys.
    private func netChanges(_ mutations: [StoreMutation]) -> [StoreChange] {
        var last: [StoreKey: [UInt8]?] = [:]
        for mutation in mutations {
            switch mutation {
            case .put(let key, let value): last[key] = .some(value)
            case .delete(let key): last[key] = .some(nil)
            }
        }
        return last.map { StoreChange(key: $0.key, value: $0.value) }.sorted { $0.key < $1.key }
    }

    /// - Parameter isNew: Whether it is known that there is nothing under the key.
    /// - Returns: Whether it changes anything.
    private func apply(
        _ change: StoreChange, isNew: Bool, to applied: inout AppliedTransaction
    ) throws -> Bool {
        let revision = applied.changeSet.revision
        let key = Array(change.key.path.utf8)
        if let value = change.value {
            if try isNew || !update(key, value, at: revision) {
                try insert(key, value, at: revision)
                applied.added.append(change.key)
            }
        } else {
            guard try delete(key) else { return false }
            applied.removed.append(change.key)
        }
        try appendChange(of: key, to: change.value, at: revision)
        return true
    }

    /// - Returns: Whether the key existed.
    private func update(_ key: [UInt8], _ value: [UInt8], at revision: Revision) throws -> Bool {
        try db.cachedStatement(sql: "UPDATE entry SET revision = ?, value = ? WHERE key = ?")
            .execute(arguments: [revision.rawValue, Data(value), Data(key)])
        return db.changesCount > 0
    }

    private func insert(_ key: [UInt8], _ value: [UInt8], at revision: Revision) throws {
        try db.cachedStatement(sql: "INSERT INTO entry (key, revision, value) VALUES (?, ?, ?)")
            .execute(arguments: [Data(key), revision.rawValue, Data(value)])
    }

    /// - Returns: Whether the key existed.
    private func delete(_ key: [UInt8]) throws -> Bool {
        try db.cachedStatement(sql: "DELETE FROM entry WHERE key = ?").execute(arguments: [Data(key)])
        return db.changesCount > 0
    }
}
