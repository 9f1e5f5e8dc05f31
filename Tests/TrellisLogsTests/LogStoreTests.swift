import FoundationEssentials
import NIOCore
import SystemPackage
import Testing
import TrellisModel

@testable import TrellisLogs

@Suite("The log store")
struct LogStoreTests {
    @Test("what was written is there after any end of the process")
    func survives() async throws {
        let files = try TestStore()
        let stream = try TestStore.stream()
        let first = try await files.open()
        await first.write([(1, "one"), (2, "two")], to: stream)
        // Nothing is said to the first store: it is as if it had been killed.
        let second = try await files.open()
        #expect(try await second.texts(.all(of: stream)) == ["one", "two"])
        await second.write([(3, "three")], to: stream)
        let page = try await files.open().events(.all(of: stream))
        #expect(page.events.map(\.position.sequence) == [0, 1, 2])
    }

    @Test(
        "a torn last line is cut, and the stream goes on behind what is whole",
        arguments: ["3", "3 4", "3 4 torn", "3 4 torn\\"])
    func tornLine(rest: String) async throws {
        let files = try TestStore()
        let stream = try TestStore.stream()
        await (try await files.open()).write([(1, "one")], to: stream)
        let path = try #require(try files.files().first)
        let whole = try LogFiles.read(path, limit: 1 << 20)
        try LogFiles.append(Array(rest.utf8), to: path, at: whole.count)
        let store = try await files.open()
        #expect(try await store.texts(.all(of: stream)) == ["one"])
        #expect(try files.files().map { LogFiles.size($0) } == [whole.count])
        await store.write([(2, "two")], to: stream)
        #expect(try await store.texts(.all(of: stream)) == ["one", "two"])
    }

    @Test("files of anything else are left alone, and hide nothing")
    func strangeFiles() async throws {
        let files = try TestStore()
        let stream = try TestStore.stream()
        await (try await files.open()).write([(1, "one")], to: stream)
        let directory = try #require(try files.files().first).removingLastComponent()
        for name in ["9-1-x.log", "notes.txt", "5.log"] {
            try LogFiles.append(Array("?\n".utf8), to: directory.appending(name), at: 0)
        }
        try LogFiles.append([1], to: files.configuration.directory.appending("f.log"), at: 0)
        try LogFiles.makeDirectory(files.configuration.directory.appending("123456789012/us-east-1/empty"))
        let store = try await files.open()
        #expect(try await store.texts(.all(of: stream)) == ["one"])
        #expect(await store.groups(in: TestStore.scope).count == 1)
    }

    @Test("events of other accounts and Regions are not seen")
    func scopes() async throws {
        let store = try await TestStore().open()
        let stream = try TestStore.stream()
        await store.write([(1, "one")], to: stream)
        var other = stream
        other.scope.region = try #require(Region("eu-west-1"))
        await #expect(throws: LogStoreError.noSuchGroup) { try await store.events(.all(of: other)) }
        #expect(await store.groups(in: other.scope).isEmpty)
    }

    @Test("a deleted group stays deleted for writers that began before, not for later ones")
    func deletedGroups() async throws {
        let files = try TestStore()
        let store = try await files.open()
        let stream = try TestStore.stream()
        let began = files.clock.now()
        func write(_ text: String, began: Timestamp) async {
            let chunk = LogChunk(.event, ByteBuffer(string: text), at: began)
            store.append([LogBatch([chunk], to: stream, missingGroup: .create(unlessDeletedSince: began))])
            await store.flush()
        }
        await write("before", began: began)
        files.clock.advance(by: 10)
        try await store.deleteGroup(stream.group, in: stream.scope)
        await write("last words", began: began)
        await #expect(throws: LogStoreError.noSuchGroup) { try await store.events(.all(of: stream)) }
        #expect(await store.groups(in: stream.scope).isEmpty)
        files.clock.advance(by: 10)
        await write("new", began: files.clock.now())
        #expect(try await store.texts(.all(of: stream)) == ["new"])
        let batch = LogBatch([], to: try TestStore.stream(in: "elsewhere"), missingGroup: .discard)
        store.append([batch])
        await store.flush()
        #expect(await store.groups(in: stream.scope).count == 1)
    }

