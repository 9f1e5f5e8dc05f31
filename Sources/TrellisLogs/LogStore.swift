import Dispatch
package import Logging
package import NIOPosix
import Synchronization
import SystemPackage
package import TrellisModel

/// The log groups, streams and events of all accounts and Regions, in files of their own.
///
/// Writers append without waiting: events are in memory, bounded, until a queue of the store has written them. What is
/// written survives the end of the process, however it ends. Reading never waits for writing longer than for one batch.
package final class LogStore: Sendable {
    private let catalog: Mutex<LogCatalog>
    private let pending: Mutex<PendingLogs>
    private let queue = DispatchQueue(label: "trellis.logs")
    private let threadPool: NIOThreadPool
    private let clock: any WallClock
    private let logger: Logger

    /// - Parameters:
    ///   - threadPool: On which files are read.
    ///   - clock: Gives ingestion times, and decides what has expired.
    package init(
        configuration: LogStoreConfiguration, threadPool: NIOThreadPool = .singleton, clock: any WallClock,
        logger: Logger
    ) {
        catalog = Mutex(LogCatalog(configuration: configuration))
        pending = Mutex(PendingLogs(limit: configuration.maximumPendingBytes))
        self.threadPool = threadPool
        self.clock = clock
        self.logger = logger
    }

    /// Reads what is on disk; before it there are no groups.
    ///
    /// - Throws: What the file system says, if the directory cannot be used.
    package func open() async throws {
        try await threadPool.runIfActive { [self] in
            try catalog.withLock { try $0.load(logger) }
        }
    }

    // MARK: Appending

    /// Takes events and returns at once.
    ///
    /// Where too much waits for the disk already, events are dropped; the stream tells how many as soon as it can.
    ///
    /// - Parameter written: Called on a queue of the store when the events are in the files, or will never be.
    package func append(_ batches: [LogBatch], written: @escaping @Sendable () -> Void = {}) {
        let isFirst = pending.withLock { $0.add(batches, written) }
        if isFirst { queue.async { [self] in writePending() } }
    }

    /// Returns when everything that was appended before is in the files, or was given up.
    package func flush() async {
        await withCheckedContinuation { continuation in
            append([]) { continuation.resume() }
        }
    }

    private func writePending() {
        let work = pending.withLock { $0.take() }
        let now = clock.now()
        for (stream, dropped) in work.dropped { report(dropped, to: stream, now: now) }
        for batch in work.batches { write(batch, now: now) }
        let removed = catalog.withLock { $0.makeRoom() }
        if removed > 0 {
            logger.notice("the oldest log events were removed to make room", metadata: ["bytes": "\(removed)"])
        }
        for done in work.completions { done() }
    }

    private func write(_ batch: LogBatch, now: Timestamp) {
        var lines = EncodedLines(ingestionTime: now)
        for chunk in batch.chunks { lines.append(chunk) }
        do {
            try catalog.withLock { catalog in
                guard try catalog.prepare(batch.stream, batch.missingGroup, now: now) else { return }
                try catalog.append(lines, to: batch.stream, now: now)
            }
        } catch {
            // Whoever logs must not fail because the log cannot be written.
            pending.withLock { $0.drop(lines.count, bytes: batch.bytes, of: batch.stream) }
            logger.error(
                "log events cannot be written",
                metadata: [
                    "logGroup": "\(batch.stream.group)", "logStream": "\(batch.stream.stream)",
                    "events": "\(lines.count)", "error": "\(error)",
                ])
        }
    }

    /// Tells in a stream what is missing from it; a stream that is gone needs to know nothing.
    private func report(_ dropped: DroppedLogs, to stream: LogStreamID, now: Timestamp) {
        var lines = EncodedLines(ingestionTime: now)
        let notice =
            "\(dropped.events) log events (\(dropped.bytes) bytes) were dropped here: "
            + "they came faster than they could be written."
        lines.append(Array(notice.utf8), at: now)
        do {
            try catalog.withLock { try $0.append(lines, to: stream, now: now) }
        } catch LogStoreError.noSuchStream {
        } catch {
            pending.withLock { $0.remember(dropped, of: stream) }
        }
    }

    /// Events that were dropped since the store was made.
    package var droppedEvents: Int { pending.withLock { $0.droppedEvents } }

    // MARK: Groups

    /// - Throws: ``LogStoreError/groupExists``.
    package func createGroup(_ settings: LogGroupSettings, in scope: Scope) async throws {
        try await change { try $0.create(settings, in: scope) }
    }

    /// Deletes a group with all its streams.
    ///
    /// - Throws: ``LogStoreError/noSuchGroup``, ``LogStoreError/deletionProtected``.
    package func deleteGroup(_ name: LogGroupName, in scope: Scope) async throws {
        let now = clock.now()
        try await change { try $0.delete(.init(scope: scope, group: name), now: now) }
    }

    /// Changes the settings of a group, and deletes what has expired by the new ones.
    ///
    /// - Throws: ``LogStoreError/noSuchGroup``, and what `change` throws.
    package func changeGroup(
        _ name: LogGroupName, in scope: Scope, _ change: @escaping @Sendable (inout LogGroupSettings) throws -> Void
    ) async throws {
        let now = clock.now()
        try await self.change { catalog in
            try catalog.change(.init(scope: scope, group: name), change)
            catalog.expire(now: now)
        }
    }

    /// - Throws: ``LogStoreError/noSuchGroup``.
    package func group(_ name: LogGroupName, in scope: Scope) async throws -> LogGroup {
        let now = clock.now()
        return try catalog.withLock { try Self.view(of: $0.group(.init(scope: scope, group: name)), now) }
    }

    /// All groups of an account and Region, by name.
    package func groups(in scope: Scope) async -> [LogGroup] {
        let now = clock.now()
        return catalog.withLock { catalog in
            catalog.groups.filter { $0.key.scope == scope }.map { Self.view(of: $0.value, now) }
        }.sorted { $0.name.rawValue.utf8.lexicographicallyPrecedes($1.name.rawValue.utf8) }
    }

    private static func view(of group: LogCatalog.Group, _ now: Timestamp) -> LogGroup {
        let expiry = group.settings.expiry(at: now) ?? 0
        let bytes = group.streams.values.reduce(0) { sum, stream in
            sum + stream.segments.filter { $0.maximum >= expiry }.reduce(0) { $0 + $1.bytes }
        }
        return LogGroup(name: group.settings.name, settings: group.settings, storedBytes: bytes)
    }

    // MARK: Streams

    /// - Throws: ``LogStoreError/noSuchGroup``, ``LogStoreError/streamExists``.
    package func createStream(_ id: LogStreamID) async throws {
        let settings = LogStreamSettings(name: id.stream, creationTime: clock.now(), isPermanent: true)
        try await change { try $0.createStream(settings, in: .init(scope: id.scope, group: id.group)) }
    }

    /// - Throws: ``LogStoreError/noSuchGroup``, ``LogStoreError/noSuchStream``.
    package func deleteStream(_ id: LogStreamID) async throws {
        try await change { try $0.deleteStream(id.stream, in: .init(scope: id.scope, group: id.group)) }
    }

    /// All streams of a group, by name.
    ///
    /// - Throws: ``LogStoreError/noSuchGroup``.
    package func streams(of group: LogGroupName, in scope: Scope) async throws -> [LogStream] {
        let now = clock.now()
        return try catalog.withLock { catalog in
            let group = try catalog.group(.init(scope: scope, group: group))
            let expiry = group.settings.expiry(at: now)
            return group.streams.values.map { $0.view(after: expiry) }
        }.sorted { $0.name.rawValue.utf8.lexicographicallyPrecedes($1.name.rawValue.utf8) }
    }

    // MARK: Events

    /// Appends events for a caller who must know that they are in the files.
    ///
    /// - Throws: ``LogStoreError/noSuchGroup``, ``LogStoreError/noSuchStream``, and what the file system says.
    package func put(_ chunks: [LogChunk], to id: LogStreamID) async throws {
        let now = clock.now()
        try await change { catalog in
            let group = try catalog.group(.init(scope: id.scope, group: id.group))
            guard group.streams[id.stream] != nil else { throw LogStoreError.noSuchStream }
            var lines = EncodedLines(ingestionTime: now)
            for chunk in chunks { lines.append(chunk) }
            try catalog.append(lines, to: id, now: now)
            _ = catalog.makeRoom()
        }
    }

    /// One page of events, those that have not expired.
    ///
    /// - Throws: ``LogStoreError/noSuchGroup``, ``LogStoreError/noSuchStream``.
    package func events(_ query: LogQuery) async throws -> LogPage {
        let now = clock.now()
        return try await threadPool.runIfActive { [self] in
            let (files, range) = try catalog.withLock { try Self.plan(query, $0, now) }
            guard let range else { return LogPage(events: [], continuation: nil) }
            var scan = LogScan(query, range: range)
            return try scan.page(of: files) { file in try self.openFile(file, query) }
        }
    }

    /// The files as they are now, and the times that may be seen; `nil` if that is none.
    private static func plan(
        _ query: LogQuery, _ catalog: LogCatalog, _ now: Timestamp
    ) throws -> ([LogScan.File], Range<Int64>?) {
        let group = try catalog.group(.init(scope: query.scope, group: query.group))
        let streams: [LogStreamState]
        switch query.streams {
        case .all: streams = Array(group.streams.values)
        case .prefix(let prefix):
            streams = group.streams.values.filter { $0.settings.name.rawValue.utf8.starts(with: prefix.utf8) }
        case .named(let names):
            streams = try Set(names).map { name in
                guard let stream = group.streams[name] else { throw LogStoreError.noSuchStream }
                return stream
            }
        }
        let start = max(0, query.start, group.settings.expiry(at: now) ?? 0)
        guard start < query.end else { return ([], nil) }
        let files = streams.flatMap { stream in
            stream.segments.map { LogScan.File(stream: stream.settings.name, segment: $0) }
        }
        return (files, start..<query.end)
    }

    /// Under the lock, because a file's name changes when it is closed.
    private func openFile(_ file: LogScan.File, _ query: LogQuery) throws -> SystemPackage.FileDescriptor? {
        try catalog.withLock { catalog in
            let group = catalog.groups[.init(scope: query.scope, group: query.group)]
            guard let stream = group?.streams[file.stream],
                let segment = stream.segments.first(where: { $0.firstSequence == file.segment.firstSequence })
            else { return nil }
            return try LogFiles.openForReading(stream.path(of: segment))
        }
    }

    // MARK: Retention

    /// Deletes what has expired.
    package func expire() async throws {
        let now = clock.now()
        try await change { $0.expire(now: now) }
    }

    private func change<Result: Sendable>(
        _ change: @escaping @Sendable (inout sending LogCatalog) throws -> Result
    ) async throws -> Result {
        try await threadPool.runIfActive { [self] in try catalog.withLock { try change(&$0) } }
    }
}
