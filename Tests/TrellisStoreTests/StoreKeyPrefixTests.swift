import Testing
import TrellisModel
import TrellisStore

/// Prefixes and order are those of UTF-8 bytes, whatever the characters mean to SQL, to Unicode or to C strings.
@Suite(.timeLimit(.minutes(5))) struct StoreKeyPrefixTests {
    static let keys: [StoreKey] = [
        "", "/", "/a", "/a/", "/a/b", "/a/b/", "/a/b/c", "/a/b0", "/a/bc", "/a/c", "/a0", "/aa", "/A", "/B", "/b",
        "/a/%", "/a/_", "/a/%2F@0", "/a/'quoted'", "/a/\"; DROP TABLE entry; --", "/a/?1", "/a/*",
        "/a/new\nline", "/a/nul", "/a/nul\0", "/a/nul\0a", "/a/nul\u{1}", "/a/\u{7F}", "/a/\u{80}", "/a/\u{7FF}",
        "/a/e", "/a/e\u{301}", "/a/\u{E9}", "/a/e\u{301}x", "/a/\u{E9}x", "/a/ß", "/a/ss", "/a/\u{FFFF}",
        "/a/\u{10000}", "/a/\u{10FFFF}", "/a/\u{10FFFF}\u{10FFFF}", "/a/👩🏽‍🚀", "/a/👩",
        "\u{10FFFF}", "\u{10FFFF}\u{10FFFF}",
        StoreKey(path: "/long/" + String(repeating: "k", count: 5_000)),
        StoreKey(path: "/long/" + String(repeating: "k", count: 5_001)),
    ]

    static let prefixes = keys + ["/a/nu", "/a/👩🏽", "/never", "/long", "/long/"]

    static func inByteOrder(_ keys: [StoreKey], under prefix: StoreKey) -> [StoreKey] {
        keys.filter { Array($0.path.utf8).starts(with: Array(prefix.path.utf8)) }
            .sorted { Array($0.path.utf8).lexicographicallyPrecedes(Array($1.path.utf8)) }
    }

    /// So that an unexpected key shows its bytes, not its looks.
    static func spelling(_ keys: [StoreKey]) -> [[UInt8]] {
        keys.map { Array($0.path.utf8) }
    }

    @Test(arguments: StoreDoor.allCases)
    func rangeAndWatchHoldExactlyTheKeysWithThePrefix(door: StoreDoor) async throws {
        try await door.withStore { store in
            let all = StoreTransaction(mutations: Self.keys.map { .put($0, Array($0.path.utf8)) })
            #expect(try await store.commit(all) == .committed(Revision(1)))
            for prefix in Self.prefixes {
                let expected = Self.inByteOrder(Self.keys, under: prefix)
                let entries = try await store.range(under: prefix).entries
                #expect(Self.spelling(entries.map(\.key)) == Self.spelling(expected), "under \(prefix)")
                #expect(entries.map(\.value) == Self.spelling(expected))
                if !expected.isEmpty {
                    let changes = try await store.changes(1, under: prefix).first?.changes ?? []
                    #expect(Self.spelling(changes.map(\.key)) == Self.spelling(expected), "watching \(prefix)")
                }
            }
        }
    }

    @Test(arguments: StoreDoor.allCases)
    func everyKeyIsItsOwn(door: StoreDoor) async throws {
        try await door.withStore { store in
            for key in Self.keys {
                try await store.committed(
                    StoreTransaction(conditions: [.absent(key)], mutations: [.put(key, bytes("first"))]))
            }
            for (index, key) in Self.keys.enumerated() {
                let written = Revision(Int64(index + 1))
                #expect(try await store.get(key) == StoreEntry(key: key, value: bytes("first"), revision: written))
                try await store.committed(
                    StoreTransaction(conditions: [.unchanged(key, at: written)], mutations: [.delete(key)]))
                #expect(try await store.get(key) == nil)
                let left = Self.keys.suffix(from: index + 1)
                #expect(try await store.range(under: "").entries.count == left.count)
            }
        }
    }

    @Test(arguments: StoreDoor.allCases)
    func noneWrittenSeesExactlyThePrefix(door: StoreDoor) async throws {
        try await door.withStore { store in
            let all = StoreTransaction(mutations: Self.keys.map { .put($0, []) })
            try await store.committed(all)
            for prefix in Self.prefixes {
                let check = StoreTransaction(conditions: [.noneWritten(under: prefix, since: .zero)])
                let isEmpty = Self.inByteOrder(Self.keys, under: prefix).isEmpty
                #expect(try await store.commit(check) == (isEmpty ? .committed(Revision(1)) : .conflict))
            }
        }
    }
}
