import Testing
import TrellisModel

@testable import TrellisStore

@Suite(.timeLimit(.minutes(5))) struct WrittenPrefixesTests {
    private static func put(_ key: StoreKey, at revision: Int64) -> StoreChangeSet {
        StoreChangeSet(revision: Revision(revision), changes: [StoreChange(key: key, value: [])])
    }

    @Test(arguments: [
        ("/a/b/", 7, false), ("/a/b/", 6, true), ("/a/", 6, true), ("/", 6, true), ("/a/c/", 5, false),
        ("/a/b/c/", 5, false), ("/never/", 4, true),
        // What does not end in a slash is not followed.
        ("/a/b", 7, true), ("", 7, true),
    ])
    func isNeverTooEarly(prefix: StoreKey, since: Int64, expected: Bool) {
        let prefixes = WrittenPrefixes(after: Revision(5))
        prefixes.note(Self.put("/a/b/c", at: 6))
        prefixes.note(Self.put("/a/b/d", at: 7))
        #expect(prefixes.mayBeWritten(under: prefix, since: Revision(since)) == expected)
    }

    @Test func deletionsAreNotWrites() {
        let prefixes = WrittenPrefixes(after: Revision(5))
        let change = StoreChange(key: "/a/b", value: nil)
        prefixes.note(StoreChangeSet(revision: Revision(6), changes: [change]))
        #expect(!prefixes.mayBeWritten(under: "/a/", since: Revision(5)))
    }

    /// More prefixes than places: a store that relied on the answer alone would refuse what it must not.
    @Test func sharedPlacesRefuseNothing() async throws {
        try await StoreDoor.memory.withStore { store in
            let quiet = try await store.commit(.put("/quiet/a", []))
            let others = (0..<60_000).map { StoreMutation.put(StoreKey(path: "/t/\($0)/a"), []) }
            try await store.committed(StoreTransaction(mutations: others))
            #expect(store.prefixes.mayBeWritten(under: "/quiet/", since: quiet))
            let outcome = try await store.commit(
                StoreTransaction(
                    conditions: [.noneWritten(under: "/quiet/", since: quiet)], mutations: [.put("/quiet/b", [])]))
            #expect(outcome == .committed(Revision(3)))
        }
    }
}
