package import TrellisModel

extension Store {
    /// Reads, decides and writes as if nobody else did.
    ///
    /// Everything that `body` reads becomes a condition of the one transaction that carries its writes. If another writer
    /// changed any of it, `body` runs again on fresh values, up to `attempts` times.
    ///
    /// - Parameter body: Must have no effect besides the session; it may run several times. What it throws is
    ///   passed on, if what it had read was still so, and nothing is written.
    /// - Throws: ``StoreError/contended(attempts:)`` when every attempt met a conflict.
    package func transaction<Result>(
        attempts: Int = 32,
        _ body: (StoreSession) async throws -> Result
    ) async throws -> Result {
        for attempt in 0..<attempts {
            let session = StoreSession(store: self, isFirstAttempt: attempt == 0)
            let result: Result
            do {
                result = try await body(session)
            } catch {
                // The reads were not made at one moment: a refusal that is based on a mixture is decided again.
                if case .conflict? = try? await commit(session.reading) { continue }
                throw error
            }
            if case .committed = try await commit(session.transaction) {
                return result
            }
        }
        throw StoreError.contended(attempts: attempts)
    }

    /// One record outside a transaction.
    package func record<Record: StoredRecord>(_ type: Record.Type, at key: StoreKey) async throws -> Record? {
        try await get(key).map { try StoredRecordCoding.decode(type, from: $0) }
    }

    /// All records under a prefix outside a transaction, in key order.
    package func records<Record: StoredRecord>(
        _ type: Record.Type, under prefix: StoreKey
    ) async throws -> [Record] {
        try await range(under: prefix).entries.map {
            try StoredRecordCoding.decode(type, from: $0.value, at: $0.key)
        }
    }
}

/// The reads and writes of one attempt at a transaction.
package final class StoreSession {
    private let store: any Store
    private let isFirstAttempt: Bool
    private var conditions: [StoreCondition] = []
    private var reads: [StoreKey: StoreEntry?] = [:]
    private var writes: [StoreKey: [UInt8]?] = [:]
    private var sources: [StoreKey: ValueSource] = [:]

    init(store: any Store, isFirstAttempt: Bool) {
        self.store = store
        self.isFirstAttempt = isFirstAttempt
    }

    /// Conditions from the reads and the mutations in key order.
    var transaction: StoreTransaction {
        let mutations = writes.sorted { $0.key < $1.key }.map { key, value -> StoreMutation in
            value.map { .put(key, $0) } ?? .delete(key)
        }
        var transaction = StoreTransaction(conditions: conditions, mutations: mutations)
        transaction.sources = sources
        return transaction
    }

    /// The conditions alone: whether everything that was read is still so.
    var reading: StoreTransaction { StoreTransaction(conditions: conditions) }

    /// The record under the key, with the session's own writes applied.
    package func get<Record: StoredRecord>(_ type: Record.Type, at key: StoreKey) async throws -> Record? {
        if let written = writes[key] {
            return try written.map { try StoredRecordCoding.decode(type, from: $0, at: key) }
        }
        return try await entry(at: key).map { try StoredRecordCoding.decode(type, from: $0) }
    }

    /// The record under a key that is most likely free, such as the name of something new.
    ///
    /// The first attempt does not look but makes it a condition that nothing is there, which spares a read; if something
    /// is, the next attempt reads it.
    package func getUnlikely<Record: StoredRecord>(_ type: Record.Type, at key: StoreKey) async throws -> Record? {
        guard isFirstAttempt, writes[key] == nil, reads[key] == nil else { return try await get(type, at: key) }
        assumeAbsent(key)
        return nil
    }

    package func exists(_ key: StoreKey) async throws -> Bool {
        if let written = writes[key] { return written != nil }
        return try await entry(at: key) != nil
    }

    /// The records under a prefix as they are in the store, without the session's own writes.
    ///
    /// A key that another
    /// writer adds or changes under the prefix before the commit is a conflict; one that is deleted is not.
    package func list<Record: StoredRecord>(
        _ type: Record.Type, under prefix: StoreKey
    ) async throws -> [Record] {
        let range = try await store.range(under: prefix)
        conditions.append(.noneWritten(under: prefix, since: range.revision))
        return try range.entries.map { try StoredRecordCoding.decode(type, from: $0.value, at: $0.key) }
    }

    /// How many keys there are under a prefix, without the session's own writes.
    ///
    /// A key that another writer adds or changes there before the commit is a conflict; one that is deleted is not.
    package func count(under prefix: StoreKey) async throws -> Int {
        let count = try await store.count(under: prefix)
        conditions.append(.noneWritten(under: prefix, since: count.revision))
        return count.count
    }

    /// Writes a record under a key that was made for it; if the key is taken after all, the attempt conflicts and the
    /// next one makes another.
    package func insert<Record: StoredRecord>(_ record: Record, at key: StoreKey) throws {
        if reads[key] == nil { assumeAbsent(key) }
        try put(record, at: key)
    }

    package func put<Record: StoredRecord>(_ record: Record, at key: StoreKey) throws {
        writes[key] = .some(try StoredRecordCoding.encode(record))
        sources[key] = ValueSource(record: record)
    }

    package func delete(_ key: StoreKey) {
        writes[key] = .some(nil)
        sources[key] = nil
    }

    private func assumeAbsent(_ key: StoreKey) {
        reads[key] = .some(nil)
        conditions.append(.absent(key))
    }

    private func entry(at key: StoreKey) async throws -> StoreEntry? {
        if let known = reads[key] { return known }
        let entry = try await store.get(key)
        reads[key] = .some(entry)
        conditions.append(entry.map { .unchanged(key, at: $0.revision) } ?? .absent(key))
        return entry
    }
}
