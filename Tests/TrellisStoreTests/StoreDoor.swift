import Foundation
import TrellisModel
import TrellisStore

/// The engines that must keep the contract of ``Store``.
enum StoreDoor: String, CaseIterable, Sendable {
    case file
    case memory

    /// Runs `body` with an empty store and closes and removes it afterwards.
    func withStore<Result>(
        keptRevisions: Int = SQLiteStore.defaultKeptRevisions, _ body: (SQLiteStore) async throws -> Result
    ) async throws -> Result {
        switch self {
        case .memory:
            return try await use(try SQLiteStore.inMemory(keptRevisions: keptRevisions), body)
        case .file:
            return try await withTemporaryDirectory { directory in
                let path = directory + "/trellis.db"
                return try await use(try SQLiteStore.open(at: path, keptRevisions: keptRevisions), body)
            }
        }
    }
}

/// Closes the store also when `body` throws.
func use<Result>(_ store: SQLiteStore, _ body: (SQLiteStore) async throws -> Result) async throws -> Result {
    do {
        let result = try await body(store)
        try await store.close()
        return result
    } catch {
        try await store.close()
        throw error
    }
}

func withTemporaryDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("trellis-store-\(UUID())")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    return try await body(directory.path)
}

extension StoreKey: ExpressibleByStringLiteral {
    public init(stringLiteral path: String) {
        self.init(path: path)
    }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

extension Store {
    /// Commits without conditions.
    @discardableResult
    func commit(_ mutations: StoreMutation...) async throws -> Revision {
        try await committed(StoreTransaction(mutations: mutations))
    }

    @discardableResult
    func committed(_ transaction: StoreTransaction) async throws -> Revision {
        guard case .committed(let revision) = try await commit(transaction) else { throw UnexpectedConflict() }
        return revision
    }

    /// The next `count` change sets, fewer if the stream ends.
    func changes(
        _ count: Int, under prefix: StoreKey = .root, from revision: Revision = Revision(1)
    ) async throws -> [StoreChangeSet] {
        var sets: [StoreChangeSet] = []
        guard count > 0 else { return sets }
        for try await set in watch(under: prefix, from: revision) {
            sets.append(set)
            if sets.count == count { break }
        }
        return sets
    }
}

struct UnexpectedConflict: Error {}

/// Lets other tasks run until the condition holds; the test's time limit bounds it.
func yield(until condition: () throws -> Bool) async throws {
    while try !condition() {
        try Task.checkCancellation()
        await Task.yield()
    }
}
