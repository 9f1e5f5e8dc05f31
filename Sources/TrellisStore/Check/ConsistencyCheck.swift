package import TrellisModel

/// Something that is not as it has to be.
package struct ConsistencyFinding: Hashable, Sendable, CustomStringConvertible {
    package var key: StoreKey
    package var problem: String

    package init(_ key: StoreKey, _ problem: String) {
        self.key = key
        self.problem = problem
    }

    package var description: String { "\(key): \(problem)" }
}

/// Holds everything in a store against what its records declare.
///
/// Takes all entries of one revision in any order, then says what is wrong: values that cannot be read, records under another
/// key than their own, references to what is not there, names and index keys that are missing, have another value,
/// belong to nobody or to two, and progress that does not end. It needs about as much memory as the keys have bytes,
/// and no clock: what is stuck is told by the changes that were made since.
package struct ConsistencyCheck {
    /// Longer than every delay that can be configured for a transition.
    package static let longestProgress = Duration.seconds(15 * 60)

    /// A name or an index key: what was found there and who claims it.
    private struct IndexKey {
        var found: [UInt8]?
        var claim: (value: [UInt8], by: StoreKey)?
    }

    private let types: [RecordKind: any CheckedRecord.Type]
    private let indexKinds: Set<RecordKind>
    private let freeKeys: [FreeKeys]
    private var records: Set<StoreKey> = []
    private var references: [(from: StoreKey, to: StoreKey)] = []
    private var indexKeys: [StoreKey: IndexKey] = [:]
    private var kept = KeptRecords()
    private var inProgress: [(key: StoreKey, since: Timestamp, what: String)] = []
    private var newest = Timestamp(millisecondsSinceEpoch: 0)
    private var findings: [ConsistencyFinding] = []

    /// - Parameter indexKinds: Kinds whose keys others claim, as they do those under `name` and `index`.
    package init(
        _ types: [any CheckedRecord.Type], indexKinds: Set<RecordKind> = [], freeKeys: [FreeKeys]
    ) {
        self.indexKinds = indexKinds
        self.types = Dictionary(types.map { ($0.kind, $0) }, uniquingKeysWith: { _, last in last })
        self.freeKeys = freeKeys
    }

    package mutating func note(_ entry: StoreEntry) {
        let rest = Self.pathInScope(entry.key)
        if let free = freeKeys.first(where: { $0.hold(entry.key, rest: rest) }) {
            records.insert(entry.key)
            attempt(entry.key) { check in
                check.references += try free.references(entry).map { (entry.key, $0) }
            }
            return
        }
        guard let rest else { return report(entry.key, "is not under an account and a Region") }
        let kind = RecordKind(rawValue: String(rest.prefix { $0 != "/" }))
        if rest.hasPrefix("name/") || rest.hasPrefix("index/") || kind.map(indexKinds.contains) ?? false {
            indexKeys[entry.key, default: IndexKey()].found = entry.value
        } else if let type = kind.flatMap({ types[$0] }) {
            note(entry, as: type)
        } else {
            report(entry.key, "is of a kind that is not known")
        }
    }

    /// What follows account and Region; `nil` if the key is not under them.
    private static func pathInScope(_ key: StoreKey) -> Substring? {
        let parts = key.path.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0].isEmpty, AccountID(String(parts[1])) != nil,
            parts[2] == StoreKey.globalRegion || Region(String(parts[2])) != nil
        else { return nil }
        return parts[3]
    }

    /// In the order of their keys.
    package func result() -> [ConsistencyFinding] {
        var check = self
        for record in kept.records.values {
            check.attempt(record.key) { try $0.claim(try record.claims(with: kept), for: record.key) }
        }
        for (from, to) in references where !records.contains(to) {
            check.report(from, "refers to \(to), which is not there")
        }
        for (key, indexKey) in check.indexKeys { check.compare(key, indexKey) }
        for (key, since, what) in inProgress where since.advanced(by: Self.longestProgress) < newest {
            check.report(key, "is stuck in \(what) since \(since.iso8601)")
        }
        return check.findings.sorted { ($0.key, $0.problem) < ($1.key, $1.problem) }
    }

    private mutating func note<Record: CheckedRecord>(_ entry: StoreEntry, as type: Record.Type) {
        records.insert(entry.key)
        attempt(entry.key) { check in
            let record = try StoredRecordCoding.decode(type, from: entry.value, at: entry.key)
            guard record.key == entry.key else {
                return check.report(entry.key, "holds the record of \(record.key)")
            }
            try check.claim(record.claims, for: entry.key)
            check.references += record.references.map { (entry.key, $0) }
            if record.isKept { check.kept.records[entry.key] = record }
            if let changedAt = record.changedAt {
                check.newest = max(check.newest, changedAt)
                if let progress = record.progress { check.inProgress.append((entry.key, changedAt, progress)) }
            }
        }
    }

    private mutating func claim(_ claims: [KeyClaim], for owner: StoreKey) throws {
        for claim in claims {
            if let other = indexKeys[claim.key]?.claim {
                report(claim.key, "belongs to two records, \(other.by) and \(owner)")
            } else {
                indexKeys[claim.key, default: IndexKey()].claim = (claim.value, owner)
            }
        }
    }

    private mutating func compare(_ key: StoreKey, _ indexKey: IndexKey) {
        switch (indexKey.found, indexKey.claim) {
        case (nil, let claim?):
            report(key, "is missing and belongs to \(claim.by)")
        case (let found?, let claim?):
            guard found != claim.value else { return }
            report(key, "belongs to \(claim.by) and has another value: \(String(decoding: found, as: UTF8.self))")
        case (.some, nil):
            report(key, "belongs to no record")
        case (nil, nil):
            break
        }
    }

    private mutating func attempt(_ key: StoreKey, _ body: (inout ConsistencyCheck) throws -> Void) {
        do {
            try body(&self)
        } catch let problem as ConsistencyProblem {
            report(key, problem.text)
        } catch StoreError.unreadable(_, let reason) {
            report(key, "cannot be read: \(reason)")
        } catch {
            report(key, "cannot be checked: \(error)")
        }
    }

    private mutating func report(_ key: StoreKey, _ problem: String) {
        findings.append(ConsistencyFinding(key, problem))
    }
}
