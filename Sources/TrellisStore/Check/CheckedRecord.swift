package import TrellisModel

/// What a kind of record declares about itself, so that a ``ConsistencyCheck`` can hold the whole store against it.
///
/// One small declaration beside the operations of the kind; a kind without one is a finding.
package protocol CheckedRecord: StoredRecord {
    static var kind: RecordKind { get }

    /// Where the record lies.
    var key: StoreKey { get }

    /// The names and references that exist because this record does; each has exactly this value and one owner.
    var claims: [KeyClaim] { get throws }

    /// The records that have to be there as long as this one is.
    var references: [StoreKey] { get }

    /// When the record was changed last; `nil` if it does not say.
    var changedAt: Timestamp? { get }

    /// What has been in progress since ``changedAt``, for example `CREATE_IN_PROGRESS`; `nil` if nothing is.
    var progress: String? { get }

    /// Whether the claims of this or of another record depend on it; such records are kept in memory.
    var isKept: Bool { get }

    /// The claims that depend on other records as well.
    func claims(with others: KeptRecords) throws -> [KeyClaim]
}

extension CheckedRecord {
    package var claims: [KeyClaim] { [] }
    package var references: [StoreKey] { [] }
    package var changedAt: Timestamp? { nil }
    package var progress: String? { nil }
    package var isKept: Bool { false }

    package func claims(with others: KeptRecords) throws -> [KeyClaim] { [] }
}

/// A key and the value that it has to have.
package struct KeyClaim {
    package var key: StoreKey
    package var value: [UInt8]

    package init(_ key: StoreKey, _ value: some StoredRecord) throws {
        self.key = key
        self.value = try StoredRecordCoding.encode(value)
    }
}

/// The records that said they are needed for the claims of others.
package struct KeptRecords {
    var records: [StoreKey: any CheckedRecord] = [:]

    package func record<Record: CheckedRecord>(_ type: Record.Type, at key: StoreKey) -> Record? {
        records[key] as? Record
    }
}

/// Keys whose values do not say where they lie.
package struct FreeKeys: Sendable {
    enum Place: Sendable {
        /// What follows account and Region: `index/client-token`.
        case path(String)
        /// One key that is of no account.
        case key(StoreKey)
    }

    let place: Place
    /// Reads a value.
    ///
    /// - Returns: The records that have to be there as long as the value is.
    /// - Throws: ``ConsistencyProblem``, or ``StoreError/unreadable(_:reason:)``.
    package var references: @Sendable (StoreEntry) throws -> [StoreKey]

    package init(path: String, references: @escaping @Sendable (StoreEntry) throws -> [StoreKey]) {
        place = .path(path)
        self.references = references
    }

    package init(key: StoreKey, references: @escaping @Sendable (StoreEntry) throws -> [StoreKey]) {
        place = .key(key)
        self.references = references
    }

    /// - Parameter rest: What follows account and Region, if the key is under them.
    func hold(_ key: StoreKey, rest: Substring?) -> Bool {
        switch place {
        case .path(let path): rest?.hasPrefix(path + "/") ?? false
        case .key(let own): key == own
        }
    }
}

/// Why a value is not as it has to be.
package struct ConsistencyProblem: Error {
    package var text: String

    package init(_ text: String) {
        self.text = text
    }
}
