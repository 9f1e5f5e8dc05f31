import NIOCore
import TrellisModel

/// Events that a stream has lost.
struct DroppedLogs: Hashable, Sendable {
    var events = 0
    var bytes = 0
}

/// Events between their writers and the disk, at most so many bytes.
struct PendingLogs: Sendable {
    struct Work: Sendable {
        var batches: [LogBatch] = []
        var dropped: [LogStreamID: DroppedLogs] = [:]
        var completions: [@Sendable () -> Void] = []
    }

    /// Streams whose losses are counted one by one.
    private static let maximumStreams = 10_000

    private let limit: Int
    private var work = Work()
    private var bytes = 0
    private var isScheduled = false
    private(set) var droppedEvents = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// - Returns: Whether somebody has to call ``take()`` now; if not, somebody else is about to.
    mutating func add(_ batches: [LogBatch], _ completion: @escaping @Sendable () -> Void) -> Bool {
        for batch in batches {
            let size = batch.bytes
            if bytes + size > limit {
                drop(batch.chunks.reduce(0) { $0 + Self.events(in: $1) }, bytes: size, of: batch.stream)
            } else {
                bytes += size
                work.batches.append(batch)
            }
        }
        work.completions.append(completion)
        defer { isScheduled = true }
        return !isScheduled
    }

    mutating func take() -> Work {
        defer {
            work = Work()
            bytes = 0
            isScheduled = false
        }
        return work
    }

    /// Counts a loss, which the stream learns of with the next events that are written.
    mutating func drop(_ events: Int, bytes: Int, of stream: LogStreamID) {
        droppedEvents += events
        remember(DroppedLogs(events: events, bytes: bytes), of: stream)
    }

    /// Keeps a loss, counted before, for the stream to learn of later.
    mutating func remember(_ dropped: DroppedLogs, of stream: LogStreamID) {
        guard work.dropped[stream] != nil || work.dropped.count < Self.maximumStreams else { return }
        work.dropped[stream, default: DroppedLogs()].events += dropped.events
        work.dropped[stream, default: DroppedLogs()].bytes += dropped.bytes
    }

    private static func events(in chunk: LogChunk) -> Int {
        switch chunk.form {
        case .event: 1
        case .lines:
            chunk.bytes.readableBytesView.split(separator: UInt8(ascii: "\n")).count
        }
    }
}
