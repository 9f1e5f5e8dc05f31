import FoundationEssentials
import Glibc
import Logging
import NIOCore
import Synchronization
import SystemPackage
import Testing
import TrellisModel

@testable import TrellisLogs

/// A log store in a directory that goes with it, with a clock that the test holds.
final class TestStore: Sendable {
    static let now: Int64 = 1_700_000_000_000

    let directory: FilePath
    let clock = HeldClock()
    let configuration: LogStoreConfiguration

    init(_ configure: (inout LogStoreConfiguration) -> Void = { _ in }) throws {
        var template = Array("/tmp/trellis-logs.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
        directory = FilePath(String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
        var configuration = LogStoreConfiguration(directory: directory.appending("logs"))
        configure(&configuration)
        self.configuration = configuration
    }

    deinit { try? FileManager.default.removeItem(atPath: directory.string) }

    /// A store over the files as they are, as a server that starts sees them.
    func open() async throws -> LogStore {
        let store = LogStore(
            configuration: configuration, clock: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await store.open()
        return store
    }

    /// Paths of the files of all streams, in order.
    func files() throws -> [FilePath] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: configuration.directory.string)
        return names.filter { $0.hasSuffix(".log") }.sorted().map { configuration.directory.appending($0) }
    }

    static let scope: Scope = {
        guard let account = AccountID("123456789012") else { preconditionFailure() }
        return Scope(account: account, region: .usEast1)
    }()

    static func stream(_ name: String = "s", in group: String = "/aws/lambda/f") throws -> LogStreamID {
        LogStreamID(
            scope: scope, group: try #require(LogGroupName(group)), stream: try #require(LogStreamName(name)))
    }
}

final class HeldClock: WallClock {
    private let time = Mutex(TestStore.now)

    func now() -> Timestamp { Timestamp(millisecondsSinceEpoch: time.withLock { $0 }) }

    func advance(by milliseconds: Int64) { time.withLock { $0 += milliseconds } }
}

extension LogStore {
    /// Appends one event each, and waits until they are written.
    func write(_ events: [(Int64, String)], to stream: LogStreamID) async {
        let chunks = events.map { time, text in
            LogChunk(.event, ByteBuffer(string: text), at: Timestamp(millisecondsSinceEpoch: time))
        }
        let begin = Timestamp(millisecondsSinceEpoch: 0)
        append([LogBatch(chunks, to: stream, missingGroup: .create(unlessDeletedSince: begin))])
        await flush()
    }

    func texts(_ query: LogQuery) async throws -> [String] {
        try await events(query).events.map { String(decoding: $0.message, as: UTF8.self) }
    }
}

extension LogQuery {
    static func all(
        of stream: LogStreamID, _ direction: Direction = .forward, limit: Int = 10_000, cursor: LogCursor? = nil
    ) -> LogQuery {
        var query = LogQuery(
            scope: stream.scope, group: stream.group, streams: .all, direction: direction, limit: limit)
        query.cursor = cursor
        return query
    }
}
