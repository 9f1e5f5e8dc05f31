import Testing
import TrellisModel
import TrellisStore

@Suite struct StoredRecordCodingTests {
    struct Note: StoredRecord, Equatable {
        var text: String
    }

    struct NewerNote: StoredRecord {
        static let schemaVersion = 2
        var text: String
    }

    @Test func writesAnEnvelopeWithTheSchemaVersion() throws {
        let encoded = try StoredRecordCoding.encode(Note(text: "a/b"))
        #expect(String(decoding: encoded, as: UTF8.self) == #"{"record":{"text":"a/b"},"schemaVersion":1}"#)
        #expect(try StoredRecordCoding.decode(Note.self, from: encoded, at: "/t/a") == Note(text: "a/b"))
    }

    @Test(
        arguments: StoreDoor.allCases,
        [
            "", "{", "nonsense", "\u{0}", "[]", "null", "1", #""text""#, "{}", #"{"schemaVersion":1}"#,
            #"{"schemaVersion":"1","record":{"text":"a"}}"#, #"{"schemaVersion":1,"record":{"text":7}}"#,
            #"{"schemaVersion":1,"record":{}}"#, #"{"record":{"text":"a"}}"#,
            #"{"schemaVersion":0,"record":{"text":"a"}}"#, #"{"schemaVersion":1e99,"record":{"text":"a"}}"#,
        ])
    func damagedValueNamesItsKey(door: StoreDoor, value: String) async throws {
        try await door.withStore { store in
            try await store.commit(.put("/t/a", bytes(value)))
            let readers: [() async throws -> Void] = [
                { _ = try await store.record(Note.self, at: "/t/a") },
                { _ = try await store.records(Note.self, under: "/t/") },
                { _ = try await store.transaction { try await $0.get(Note.self, at: "/t/a") } },
                { _ = try await store.transaction { try await $0.list(Note.self, under: "/t/") } },
            ]
            for read in readers {
                let error = await #expect(throws: StoreError.self) { try await read() }
                guard case .unreadable("/t/a", _) = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
            }
        }
    }

    @Test func bytesThatAreNotUTF8AreUnreadable() throws {
        #expect(throws: StoreError.self) {
            try StoredRecordCoding.decode(Note.self, from: [0xFF, 0xFE, 0x00], at: "/t/a")
        }
    }

    @Test(arguments: StoreDoor.allCases)
    func recordOfANewerTrellisSaysBothVersions(door: StoreDoor) async throws {
        try await door.withStore { store in
            try await store.transaction { try $0.put(NewerNote(text: "a"), at: "/t/a") }
            let error = await #expect(throws: StoreError.self) { try await store.record(Note.self, at: "/t/a") }
            #expect(error == .unreadable("/t/a", reason: "it has schema version 2, this Trellis reads 1"))
        }
    }
}
