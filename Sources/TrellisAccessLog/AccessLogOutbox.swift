import NIOCore
import TrellisModel

/// The lines of one log that wait for their delivery, and what became of those before them.
struct AccessLogOutbox: Sendable {
    let source: AccessLogSource
    let writer: any AccessLogWriter
    let interval: Duration

    private var chunks: [AccessLogChunk] = []
    /// What waits, without ``retry``.
    private var waitingBytes = 0
    private var waitingSince: Timestamp?
    private var retry: (batch: AccessLogBatch, attempts: Int, due: Timestamp)?
    private(set) var isDelivering = false
    /// Bytes that wait or are being delivered.
    private(set) var pendingBytes = 0
    /// The log is gone: what is left is delivered at once.
    var isRetired = false
    private(set) var counts = AccessLogCounts()
    private var reportedDrops: UInt64 = 0

    init(source: AccessLogSource, writer: any AccessLogWriter, interval: Duration) {
        self.source = source
        self.writer = writer
        self.interval = interval
    }

    var isEmpty: Bool { chunks.isEmpty && retry == nil && !isDelivering }

    /// - Parameter room: Bytes that may be kept.
    /// - Returns: The bytes that are kept, 0 if the lines were dropped.
    mutating func put(_ chunk: AccessLogChunk, room: Int, at now: Timestamp) -> Int {
        let bytes = chunk.bytes.readableBytes
        counts.received &+= UInt64(chunk.lines.count)
        guard bytes <= room else {
            counts.dropped &+= UInt64(chunk.lines.count)
            return 0
        }
        chunks.append(chunk)
        waitingBytes += bytes
        pendingBytes += bytes
        if waitingSince == nil { waitingSince = now }
        return bytes
    }

    // MARK: Deliveries

    /// - Parameter atOnce: Whether to wait for nothing but the end of the delivery under way.
    func isDue(at now: Timestamp, atOnce: Bool) -> Bool {
        guard !isDelivering else { return false }
        if let retry { return atOnce || retry.due <= now }
        guard let waitingSince else { return false }
        // A clock that was set back must not keep lines waiting.
        return atOnce || isRetired || waitingBytes >= writer.batchBytes || now < waitingSince
            || waitingSince.duration(to: now) >= interval
    }

    /// Begins a delivery.
    ///
    /// - Returns: `nil` if there is nothing to deliver.
    mutating func take(at now: Timestamp, hash: () -> String) -> (batch: AccessLogBatch, attempts: Int)? {
        guard !isDelivering else { return nil }
        if let retry {
            self.retry = nil
            isDelivering = true
            return (retry.batch, retry.attempts)
        }
        guard !chunks.isEmpty else { return nil }
        var taken: [AccessLogChunk] = []
        var bytes = 0
        for chunk in chunks {
            if bytes > 0, bytes + chunk.bytes.readableBytes > writer.batchBytes + Self.overrun { break }
            taken.append(chunk)
            bytes += chunk.bytes.readableBytes
        }
        chunks.removeFirst(taken.count)
        waitingBytes -= bytes
        waitingSince = chunks.isEmpty ? nil : waitingSince
        isDelivering = true
        return (AccessLogBatch(taken, at: now, hash: hash()), 0)
    }

    /// A delivery has ended.
    ///
    /// - Parameters:
    ///   - lines: How many lines it began with.
    ///   - bytes: How many bytes it began with.
    ///   - batch: What is left of it.
    ///   - retryAt: When to try again, `nil` to drop what is left.
    /// - Returns: The bytes that need not be kept any more.
    mutating func delivered(
        lines: Int, bytes: Int, leaving batch: AccessLogBatch, attempts: Int, error: AccessLogWriteError?,
        retryAt: Timestamp?
    ) -> Int {
        isDelivering = false
        counts.delivered &+= UInt64(max(0, lines - batch.lines.count))
        counts.lastError = error?.reason
        if error != nil { counts.failedAttempts &+= 1 }
        var freed = bytes - batch.byteCount
        if !batch.lines.isEmpty, let retryAt {
            retry = (batch, attempts, retryAt)
        } else {
            counts.dropped &+= UInt64(batch.lines.count)
            freed = bytes
        }
        pendingBytes -= freed
        return freed
    }

    /// Gives up everything that still waits.
    mutating func dropAll() {
        counts.dropped &+= UInt64(chunks.reduce(0) { $0 + $1.lines.count } + (retry?.batch.lines.count ?? 0))
        chunks = []
        retry = nil
        waitingBytes = 0
        pendingBytes = 0
        waitingSince = nil
    }

    /// The number of lines that were dropped since the last call.
    mutating func takeUnreportedDrops() -> UInt64 {
        defer { reportedDrops = counts.dropped }
        return counts.dropped &- reportedDrops
    }

    /// A batch may be larger by one chunk rather than be cut short.
    private static let overrun = 131_072
}

/// What became of the lines of a log.
package struct AccessLogCounts: Hashable, Sendable {
    package var received: UInt64 = 0
    package var delivered: UInt64 = 0
    package var dropped: UInt64 = 0
    package var failedAttempts: UInt64 = 0
    /// Of the last attempt, `nil` if it succeeded.
    package var lastError: String?
}
