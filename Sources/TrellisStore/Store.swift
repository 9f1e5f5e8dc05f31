package import TrellisModel

/// A revisioned key-value store.
///
/// Every committed transaction takes the next revision; nothing is visible or
/// acknowledged before it is durable.
///
/// The operations are those that etcd offers too, so that an engine for a fleet can take SQLite's place: nothing
/// outside an engine may know which one it is.
package protocol Store: Sendable {
    /// - Returns: The key's value and the revision that wrote it; `nil` if the key does not exist.
    func get(_ key: StoreKey) async throws -> StoreEntry?

    /// The entries whose keys begin with `prefix`, in key order, all as of one revision.
    func range(under prefix: StoreKey) async throws -> StoreRange

    /// The first `limit` of those entries that come after `key`, or from the beginning; the cost does not depend on how
    /// many there are.
    func range(under prefix: StoreKey, after key: StoreKey?, limit: Int) async throws -> StoreRange

    /// How many keys begin with `prefix`.
    func count(under prefix: StoreKey) async throws -> StoreCount

    /// Applies all mutations or, if a condition does not hold, none.
    ///
    /// Returns after the transaction is on disk. A transaction without mutations only checks its conditions and takes no
    /// revision.
    func commit(_ transaction: StoreTransaction) async throws -> StoreOutcome

    /// The change sets of revisions `revision` and later, oldest first, without a gap: first those already
    /// committed, then each new one as it is committed. Only changes to keys under `prefix` are in them; a revision without
    /// such a change is left out.
    ///
    /// The stream ends when the store closes, and throws ``StoreError/compacted(oldest:)`` if changes that far back are
    /// no longer kept: read the range again and watch from the revision after it.
    func watch(under prefix: StoreKey, from revision: Revision) -> AsyncThrowingStream<StoreChangeSet, any Error>

    /// The same for a follower that takes several revisions in one step: what is there when it asks, at least one.
    func watchTogether(
        under prefix: StoreKey, from revision: Revision
    ) -> AsyncThrowingStream<[StoreChangeSet], any Error>
}

/// The number of a committed transaction; the first one is 1.
package struct Revision: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let rawValue: Int64

    package init(_ rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// Before every transaction.
    package static let zero = Revision(0)

    package var next: Revision { Revision(rawValue + 1) }

    package static func < (left: Revision, right: Revision) -> Bool { left.rawValue < right.rawValue }

    package var description: String { String(rawValue) }
}

package struct StoreEntry: Hashable, Sendable {
    package var key: StoreKey
    package var value: [UInt8]
    /// The transaction that wrote this value.
    package var revision: Revision
    /// Unknown if the value was read from the file.
    var source = ValueSource.unknown

    package init(key: StoreKey, value: [UInt8], revision: Revision) {
        self.key = key
        self.value = value
        self.revision = revision
    }
}

package struct StoreRange: Hashable, Sendable {
    package var entries: [StoreEntry]
    /// The store's newest revision when the range was read.
    package var revision: Revision

    package init(entries: [StoreEntry], revision: Revision) {
        self.entries = entries
        self.revision = revision
    }
}

package struct StoreCount: Hashable, Sendable {
    package var count: Int
    /// A revision at which there were so many.
    package var revision: Revision

    package init(count: Int, revision: Revision) {
        self.count = count
        self.revision = revision
    }
}

/// What an engine does that has nothing better.
extension Store {
    package func range(under prefix: StoreKey, after key: StoreKey?, limit: Int) async throws -> StoreRange {
        var range = try await range(under: prefix)
        if let key { range.entries.removeAll { $0.key <= key } }
        range.entries = Array(range.entries.prefix(max(0, limit)))
        return range
    }

    package func count(under prefix: StoreKey) async throws -> StoreCount {
        let range = try await range(under: prefix)
        return StoreCount(count: range.entries.count, revision: range.revision)
    }

    package func watchTogether(
        under prefix: StoreKey, from revision: Revision
    ) -> AsyncThrowingStream<[StoreChangeSet], any Error> {
        let changes = watch(under: prefix, from: revision)
        return AsyncThrowingStream {
            var iterator = changes.makeAsyncIterator()
            return try await iterator.next().map { [$0] }
        }
    }
}

package enum StoreCondition: Hashable, Sendable {
    case absent(StoreKey)
    /// The key exists and its value was written by exactly this revision.
    case unchanged(StoreKey, at: Revision)
    /// No key under the prefix was written after this revision. Deletions do not count.
    case noneWritten(under: StoreKey, since: Revision)
}

package enum StoreMutation: Hashable, Sendable {
    case put(StoreKey, [UInt8])
    /// Deleting a key that does not exist is allowed and changes nothing.
    case delete(StoreKey)
}

package struct StoreTransaction: Hashable, Sendable {
    package var conditions: [StoreCondition]
    package var mutations: [StoreMutation]
    /// What values were made from, as far as that is known.
    var sources: [StoreKey: ValueSource] = [:]

    package init(conditions: [StoreCondition] = [], mutations: [StoreMutation] = []) {
        self.conditions = conditions
        self.mutations = mutations
    }
}

package enum StoreOutcome: Hashable, Sendable {
    /// Done and durable. Without mutations the revision is the newest one.
    case committed(Revision)
    /// A condition did not hold; nothing was changed.
    case conflict
}

package struct StoreChange: Hashable, Sendable {
    package var key: StoreKey
    /// `nil` if the key was deleted.
    package var value: [UInt8]?
    var source = ValueSource.unknown

    package init(key: StoreKey, value: [UInt8]?) {
        self.key = key
        self.value = value
    }
}

/// What one transaction changed, in key order.
package struct StoreChangeSet: Hashable, Sendable {
    package var revision: Revision
    package var changes: [StoreChange]

    package init(revision: Revision, changes: [StoreChange]) {
        self.revision = revision
        self.changes = changes
    }
}

package enum StoreError: Error, Hashable, CustomStringConvertible {
    /// Changes before `oldest` are no longer kept.
    case compacted(oldest: Revision)
    case closed
    /// The value under the key is not the JSON of the record asked for.
    case unreadable(StoreKey, reason: String)
    /// Other writers kept changing what the transaction had read, this many times in a row.
    case contended(attempts: Int)
    /// The files are not a store of this version, or the disk failed.
    case unusable(path: String, reason: String)

    package var description: String {
        switch self {
        case .compacted(let oldest): "changes before revision \(oldest) are no longer kept"
        case .closed: "the store is closed"
        case .unreadable(let key, let reason): "the value of \(key) cannot be read: \(reason)"
        case .contended(let attempts): "gave up after \(attempts) attempts because of other writers"
        case .unusable(let path, let reason): "the store at \(path) cannot be used: \(reason)"
        }
    }
}
