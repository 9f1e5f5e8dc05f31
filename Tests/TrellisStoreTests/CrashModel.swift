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

    /// Carries out the next transaction.
    ///
    /// - Parameter note: What it left about itself.
    /// - Returns: How it is acknowledged.
    mutating func apply(_ note: CrashPlan.Note) throws -> CrashAcknowledgement {
        try #require(numbers.indices.contains(note.writer))
        numbers[note.writer] += 1
        try #require(note.number == numbers[note.writer], "a transaction of writer \(note.writer) is missing or double")
        total += 1
        revision = revision.next
        for change in try changes(of: note.writer) {
            entries[change.key] = change.value.map { StoreEntry(key: change.key, value: $0, revision: revision) }
        }
        return CrashAcknowledgement(writer: note.writer, number: note.number, revision: revision)
    }

    /// Without the deletions of keys that are not there.
    private func changes(of writer: Int) throws -> [StoreChange] {
        try CrashPlan.mutations(of: writer, number: numbers[writer], total: total).compactMap { mutation in
            switch mutation {
            case .put(let key, let value): StoreChange(key: key, value: value)
            case .delete(let key): entries[key].map { StoreChange(key: $0.key, value: nil) }
            }
        }
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
