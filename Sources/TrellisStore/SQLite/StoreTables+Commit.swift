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
    /// Checks the conditions and changes the entries; the caller writes the newest revision and commits.
    ///
    /// - Parameter newest: The newest revision; the transaction's own one afterwards, if it changes anything.
    /// - Returns: `nil` if a condition does not hold; nothing is changed then.
    func apply(_ transaction: StoreTransaction, after newest: inout Revision) throws -> AppliedTransaction? {
        let changes = netChanges(transaction.mutations)
        let claims = claims(of: transaction.conditions, among: changes)
        let others = transaction.conditions.filter { condition in
            if case .absent(let key) = condition { !claims.contains(key) } else { true }
        }
        guard try others.allSatisfy(holds) else { return nil }
        var applied = AppliedTransaction(changeSet: StoreChangeSet(revision: newest.next, changes: []))
        guard try insert(changes.filter { claims.contains($0.key) }, to: &applied) else { return nil }
        for change in changes {
            if try claims.contains(change.key) || apply(change, to: &applied) {
                applied.changeSet.changes.append(change)
            }
        }
        if applied.changeSet.changes.isEmpty {
            applied.changeSet.revision = newest
        } else {
            newest = applied.changeSet.revision
        }
        return applied
    }

    func write(newest: Revision) throws {
        try db.cachedStatement(sql: "UPDATE meta SET revision = ? WHERE id = 1").execute(arguments: [newest.rawValue])
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

    /// The keys that must be absent and are put: inserting them is the check.
    private func claims(of conditions: [StoreCondition], among changes: [StoreChange]) -> Set<StoreKey> {
        let absent = Set(
            conditions.compactMap { condition in
                if case .absent(let key) = condition { key } else { nil }
            })
        return absent.intersection(changes.lazy.filter { $0.value != nil }.map(\.key))
    }

    /// - Returns: Whether all could be inserted; otherwise none is.
    private func insert(_ claimed: [StoreChange], to applied: inout AppliedTransaction) throws -> Bool {
        for change in claimed {
            guard try insert(change, at: applied.changeSet.revision) else {
                for key in applied.added { _ = try delete(key) }
                return false
            }
            applied.added.append(change.key)
        }
        return true
    }

    /// - Returns: Whether it changes anything.
    private func apply(_ change: StoreChange, to applied: inout AppliedTransaction) throws -> Bool {
        if change.value == nil {
            guard try delete(change.key) else { return false }
            applied.removed.append(change.key)
        } else if try !update(change, at: applied.changeSet.revision) {
            _ = try insert(change, at: applied.changeSet.revision)
            applied.added.append(change.key)
        }
        return true
    }

    /// - Returns: Whether the key existed.
    private func update(_ change: StoreChange, at revision: Revision) throws -> Bool {
        try db.cachedStatement(sql: "UPDATE entry SET revision = ?, value = ? WHERE key = ?")
            .execute(arguments: [revision.rawValue, change.value.map { Data($0) }, Data(change.key.path.utf8)])
        return db.changesCount > 0
    }

    /// - Returns: Whether the key did not exist; nothing is changed if it did.
    private func insert(_ change: StoreChange, at revision: Revision) throws -> Bool {
        try db.cachedStatement(
            sql: "INSERT INTO entry (key, revision, value) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING"
        ).execute(arguments: [Data(change.key.path.utf8), revision.rawValue, change.value.map { Data($0) }])
        return db.changesCount > 0
    }

    /// - Returns: Whether the key existed.
    private func delete(_ key: StoreKey) throws -> Bool {
        try db.cachedStatement(sql: "DELETE FROM entry WHERE key = ?").execute(arguments: [Data(key.path.utf8)])
        return db.changesCount > 0
    }
}
