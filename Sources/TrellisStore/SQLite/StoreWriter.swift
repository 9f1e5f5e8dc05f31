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

/// Applies transactions to the tables of ``StoreSchema``, inside one database transaction.
struct StoreWriter {
    private let tables: StoreTables
    private let prefixes: WrittenPrefixes
    private let insertion: EntryStatement
    private let update: EntryStatement
    private let deletion: EntryStatement

    /// - Parameter prefixes: Told of what is written, also if the database transaction then fails: an answer that is later
    ///   than the truth is allowed.
    init(_ db: Database, _ prefixes: WrittenPrefixes) throws {
        tables = StoreTables(db: db)
        self.prefixes = prefixes
        insertion = try EntryStatement(
            "INSERT INTO entry (key, revision, value) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING", db)
        update = try EntryStatement("UPDATE entry SET revision = ?2, value = ?3 WHERE key = ?1", db)
        deletion = try EntryStatement("DELETE FROM entry WHERE key = ?", db)
    }

    /// Checks the conditions and changes the entries; the caller writes the newest revision and commits.
    ///
    /// - Parameter newest: The newest revision; the transaction's own one afterwards, if it changes anything.
    /// - Returns: `nil` if a condition does not hold; nothing is changed then.
    func apply(_ transaction: StoreTransaction, after newest: inout Revision) throws -> AppliedTransaction? {
        var changes = Self.netChanges(transaction.mutations)
        for place in changes.indices {
            changes[place].source = transaction.sources[changes[place].key] ?? .unknown
        }
        var isClaimed = [Bool](repeating: false, count: changes.count)
        for condition in transaction.conditions {
            // To insert what must be absent is the check.
            if case .absent(let key) = condition, let place = Self.place(of: key, in: changes),
                changes[place].value != nil
            {
                isClaimed[place] = true
            } else if try !tables.holds(condition, prefixes) {
                return nil
            }
        }
        var applied = AppliedTransaction(changeSet: StoreChangeSet(revision: newest.next, changes: []))
        applied.changeSet.changes.reserveCapacity(changes.count)
        for (change, isClaimed) in zip(changes, isClaimed) where isClaimed {
            guard try insertion.execute(change, at: applied.changeSet.revision) else {
                for key in applied.added { _ = try deletion.execute(key) }
                return nil
            }
            applied.added.append(change.key)
        }
        for (change, isClaimed) in zip(changes, isClaimed) where try isClaimed || apply(change, to: &applied) {
            applied.changeSet.changes.append(change)
        }
        if applied.changeSet.changes.isEmpty {
            applied.changeSet.revision = newest
        } else {
            newest = applied.changeSet.revision
            prefixes.note(applied.changeSet)
        }
        return applied
    }

    /// - Returns: Whether it changes anything.
    private func apply(_ change: StoreChange, to applied: inout AppliedTransaction) throws -> Bool {
        if change.value == nil {
            guard try deletion.execute(change.key) else { return false }
            applied.removed.append(change.key)
        } else if try !update.execute(change, at: applied.changeSet.revision) {
            _ = try insertion.execute(change, at: applied.changeSet.revision)
            applied.added.append(change.key)
        }
        return true
    }

    /// The last mutation of each key, in byte order of the keys.
    private static func netChanges(_ mutations: [StoreMutation]) -> [StoreChange] {
        let changes = mutations.map { mutation in
            switch mutation {
            case .put(let key, let value): StoreChange(key: key, value: value)
            case .delete(let key): StoreChange(key: key, value: nil)
            }
        }
        // Those of a session are in order.
        if zip(changes, changes.dropFirst()).allSatisfy({ $0.key < $1.key }) { return changes }
        return Dictionary(changes.map { ($0.key, $0) }) { _, last in last }.values.sorted { $0.key < $1.key }
    }

    private static func place(of key: StoreKey, in changes: [StoreChange]) -> Int? {
        var places = changes.indices
        while let first = places.first, let last = places.last {
            let middle = first + (last - first) / 2
            if changes[middle].key == key { return middle }
            places = changes[middle].key < key ? middle + 1..<places.upperBound : first..<middle
        }
        return nil
    }
}

extension StoreTables {
    func write(newest: Revision) throws {
        try db.cachedStatement(sql: "UPDATE meta SET revision = ? WHERE id = 1").execute(arguments: [newest.rawValue])
    }
}
