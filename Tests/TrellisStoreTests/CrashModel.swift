import StoreCrashWriter
import Testing
import TrellisModel
import TrellisStore

/// What a store holds after the transactions of ``CrashPlan`` that have been committed so far.
struct CrashModel {
    private(set) var revision = Revision.zero
    private(set) var entries: [StoreKey: StoreEntry] = [:]
    private var numbers = [Int](repeating: 0, count: CrashPlan.writerCount)
    private var total = 0

    var entriesInKeyOrder: [StoreEntry] {
        entries.values.sorted { $0.key < $1.key }
    }

    /// Takes in the next revision's change set, which must be exactly the next transaction of one of the writers.
    ///
    /// - Returns: How that transaction is acknowledged.
    mutating func apply(_ changeSet: StoreChangeSet) throws -> CrashAcknowledgement {
        try #require(changeSet.revision == revision.next, "a revision is missing or double")
        let writers = (0..<CrashPlan.writerCount).filter { writer in
            changeSet.changes.contains { $0.key == CrashPlan.progress(of: writer) }
        }
        try #require(writers.count == 1, "\(changeSet.revision) is no whole transaction")
        let writer = writers[0]
        numbers[writer] += 1
        total += 1
        let expected = try changes(of: writer)
        try #require(changeSet.changes == expected, "\(changeSet.revision) is not what writer \(writer) wrote")

        revision = changeSet.revision
        for change in expected {
            entries[change.key] = change.value.map { StoreEntry(key: change.key, value: $0, revision: revision) }
        }
        return CrashAcknowledgement(writer: writer, number: numbers[writer], revision: revision)
    }

    /// In key order, without the deletions of keys that are not there.
    private func changes(of writer: Int) throws -> [StoreChange] {
        try CrashPlan.mutations(of: writer, number: numbers[writer], total: total).compactMap { mutation in
            switch mutation {
            case .put(let key, let value): StoreChange(key: key, value: value)
            case .delete(let key): entries[key].map { StoreChange(key: $0.key, value: nil) }
            }
        }.sorted { $0.key < $1.key }
    }
}

/// A small generator whose seed can be printed and given again.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
