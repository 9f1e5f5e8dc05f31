import Testing
import TrellisModel

@testable import TrellisStore

@Suite(.timeLimit(.minutes(5))) struct RecentChangesTests {
    private static func set(_ revision: Int, bytes: Int = 1) -> StoreChangeSet {
        StoreChangeSet(
            revision: Revision(Int64(revision)),
            changes: [StoreChange(key: StoreKey(path: "/t/\(revision)"), value: Array(repeating: 1, count: bytes))])
    }

    private struct Note: StoredRecord, Equatable {
        var text: String
    }

    private static func filled(_ revisions: ClosedRange<Int>, countLimit: Int) -> RecentChanges {
        var recent = RecentChanges(after: Revision(Int64(revisions.lowerBound - 1)), countLimit: countLimit)
        for revision in revisions { recent.append(set(revision)) }
        return recent
    }

    @Test(arguments: [(1000, 5), (300, 5), (296, 5), (295, 6), (10, 291), (1, 300), (0, 300), (-1, 300)])
    func oldOnesAreDroppedByCount(limit: Int, oldest: Int) throws {
        let recent = Self.filled(5...300, countLimit: limit)
        #expect(recent.oldest.rawValue == Int64(oldest))
        #expect(throws: StoreError.compacted(oldest: recent.oldest)) {
            try recent.since(Revision(Int64(oldest - 1)))
        }
        #expect(try recent.since(recent.oldest).map(\.revision.rawValue) == (Int64(oldest)...300).map(\.self))
        #expect(try recent.since(Revision(300)).map(\.revision.rawValue) == [300])
    }

    @Test func oldOnesAreDroppedBySize() throws {
        var recent = Self.filled(1...10, countLimit: 1000)
        recent.append(Self.set(11, bytes: RecentChanges.byteLimit / 2))
        #expect(recent.oldest.rawValue == 1)
        recent.append(Self.set(12, bytes: RecentChanges.byteLimit / 2))
        #expect(recent.oldest.rawValue == 12)
        // A change larger than all that is kept stays until there is a newer one.
        recent.append(Self.set(13, bytes: RecentChanges.byteLimit + 1))
        #expect(try recent.since(Revision(13)).count == 1)
        recent.append(Self.set(14))
        #expect(recent.oldest.rawValue == 14)
    }

    /// What is kept beside a value takes memory too.
    @Test(arguments: [(false, 1), (true, 2)]) func recordsBesideValuesCount(isKept: Bool, oldest: Int64) {
        var recent = RecentChanges(after: .zero, countLimit: 1000)
        for revision in 1...2 {
            var changeSet = Self.set(revision, bytes: RecentChanges.byteLimit / 3)
            if isKept { changeSet.changes[0].source = ValueSource(record: Note(text: "")) }
            recent.append(changeSet)
        }
        #expect(recent.oldest.rawValue == oldest)
    }

    @Test func manySmallOnesAreBoundedBySizeToo() {
        let revisions = RecentChanges.byteLimit / RecentChanges.changeOverhead
        let recent = Self.filled(1...revisions, countLimit: .max)
        #expect(recent.oldest.rawValue > 1)
    }

    @Test(arguments: [7, 8, 100, Int64.max])
    func nothingIsThereOfWhatIsYetToCome(revision: Int64) throws {
        let empty = RecentChanges(after: Revision(6), countLimit: 5)
        #expect(try empty.since(Revision(revision)).isEmpty)
        #expect(throws: StoreError.compacted(oldest: Revision(7))) { try empty.since(Revision(6)) }
        let recent = Self.filled(3...6, countLimit: 5)
        #expect(try recent.since(Revision(revision)).isEmpty)
    }
}
