import NIOCore
import SystemPackage
import Testing
import TrellisModel

@testable import TrellisLogs

@Suite("Pages of log events")
struct LogPageTests {
    /// Every event that pages one after the other show.
    func paged(_ store: LogStore, _ query: LogQuery) async throws -> [[Int64]] {
        var query = query
        var pages: [[Int64]] = []
        while pages.count < 10_000 {
            let page = try await store.events(query)
            pages.append(page.events.map(\.position.timestamp))
            guard let next = page.continuation else { return pages }
            query.cursor = next
        }
        Issue.record("the pages do not end")
        return pages
    }

    @Test(
        "pages of every size hold every event once, in order, in both directions, over streams and files",
        arguments: [1, 2, 7, 50, 299, 300, 301], [LogQuery.Direction.forward, .backward])
    func everySize(limit: Int, direction: LogQuery.Direction) async throws {
        let store = try await TestStore { $0.segmentBytes = 400 }.open()
        let streams = try ["a", "b", "c"].map { try TestStore.stream($0) }
        // Times go back and forth, and many are the same.
        for index in 0..<300 {
            await store.write([(Int64(1 + (index * 37) % 100), "event \(index)")], to: streams[index % 3])
        }
        let pages = try await paged(store, .all(of: streams[0], direction, limit: limit))
        #expect(pages.allSatisfy { $0.count <= limit && $0 == $0.sorted() })
        let inOrder = direction == .forward ? pages : pages.reversed()
        let expected = (0..<300).map { index in Int64(1 + (index * 37) % 100) }.sorted()
        #expect(inOrder.flatMap(\.self) == expected)
    }

    @Test("a page ends at its bytes, but holds one event at least")
    func byteLimit() async throws {
        let store = try await TestStore().open()
        let stream = try TestStore.stream()
        await store.write((1...10).map { (Int64($0), String(repeating: "x", count: 100)) }, to: stream)
        var query = LogQuery.all(of: stream)
        query.byteLimit = 400
        #expect(try await paged(store, query).map(\.count) == [3, 3, 3, 1])
        query.byteLimit = 1
        #expect(try await paged(store, query).map(\.count) == Array(repeating: 1, count: 10))
    }

    @Test("a long search without hits comes in parts, which lead to the end")
    func scanLimit() async throws {
        let store = try await TestStore { $0.segmentBytes = 1 }.open()
        let stream = try TestStore.stream()
        for time in 1...50 { await store.write([(Int64(time), time == 49 ? "needle" : "hay")], to: stream) }
        var query = LogQuery.all(of: stream)
        query.scanLimit = 30
        query.matches = { $0 == Array("needle".utf8) }
        let pages = try await paged(store, query)
        #expect(pages.count > 5)
        #expect(pages.flatMap(\.self) == [49])
    }

    @Test(
        "times are from the start on and before the end",
        arguments: [
            (0, Int64.max, [1, 2, 3, 4, 5]), (2, 4, [2, 3]), (3, 3, []), (4, 2, []), (6, Int64.max, []), (5, 6, [5]),
        ] as [(Int64, Int64, [Int64])])
    func range(start: Int64, end: Int64, expected: [Int64]) async throws {
        let store = try await TestStore { $0.segmentBytes = 20 }.open()
        let stream = try TestStore.stream()
        for time in 1...5 { await store.write([(Int64(time), "x")], to: stream) }
        for direction in [LogQuery.Direction.forward, .backward] {
            var query = LogQuery.all(of: stream, direction)
            query.start = start
            query.end = end
            #expect(try await paged(store, query).flatMap(\.self) == expected)
        }
    }

    @Test("events that come later are found behind the end of the last page")
    func followsNewEvents() async throws {
        let store = try await TestStore().open()
        let stream = try TestStore.stream()
        await store.write([(1, "one")], to: stream)
        let last = try #require(try await store.events(.all(of: stream)).events.last)
        let cursor = last.position.next
        #expect(try await store.texts(.all(of: stream, cursor: cursor)).isEmpty)
        await store.write([(1, "same time"), (2, "later")], to: stream)
        #expect(try await store.texts(.all(of: stream, cursor: cursor)) == ["same time", "later"])
        #expect(try await store.texts(.all(of: stream, .backward, cursor: cursor)) == ["one"])
    }

    @Test("a page of a long stream reads only the files that it needs")
    func readsLittle() async throws {
        let files = try TestStore { $0.segmentBytes = 1 }
        let store = try await files.open()
        let stream = try TestStore.stream()
        for time in 0..<100 { await store.write([(Int64(time), "x")], to: stream) }
        // A file that is not there cannot be read.
        for path in try files.files() {
            let number = (path.lastComponent?.string).flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
            if !(50...70).contains(number) { LogFiles.remove(path) }
        }
        let cursor = LogCursor(timestamp: 50, stream: "", sequence: 0)
        let page = try await store.events(.all(of: stream, limit: 10, cursor: cursor))
        #expect(page.events.map(\.position.timestamp) == Array(50..<60))
        #expect(page.continuation?.timestamp == 59)
        let backward = LogCursor(timestamp: 70, stream: "", sequence: 0)
        let last = try await store.events(.all(of: stream, .backward, limit: 10, cursor: backward))
        #expect(last.events.map(\.position.timestamp) == Array(60..<70))
    }
}
