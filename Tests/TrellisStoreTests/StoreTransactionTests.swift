import Testing
import TrellisModel
import TrellisStore

@Suite(.timeLimit(.minutes(5))) struct StoreTransactionTests {
    struct Counter: StoredRecord, Equatable {
        var value: Int
    }

    struct Refusal: Error {}

    /// Enough for any order in which the scheduler lets the tasks lose.
    static let manyAttempts = 100_000

    @Test(arguments: StoreDoor.allCases)
    func concurrentIncrementsLoseNothing(door: StoreDoor) async throws {
        try await door.withStore { store in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<12 {
                    group.addTask {
                        for _ in 0..<15 {
                            try await store.transaction(attempts: Self.manyAttempts) { session in
                                for key in ["/t/total", StoreKey(path: "/t/task/\(task)")] {
                                    let old = try await session.get(Counter.self, at: key)?.value ?? 0
                                    try session.put(Counter(value: old + 1), at: key)
                                }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.record(Counter.self, at: "/t/total") == Counter(value: 180))
            #expect(
                try await store.records(Counter.self, under: "/t/task/")
                    == Array(repeating: Counter(value: 15), count: 12))
            #expect(try await store.range(under: .root).revision == Revision(180))
        }
    }

    /// Each task adds a key of its own if there are fewer than the limit: only `noneWritten` stands between them.
    @Test(arguments: StoreDoor.allCases)
    func listSeesNoPhantoms(door: StoreDoor) async throws {
        try await door.withStore { store in
            let added = try await withThrowingTaskGroup(of: Bool.self) { group in
                for task in 0..<40 {
                    group.addTask {
                        try await store.transaction(attempts: Self.manyAttempts) { session in
                            guard try await session.list(Counter.self, under: "/t/").count < 10 else { return false }
                            try session.put(Counter(value: task), at: StoreKey(path: "/t/\(task)"))
                            return true
                        }
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(added == 10)
            #expect(try await store.records(Counter.self, under: "/t/").count == 10)
        }
    }

    /// Takes one of two keys only while the other one is there: without conditions on reads both would go.
    @Test(arguments: StoreDoor.allCases)
    func writesThatDependOnEachOthersReadsDoNotBothHappen(door: StoreDoor) async throws {
        try await door.withStore { store in
            for round in 0..<20 {
                let keys = ["left", "right"].map { StoreKey(path: "/t/\(round)/\($0)") }
                let value = try StoredRecordCoding.encode(Counter(value: round))
                try await store.commit(.put(keys[0], value), .put(keys[1], value))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (mine, other) in [(keys[0], keys[1]), (keys[1], keys[0])] {
                        group.addTask {
                            try await store.transaction(attempts: Self.manyAttempts) { session in
                                if try await session.exists(other) { session.delete(mine) }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await store.range(under: StoreKey(path: "/t/\(round)/")).entries.count == 1)
            }
        }
    }

    @Test(arguments: StoreDoor.allCases)
    func runsAgainOnFreshValuesAfterAConflict(door: StoreDoor) async throws {
        try await door.withStore { store in
            var seen: [Int?] = []
            try await store.transaction { session in
                let old = try await session.get(Counter.self, at: "/t/a")?.value
                seen.append(old)
                if seen.count == 1 {
                    try await store.commit(.put("/t/a", try StoredRecordCoding.encode(Counter(value: 7))))
                }
                try session.put(Counter(value: (old ?? 0) + 1), at: "/t/a")
            }
            #expect(seen == [nil, 7])
            #expect(try await store.record(Counter.self, at: "/t/a") == Counter(value: 8))
        }
    }

    @Test(arguments: StoreDoor.allCases, [1, 3])
    func givesUpAfterTheGivenAttempts(door: StoreDoor, attempts: Int) async throws {
        try await door.withStore { store in
            var runs = 0
            await #expect(throws: StoreError.contended(attempts: attempts)) {
                try await store.transaction(attempts: attempts) { session in
                    runs += 1
                    _ = try await session.list(Counter.self, under: "/t/")
                    try await store.commit(.put("/t/a", try StoredRecordCoding.encode(Counter(value: runs))))
                    try session.put(Counter(value: 0), at: "/t/b")
                }
            }
            #expect(runs == attempts)
            let unwritten = try await store.get("/t/b")
            #expect(unwritten == nil)
        }
    }

    @Test(arguments: StoreDoor.allCases)
    func writesNothingIfTheBodyThrows(door: StoreDoor) async throws {
        try await door.withStore { store in
            await #expect(throws: Refusal.self) {
                try await store.transaction { session in
                    try session.put(Counter(value: 1), at: "/t/a")
                    throw Refusal()
                }
            }
            let range = try await store.range(under: .root)
            #expect(range == StoreRange(entries: [], revision: .zero))
        }
    }

    @Test(arguments: StoreDoor.allCases)
    func sessionReadsItsOwnWrites(door: StoreDoor) async throws {
        try await door.withStore { store in
            try await store.commit(.put("/t/b", try StoredRecordCoding.encode(Counter(value: 2))))
            try await store.transaction { session in
                try session.put(Counter(value: 1), at: "/t/a")
                #expect(try await session.get(Counter.self, at: "/t/a") == Counter(value: 1))
                session.delete("/t/b")
                #expect(try await session.get(Counter.self, at: "/t/b") == nil)
                #expect(try await !session.exists("/t/b"))
                #expect(try await session.list(Counter.self, under: "/t/") == [Counter(value: 2)])
            }
            #expect(try await store.range(under: .root).entries.map(\.key) == ["/t/a"])
        }
    }

    @Test(arguments: StoreDoor.allCases)
    func readOnlyTransactionTakesNoRevision(door: StoreDoor) async throws {
        try await door.withStore { store in
            try await store.commit(.put("/t/a", try StoredRecordCoding.encode(Counter(value: 2))))
            let value = try await store.transaction { try await $0.get(Counter.self, at: "/t/a")?.value }
            #expect(value == 2)
            #expect(try await store.range(under: .root).revision == Revision(1))
        }
    }
}