    @Test("more than the buffer holds is dropped, and the stream says so")
    func drops() async throws {
        let store = try await TestStore { $0.maximumPendingBytes = 1000 }.open()
        let stream = try TestStore.stream()
        await store.write([(TestStore.now, "first")], to: stream)
        let lines = ByteBuffer(string: String(repeating: "x\n", count: 501))
        let begin = Timestamp(millisecondsSinceEpoch: 0)
        let chunk = LogChunk(.lines, lines, at: Timestamp(millisecondsSinceEpoch: TestStore.now))
        store.append([LogBatch([chunk], to: stream, missingGroup: .create(unlessDeletedSince: begin))])
        await store.flush()
        #expect(store.droppedEvents == 501)
        let texts = try await store.texts(.all(of: stream))
        #expect(texts.count == 2)
        #expect(texts.last?.hasPrefix("501 log events (1002 bytes) were dropped here") == true)
    }

    @Test("retention hides at once, and deletes whole files when told")
    func retention() async throws {
        let files = try TestStore { $0.segmentBytes = 10 }
        let store = try await files.open()
        let stream = try TestStore.stream()
        let day: Int64 = 86_400_000
        for age in [5, 3, 0] { await store.write([(TestStore.now - Int64(age) * day, "\(age) days old")], to: stream) }
        #expect(try files.files().count == 3)
        try await store.changeGroup(stream.group, in: stream.scope) { $0.retentionInDays = 4 }
        #expect(try await store.texts(.all(of: stream)) == ["3 days old", "0 days old"])
        #expect(try files.files().count == 2)
        files.clock.advance(by: 2 * day)
        #expect(try await store.texts(.all(of: stream)) == ["0 days old"])
        #expect(try files.files().count == 2, "not deleted yet")
        try await store.expire()
        #expect(try files.files().count == 1)
        #expect(try await store.streams(of: stream.group, in: stream.scope).count == 1)
        files.clock.advance(by: 9 * day)
        try await store.expire()
        // Made by its events, gone with them.
        #expect(try await store.streams(of: stream.group, in: stream.scope).isEmpty)
        let settings = try await files.open().group(stream.group, in: stream.scope).settings
        #expect(settings.retentionInDays == 4)
    }

    @Test("above the size limit the oldest files of all streams go")
    func sizeLimit() async throws {
        let files = try TestStore {
            $0.segmentBytes = 1000
            $0.maximumBytes = 20_000
        }
        let store = try await files.open()
        let streams = [try TestStore.stream("a"), try TestStore.stream("b")]
        for time in 1...100 {
            await store.write([(Int64(time), String(repeating: "x", count: 500))], to: streams[time % 2])
        }
        let size = try files.files().reduce(0) { $0 + (LogFiles.size($1) ?? 0) }
        #expect(size <= 20_000)
        let page = try await store.events(.all(of: streams[0]))
        #expect(page.events.last?.position.timestamp == 100)
        #expect(page.events.map(\.position.timestamp).suffix(10) == Array(91...100), "the newest, without a gap")
    }

    @Test("groups and streams: made once, deleted once")
    func lifecycle() async throws {
        let store = try await TestStore().open()
        let stream = try TestStore.stream()
        let settings = LogGroupSettings(name: stream.group, creationTime: Timestamp(millisecondsSinceEpoch: 1))
        await #expect(throws: LogStoreError.noSuchGroup) { try await store.createStream(stream) }
        try await store.createGroup(settings, in: stream.scope)
        await #expect(throws: LogStoreError.groupExists) { try await store.createGroup(settings, in: stream.scope) }
        await #expect(throws: LogStoreError.noSuchStream) { try await store.put([], to: stream) }
        try await store.createStream(stream)
        await #expect(throws: LogStoreError.streamExists) { try await store.createStream(stream) }
        try await store.deleteStream(stream)
        await #expect(throws: LogStoreError.noSuchStream) { try await store.deleteStream(stream) }
        try await store.changeGroup(stream.group, in: stream.scope) { $0.isDeletionProtected = true }
        await #expect(throws: LogStoreError.deletionProtected) {
            try await store.deleteGroup(stream.group, in: stream.scope)
        }
        try await store.changeGroup(stream.group, in: stream.scope) { $0.isDeletionProtected = false }
        try await store.deleteGroup(stream.group, in: stream.scope)
        await #expect(throws: LogStoreError.noSuchGroup) { try await store.deleteGroup(stream.group, in: stream.scope) }
    }
}
