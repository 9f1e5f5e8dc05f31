import Synchronization
import Testing
import TrellisModel

@testable import TrellisStore

/// Reads that the first attempt spares.
@Suite struct StoreSessionShortcutTests {
    private struct Note: StoredRecord, Equatable {
        var text: String
    }

    @Test func unlikelyRecordIsReadInTheSecondAttempt() async throws {
        try await StoreDoor.memory.withStore { store in
            try await store.transaction { try $0.put(Note(text: "there"), at: "/t/a") }
            let attempts = Mutex(0)
            let found = try await store.transaction { session -> Note? in
                attempts.withLock { $0 += 1 }
                let note = try await session.getUnlikely(Note.self, at: "/t/a")
                #expect(try await session.getUnlikely(Note.self, at: "/t/a") == note)
                try session.put(Note(text: "other"), at: "/t/b")
                return note
            }
            #expect(found == Note(text: "there"))
            #expect(attempts.withLock(\.self) == 2)
        }
    }

    /// What an attempt throws on a wrong assumption is not passed on.
    @Test func refusalOnAWrongAssumptionIsDecidedAgain() async throws {
        struct Refusal: Error {}
        try await StoreDoor.memory.withStore { store in
            try await store.transaction { try $0.put(Note(text: "there"), at: "/t/a") }
            let note = try await store.transaction { session in
                guard let note = try await session.getUnlikely(Note.self, at: "/t/a") else { throw Refusal() }
                return note
            }
            #expect(note.text == "there")
        }
    }

    @Test func ownWritesAreSeen() async throws {
        try await StoreDoor.memory.withStore { store in
            try await store.transaction { session in
                try session.put(Note(text: "own"), at: "/t/a")
                #expect(try await session.getUnlikely(Note.self, at: "/t/a") == Note(text: "own"))
                #expect(try await session.getUnlikely(Note.self, at: "/t/b") == nil)
                #expect(try await !session.exists("/t/b"))
            }
        }
    }

    @Test func insertNeverOverwrites() async throws {
        try await StoreDoor.memory.withStore { store in
            try await store.transaction { try $0.insert(Note(text: "first"), at: "/t/1") }
            let numbers = Mutex(0)
            let key = try await store.transaction { session in
                let number = numbers.withLock {
                    $0 += 1; return $0
                }
                let key = StoreKey(path: "/t/\(number)")
                try session.insert(Note(text: "second"), at: key)
                return key
            }
            #expect(key == "/t/2")
            #expect(try await store.record(Note.self, at: "/t/1") == Note(text: "first"))
            await #expect(throws: StoreError.contended(attempts: 32)) {
                try await store.transaction { try $0.insert(Note(text: "third"), at: "/t/1") }
            }
        }
    }

    @Test func countConflictsWithNewKeys() async throws {
        try await StoreDoor.memory.withStore { store in
            let attempts = Mutex(0)
            let count = try await store.transaction { session in
                let count = try await session.count(under: "/t/")
                if attempts.withLock({
                    $0 += 1; return $0
                }) == 1 {
                    try await store.commit(.put("/t/new", []))
                }
                try session.put(Note(text: ""), at: "/u/a")
                return count
            }
            #expect(count == 1)
        }
    }
}
