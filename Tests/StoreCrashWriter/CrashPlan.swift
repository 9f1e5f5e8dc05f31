package import TrellisModel
package import TrellisStore

/// What the writers do to a store, so that whoever opens it later can say what must be in it.
///
/// Transaction `number` (from 1) of a writer puts the same item under the three keys of one slot, removes another slot
/// every third time, adds 1 to the total of all writers and notes in a key of its own who it was. The total makes the
/// writers conflict, and it is the transaction's revision.
package enum CrashPlan {
    package static let writerCount = 4

    /// Where the transactions note who they were.
    package static let notes = StoreKey(path: "/crash/note/")
    package static let total = StoreKey(path: "/crash/total")
    private static let slotCount = 5
    private static let slotKeys = ["left", "middle", "right"]

    package struct Count: StoredRecord, Equatable {
        package var value: Int
    }

    package struct Item: StoredRecord, Equatable {
        package var writer: Int
        package var number: Int
        /// Up to two database pages, so that a transaction is many writes.
        package var padding: String
    }

    package struct Note: StoredRecord, Equatable {
        package var writer: Int
        package var number: Int
    }

    /// In the order of the totals.
    private static func note(_ total: Int) -> StoreKey {
        let digits = String(total)
        return StoreKey(path: notes.path + String(repeating: "0", count: max(0, 9 - digits.count)) + digits)
    }

    /// - Parameter total: The total that this transaction leaves.
    package static func mutations(of writer: Int, number: Int, total: Int) throws -> [StoreMutation] {
        let item = Item(
            writer: writer, number: number, padding: String(repeating: "x", count: (number * 37 + writer) % 8_192))
        let value = try StoredRecordCoding.encode(item)
        var mutations = keys(of: writer, slot: number % slotCount).map { StoreMutation.put($0, value) }
        if number % 3 == 0 {
            mutations += keys(of: writer, slot: (number + 2) % slotCount).map(StoreMutation.delete)
        }
        mutations.append(.put(note(total), try StoredRecordCoding.encode(Note(writer: writer, number: number))))
        mutations.append(.put(Self.total, try StoredRecordCoding.encode(Count(value: total))))
        return mutations
    }

    /// Commits the transaction after `number`, as often as it takes.
    package static func commit(_ number: Int, of writer: Int, to store: some Store) async throws -> Revision {
        while true {
            let entry = try await store.get(total)
            let count = try entry.map { try StoredRecordCoding.decode(Count.self, from: $0.value, at: total).value }
            let transaction = StoreTransaction(
                conditions: [entry.map { .unchanged(total, at: $0.revision) } ?? .absent(total)],
                mutations: try mutations(of: writer, number: number, total: (count ?? 0) + 1))
            if case .committed(let revision) = try await store.commit(transaction) {
                return revision
            }
        }
    }

    private static func keys(of writer: Int, slot: Int) -> [StoreKey] {
        slotKeys.map { StoreKey(path: "/crash/item/\(writer)/\(slot)/\($0)") }
    }
}

/// `<writer> <number> <revision>`, one line of the writers' standard output for a commit that has returned.
package struct CrashAcknowledgement: Hashable, Sendable, LosslessStringConvertible {
    package var writer: Int
    package var number: Int
    package var revision: Revision

    package init(writer: Int, number: Int, revision: Revision) {
        self.writer = writer
        self.number = number
        self.revision = revision
    }

    package init?(_ line: String) {
        let parts = line.split(separator: " ").map { Int64($0) }
        guard parts.count == 3, let writer = parts[0], let number = parts[1], let revision = parts[2] else {
            return nil
        }
        self.init(writer: Int(writer), number: Int(number), revision: Revision(revision))
    }

    package var description: String { "\(writer) \(number) \(revision)" }
}
