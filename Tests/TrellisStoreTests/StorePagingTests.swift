import Testing
import TrellisModel

@testable import TrellisStore

@Suite(.timeLimit(.minutes(5))) struct StorePagingTests {
    private static func keys(_ range: StoreRange) -> [String] { range.entries.map(\.key.path) }

    @Test(arguments: StoreDoor.allCases)
    func pageBeginsAfterAKey(door: StoreDoor) async throws {
        try await door.withStore { store in
            for key in ["/t/a", "/t/b", "/t/c", "/t", "/u/a", "/s/z"] as [StoreKey] {
                try await store.commit(.put(key, bytes(key.path)))
            }
            let rows: [(after: StoreKey?, limit: Int, keys: [String])] = [
                (nil, 2, ["/t/a", "/t/b"]), ("/t/b", 2, ["/t/c"]), ("/t/bb", 9, ["/t/c"]), ("/t/c", 9, []),
                ("/s/z", 1, ["/t/a"]), ("/u/a", 9, []), (nil, 0, []), (nil, -1, []),
                (nil, 9, ["/t/a", "/t/b", "/t/c"]),
            ]
            for row in rows {
                let range = try await store.range(under: "/t/", after: row.after, limit: row.limit)
                #expect(Self.keys(range) == row.keys, "\(String(describing: row.after)) \(row.limit)")
                #expect(range.revision == Revision(6))
            }
        }
    }

    /// The default that an engine without anything better has.
    @Test func theDefaultAnswersTheSame() async throws {
        try await StoreDoor.memory.withStore { store in
            for index in 0..<5 { try await store.commit(.put(StoreKey(path: "/t/\(index)"), [])) }
            let plain = PlainStore(base: store)
            #expect(Self.keys(try await plain.range(under: "/t/", after: "/t/1", limit: 2)) == ["/t/2", "/t/3"])
            #expect(try await plain.count(under: "/t/") == StoreCount(count: 5, revision: Revision(5)))
        }
    }

    @Test(arguments: StoreDoor.allCases)
    func countFollowsTheWrites(door: StoreDoor) async throws {
        try await door.withStore { store in
            // Counted, then kept up to date.
            for step in [3, 64, 64 + 40] {
                let mutations = (0..<step).map { StoreMutation.put(StoreKey(path: "/t/n/\($0)"), bytes("\(step)")) }
                try await store.committed(StoreTransaction(mutations: mutations))
                let count = try await store.count(under: "/t/n/")
                #expect(count.count == step)
                #expect(try await store.count(under: "/t/").count == step)
                #expect(
                    try await store.count(under: "/t/n/1").count == mutations.filter { "\($0)".contains("/n/1") }.count)
            }
            for index in 0..<50 {
                try await store.commit(.delete(StoreKey(path: "/t/n/\(index)")), .put("/t/other", []))
                let count = try await store.count(under: "/t/n/")
                #expect(count.count == 64 + 39 - index)
                #expect(count.revision == Revision(Int64(4 + index)))
            }
            #expect(
                try await store.commit(StoreTransaction(mutations: [.delete("/t/n/0")])) == .committed(Revision(53)))
            #expect(try await store.count(under: "/t/n/").count == 64 - 10)
            try await store.close()
            await #expect(throws: StoreError.closed) { try await store.count(under: "/t/n/") }
        }
    }

    @Test func scopesAndKindsAreLoadedPageByPage() async throws {
        try await StoreDoor.memory.withStore { store in
            for scope in ["/111122223333/eu-west-1", "/111122223333/us-east-1", "/222233334444/eu-west-1"] {
                for index in 0..<5 {
                    try await store.commit(
                        .put(StoreKey(path: "\(scope)/service/\(index)"), []),
                        .put(StoreKey(path: "\(scope)/rule/\(index)"), []),
                        .put(StoreKey(path: "\(scope)/service-association/\(index)"), []))
                }
            }
            let scopes = try await store.scopes()
            #expect(
                scopes.map { "\($0.account)/\($0.region)" } == [
                    "111122223333/eu-west-1", "111122223333/us-east-1", "222233334444/eu-west-1",
                ])
            var pages: [[String]] = []
            let revision = try await store.load([.service, .rule], pageSize: 2) { page in
                pages.append(page.map(\.key.path))
            }
            #expect(revision == Revision(15))
            #expect(pages.map(\.count) == Array(repeating: [2, 2, 1], count: 6).flatMap(\.self))
            #expect(Set(pages.joined()).count == 30)
            #expect(pages[0][0] == "/111122223333/eu-west-1/service/0")
            #expect(pages.joined().allSatisfy { !$0.contains("association") })
        }
    }
}

/// Only what a store must offer.
private struct PlainStore: Store {
    let base: SQLiteStore

    func get(_ key: StoreKey) async throws -> StoreEntry? { try await base.get(key) }
    func range(under prefix: StoreKey) async throws -> StoreRange { try await base.range(under: prefix) }
    func commit(_ transaction: StoreTransaction) async throws -> StoreOutcome { try await base.commit(transaction) }
    func watch(under prefix: StoreKey, from revision: Revision) -> AsyncThrowingStream<StoreChangeSet, any Error> {
        base.watch(under: prefix, from: revision)
    }
}

@Suite struct KeyCountsTests {
    /// What is known, or the ticket.
    private func ask(_ counts: KeyCounts, _ prefix: StoreKey) -> (count: Int?, ticket: KeyCounts.Ticket) {
        switch counts.count(under: prefix) {
        case .known(let count): (count.count, 0)
        case .unknown(let ticket): (nil, ticket)
        }
    }

    @Test func countIsNotKeptIfItChangedWhileItWasCounted() {
        let counts = KeyCounts(revision: Revision(1))
        let early = ask(counts, "/t/").ticket
        #expect(ask(counts, "/t/").ticket == early)
        counts.note(added: ["/t/a/b"], removed: [], at: Revision(2))
        // Somebody else begins to count before the first one, who counted too early, is done.
        let late = ask(counts, "/t/").ticket
        counts.keep(7, under: "/t/", early)
        #expect(ask(counts, "/t/").count == nil)
        // Changes somewhere else do no harm.
        counts.note(added: ["/u/a"], removed: ["/s/t/"], at: Revision(3))
        counts.keep(8, under: "/t/", late)
        counts.note(added: ["/t/c", "/t/d"], removed: ["/t/a"], at: Revision(4))
        #expect(counts.count(under: "/t/") == .known(StoreCount(count: 9, revision: Revision(4))))
        counts.keep(1, under: "/t/a", ask(counts, "/t/a").ticket)
        #expect(ask(counts, "/t/a").count == nil)
    }

    @Test func memoryIsBounded() {
        let counts = KeyCounts(revision: .zero)
        for index in 0...KeyCounts.capacity {
            let prefix = StoreKey(path: "/\(index)/")
            counts.keep(index, under: prefix, ask(counts, prefix).ticket)
        }
        #expect(ask(counts, "/0/").count == nil)
        #expect(ask(counts, StoreKey(path: "/\(KeyCounts.capacity)/")).count == KeyCounts.capacity)
    }
}
