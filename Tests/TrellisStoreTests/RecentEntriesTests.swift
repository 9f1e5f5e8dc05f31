import Testing
import TrellisModel

@testable import TrellisStore

@Suite struct RecentEntriesTests {
    private let entries = RecentEntries()

    private func note(_ revision: Int64, _ changes: [(String, [UInt8]?)]) {
        entries.note(
            StoreChangeSet(
                revision: Revision(revision), changes: changes.map { StoreChange(key: StoreKey(path: $0), value: $1) }))
    }

    private func found(_ path: String) -> (value: [UInt8], revision: Revision)? {
        entries.entry(at: StoreKey(path: path)).map { ($0.value, $0.revision) }
    }

    @Test func theLastValueCounts() throws {
        note(1, [("/a", [1]), ("/b", [2])])
        note(2, [("/a", [3])])
        let a = try #require(found("/a"))
        #expect(a.value == [3] && a.revision == Revision(2))
        #expect(found("/b")?.value == [2])
        #expect(found("/c") == nil)
    }

    @Test func whatWasDeletedIsNotKnownUntilItIsWrittenAgain() {
        note(1, [("/a", [1])])
        note(2, [("/a", nil)])
        #expect(found("/a") == nil)
        note(3, [("/a", [4])])
        #expect(found("/a")?.value == [4])
    }

    @Test func theOldestAreForgottenButNotWhatWasWrittenAgain() {
        let large = [UInt8](repeating: 0, count: RecentEntries.byteLimit / 4)
        note(1, [("/kept", [1]), ("/old", large)])
        note(2, [("/kept", [2])])
        for revision in 3...5 { note(Int64(revision), [("/large\(revision)", large)]) }
        #expect(found("/old") == nil)
        #expect(found("/kept")?.value == [2])
        #expect(found("/large5") != nil)
        note(6, [("/larger", large), ("/largest", large)])
        #expect(found("/large3") == nil)
        #expect(found("/largest") != nil)
    }

    @Test func aValueLargerThanTheLimitIsReadFromTheFile() {
        note(1, [("/huge", [UInt8](repeating: 0, count: RecentEntries.byteLimit + 1)), ("/a", [1])])
        #expect(found("/huge") == nil)
        #expect(found("/a")?.value == [1])
    }
}
