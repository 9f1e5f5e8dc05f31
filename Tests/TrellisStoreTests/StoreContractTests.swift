import Testing
import TrellisModel
import TrellisStore

@Suite(.timeLimit(.minutes(5))) struct StoreContractTests {
    @Test(arguments: StoreDoor.allCases)
    func readsWhatWasWritten(door: StoreDoor) async throws {
        try await door.withStore { store in
            let empty = try await store.range(under: "/t/")
            #expect(empty == StoreRange(entries: [], revision: .zero))
            #expect(try await store.get("/t/a") == nil)

            #expect(try await store.commit(.put("/t/b", bytes("1")), .put("/t/a", bytes("2"))) == Revision(1))
            #expect(try await store.commit(.put("/t/b", bytes("3"))) == Revision(2))

            let a = StoreEntry(key: "/t/a", value: bytes("2"), revision: Revision(1))
            let b = StoreEntry(key: "/t/b", value: bytes("3"), revision: Revision(2))
            #expect(try await store.get("/t/a") == a)
            #expect(try await store.get("/t/b") == b)
            #expect(try await store.range(under: "/t/") == StoreRange(entries: [a, b], revision: Revision(2)))

            #expect(try await store.commit(.delete("/t/b")) == Revision(3))
            #expect(try await store.get("/t/b") == nil)
            #expect(try await store.range(under: "/t/") == StoreRange(entries: [a], revision: Revision(3)))
        }
    }

    @Test(arguments: StoreDoor.allCases, [[], [0], Array(0...255), Array(repeating: 7, count: 1_000_000)] as [[UInt8]])
    func keepsAnyValue(door: StoreDoor, value: [UInt8]) async throws {
        try await door.withStore { store in
            try await store.commit(.put("/t/a", bytes("before")))
            try await store.commit(.put("/t/a", value))
            #expect(try await store.get("/t/a")?.value == value)
            #expect(try await store.changes(2).last?.changes == [StoreChange(key: "/t/a", value: value)])
        }
    }

    /// Revision 1 put a, 2 put b, 3 put b again, 4 put c and x, 5 deleted c.
    static func fill(_ store: some Store) async throws {
        try await store.commit(.put("/t/a", bytes("a1")))
        try await store.commit(.put("/t/b", bytes("b2")))
        try await store.commit(.put("/t/b", bytes("b3")))
        try await store.commit(.put("/t/c", bytes("c4")), .put("/u/x", bytes("x4")))
        try await store.commit(.delete("/t/c"))
    }

    struct Case: Sendable, CustomStringConvertible {
        var condition: StoreCondition
        var holds: Bool
        var description: String { "\(condition) \(holds ? "holds" : "fails")" }
    }

    static let conditions: [Case] = [
        Case(condition: .absent("/t/never"), holds: true),
        Case(condition: .absent("/t/c"), holds: true),
        Case(condition: .absent("/t/"), holds: true),
        Case(condition: .absent("/t/a"), holds: false),
        Case(condition: .unchanged("/t/a", at: Revision(1)), holds: true),
        Case(condition: .unchanged("/t/b", at: Revision(3)), holds: true),
        Case(condition: .unchanged("/t/b", at: Revision(2)), holds: false),
        Case(condition: .unchanged("/t/b", at: Revision(4)), holds: false),
        Case(condition: .unchanged("/t/c", at: Revision(4)), holds: false),
        Case(condition: .unchanged("/t/never", at: .zero), holds: false),
        Case(condition: .noneWritten(under: "/t/", since: Revision(3)), holds: true),
        Case(condition: .noneWritten(under: "/t/", since: Revision(2)), holds: false),
        Case(condition: .noneWritten(under: "/t/", since: .zero), holds: false),
        Case(condition: .noneWritten(under: "/t/a", since: Revision(1)), holds: true),
        Case(condition: .noneWritten(under: "/t/c", since: .zero), holds: true),
        Case(condition: .noneWritten(under: "/u/", since: Revision(3)), holds: false),
        Case(condition: .noneWritten(under: "/u/", since: Revision(4)), holds: true),
        Case(condition: .noneWritten(under: "/never/", since: .zero), holds: true),
        Case(condition: .noneWritten(under: "/", since: Revision(3)), holds: false),
        Case(condition: .noneWritten(under: "", since: Revision(3)), holds: false),
        Case(condition: .noneWritten(under: "", since: Revision(5)), holds: true),
    ]

    @Test(arguments: StoreDoor.allCases, conditions)
    func conditionDecides(door: StoreDoor, row: Case) async throws {
        try await door.withStore { store in
            try await Self.fill(store)
            let before = try await store.range(under: .root)

            let check = StoreTransaction(conditions: [row.condition])
            #expect(try await store.commit(check) == (row.holds ? .committed(Revision(5)) : .conflict))
            #expect(try await store.range(under: .root) == before)

            let write = StoreTransaction(
                conditions: [row.condition], mutations: [.put("/t/new", bytes("6")), .delete("/t/a")])
            #expect(try await store.commit(write) == (row.holds ? .committed(Revision(6)) : .conflict))
            #expect(try await store.get("/t/new")?.revision == (row.holds ? Revision(6) : nil))
            #expect(try await store.get("/t/a")?.revision == (row.holds ? nil : Revision(1)))
            if !row.holds {
                #expect(try await store.range(under: .root) == before)
            }
        }
    }

    @Test(arguments: StoreDoor.allCases, 0..<3)
    func oneFailingConditionStopsAllMutations(door: StoreDoor, failing: Int) async throws {
        try await door.withStore { store in
            try await Self.fill(store)
            let before = try await store.range(under: .root)
            var conditions: [StoreCondition] = [
                .unchanged("/t/a", at: Revision(1)), .noneWritten(under: "/u/", since: Revision(4)),
            ]
            conditions.insert(.absent("/t/b"), at: failing)
            let outcome = try await store.commit(
                StoreTransaction(
                    conditions: conditions,
                    mutations: [.put("/t/a", []), .put("/t/new", []), .delete("/t/b"), .delete("/u/x")]))
            #expect(outcome == .conflict)
            #expect(try await store.range(under: .root) == before)
            #expect(try await store.commit(.put("/t/next", [])) == Revision(6))
            #expect(try await store.changes(6).map(\.revision) == (1...6).map(Revision.init))
        }
    }

    @Test(arguments: StoreDoor.allCases)
    func deletingWhatIsNotThereTakesNoRevision(door: StoreDoor) async throws {
        try await door.withStore { store in
            #expect(try await store.commit(.delete("/t/a")) == .zero)
            try await store.commit(.put("/t/a", bytes("1")))
            #expect(try await store.commit(.delete("/t/b"), .delete("/t/c")) == Revision(1))
            #expect(try await store.commit(.delete("/t/b"), .put("/t/c", bytes("2"))) == Revision(2))
            #expect(
                try await store.changes(2).last
                    == StoreChangeSet(
                        revision: Revision(2), changes: [StoreChange(key: "/t/c", value: bytes("2"))]))
        }
    }

    @Test(arguments: StoreDoor.allCases)
    func lastMutationOfAKeyCounts(door: StoreDoor) async throws {
        try await door.withStore { store in
            try await store.commit(.put("/t/old", bytes("0")))
            try await store.commit(
                .put("/t/twice", bytes("1")), .put("/t/twice", bytes("2")),
                .put("/t/gone", bytes("3")), .delete("/t/gone"),
                .delete("/t/old"), .put("/t/old", bytes("4")))
            let changes = [
                StoreChange(key: "/t/old", value: bytes("4")), StoreChange(key: "/t/twice", value: bytes("2")),
            ]
            #expect(try await store.changes(2).last == StoreChangeSet(revision: Revision(2), changes: changes))
            #expect(
                try await store.range(under: .root).entries == [
                    StoreEntry(key: "/t/old", value: bytes("4"), revision: Revision(2)),
                    StoreEntry(key: "/t/twice", value: bytes("2"), revision: Revision(2)),
                ])
        }
    }

    @Test(arguments: StoreDoor.allCases)
    func unconditionalWritersTakeEveryRevisionOnce(door: StoreDoor) async throws {
        try await door.withStore { store in
            let revisions = try await withThrowingTaskGroup(of: [Revision].self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        var revisions: [Revision] = []
                        for number in 0..<25 {
                            let key = StoreKey(path: "/t/\(writer)")
                            revisions.append(try await store.commit(.put(key, bytes("\(number)"))))
                        }
                        return revisions
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(revisions.sorted() == (1...200).map(Revision.init))
        }
    }

    @Test(arguments: StoreDoor.allCases)
    func rangeIsOneMoment(door: StoreDoor) async throws {
        try await door.withStore { store in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for number in 0..<200 {
                        let value = bytes("\(number)")
                        try await store.commit(.put("/t/a", value), .put("/t/b", value))
                    }
                }
                for _ in 0..<3 {
                    group.addTask {
                        for _ in 0..<100 {
                            let range = try await store.range(under: "/t/")
                            #expect(Set(range.entries.map(\.value)).count <= 1)
                            #expect(range.entries.allSatisfy { $0.revision == range.revision })
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test(arguments: StoreDoor.allCases)
    func everythingFailsAfterClose(door: StoreDoor) async throws {
        try await door.withStore { store in
            try await store.commit(.put("/t/a", []))
            try await store.close()
            try await store.close()
            await #expect(throws: StoreError.closed) { try await store.get("/t/a") }
            await #expect(throws: StoreError.closed) { try await store.range(under: "/t/") }
            await #expect(throws: StoreError.closed) { try await store.commit(.put("/t/a", [])) }
            await #expect(throws: StoreError.closed) { try await store.commit(StoreTransaction()) }
        }
    }
}
