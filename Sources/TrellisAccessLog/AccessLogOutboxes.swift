import TrellisModel
import TrellisRouting

/// All outboxes, within one bound.
struct AccessLogOutboxes: Sendable {
    /// A log by what it is now: a subscription whose destination changed is another one.
    enum Key: Hashable, Sendable {
        case server
        case subscription(SlotIdentity)
    }

    struct Delivery: Sendable {
        let key: Key
        let source: AccessLogSource
        let writer: any AccessLogWriter
        let batch: AccessLogBatch
        let attempts: Int
    }

    private let configuration: AccessLogConfiguration
    private let makeWriter: @Sendable (AccessLogSource) -> any AccessLogWriter
    private var outboxes: [Key: AccessLogOutbox] = [:]
    private var snapshot = Snapshot()
    private var pendingBytes = 0
    private var deliveries = 0
    private(set) var isClosing = false

    init(
        configuration: AccessLogConfiguration,
        makeWriter: @escaping @Sendable (AccessLogSource) -> any AccessLogWriter
    ) {
        self.configuration = configuration
        self.makeWriter = makeWriter
    }

    var hasPending: Bool { pendingBytes > 0 || deliveries > 0 }

    mutating func put(_ chunk: AccessLogChunk, from source: AccessLogSource, at now: Timestamp) {
        let key = Key(source)
        var outbox =
            outboxes.removeValue(forKey: key)
            ?? AccessLogOutbox(
                source: source, writer: makeWriter(source), interval: configuration.interval(of: source))
        // The last lines of a log that is gone.
        outbox.isRetired = !isCurrent(key)
        let room = min(
            configuration.pendingBytes - outbox.pendingBytes, configuration.totalPendingBytes - pendingBytes)
        pendingBytes += outbox.put(chunk, room: room, at: now)
        outboxes[key] = outbox
    }

    /// Lines of subscriptions that are not in the snapshot are delivered at once, and then forgotten.
    mutating func use(_ snapshot: Snapshot) {
        let mayHaveLost = snapshot.accessLogRevision != self.snapshot.accessLogRevision
        self.snapshot = snapshot
        guard mayHaveLost else { return }
        for key in outboxes.keys where !isCurrent(key) { outboxes[key]?.isRetired = true }
        forgetRetired()
    }

    private func isCurrent(_ key: Key) -> Bool {
        switch key {
        case .server: true
        case .subscription(let slot): snapshot.hasAccessLog(slot)
        }
    }

    private mutating func forgetRetired() {
        for (key, outbox) in outboxes where outbox.isRetired && outbox.isEmpty { outboxes[key] = nil }
    }

    // MARK: Deliveries

    mutating func close() { isClosing = true }

    mutating func takeDue(at now: Timestamp, hash: () -> String) -> [Delivery] {
        var due: [Delivery] = []
        guard pendingBytes > 0 else { return due }
        // Collected first: to change the outboxes while they are walked through would copy them.
        let closing = isClosing
        let keys = outboxes.lazy.filter { $0.value.isDue(at: now, atOnce: closing) }.map(\.key)
            .prefix(max(0, configuration.concurrentDeliveries - deliveries))
        for key in Array(keys) {
            guard var outbox = outboxes.removeValue(forKey: key) else { continue }
            if let (batch, attempts) = outbox.take(at: now, hash: hash) {
                deliveries += 1
                due.append(
                    Delivery(key: key, source: outbox.source, writer: outbox.writer, batch: batch, attempts: attempts))
            }
            outboxes[key] = outbox
        }
        return due
    }

    /// - Parameters:
    ///   - left: What was not delivered.
    ///   - jitter: 0 to 1, spreads attempts that failed together.
    mutating func ended(
        _ delivery: Delivery, leaving left: AccessLogBatch, error: AccessLogWriteError?, at now: Timestamp,
        jitter: Double
    ) {
        deliveries -= 1
        let attempts = delivery.attempts + 1
        var retryAt: Timestamp?
        if case .unavailable = error, attempts < configuration.attempts {
            retryAt = now.advanced(by: isClosing ? .milliseconds(100) : configuration.pause(after: attempts, jitter))
        }
        pendingBytes -=
            outboxes[delivery.key]?.delivered(
                lines: delivery.batch.lines.count, bytes: delivery.batch.byteCount, leaving: left, attempts: attempts,
                error: error, retryAt: retryAt) ?? 0
        if let outbox = outboxes[delivery.key], outbox.isRetired, outbox.isEmpty { outboxes[delivery.key] = nil }
    }

    mutating func dropAll() {
        for key in outboxes.keys { outboxes[key]?.dropAll() }
        pendingBytes = 0
    }

    // MARK: Status

    var statuses: [AccessLogStatus] {
        outboxes.values.map {
            AccessLogStatus(source: $0.source, counts: $0.counts, pendingBytes: $0.pendingBytes)
        }
    }

    /// The logs that lost lines since the last call.
    mutating func takeUnreportedDrops() -> [(source: AccessLogSource, lines: UInt64, lastError: String?)] {
        outboxes.keys.compactMap { key in
            guard let lines = outboxes[key]?.takeUnreportedDrops(), lines > 0, let outbox = outboxes[key] else {
                return nil
            }
            return (outbox.source, lines, outbox.counts.lastError)
        }
    }
}

/// How the delivery of one log goes.
package struct AccessLogStatus: Sendable {
    package var source: AccessLogSource
    package var counts: AccessLogCounts
    /// Lines that wait or are being delivered, in bytes.
    package var pendingBytes: Int
}

extension AccessLogOutboxes.Key {
    init(_ source: AccessLogSource) {
        switch source {
        case .server: self = .server
        case .subscription(let log): self = .subscription(log.slot)
        }
    }
}

extension AccessLogConfiguration {
    /// Twice as long after every attempt, and up to a quarter shorter by chance.
    fileprivate func pause(after attempts: Int, _ jitter: Double) -> Duration {
        var pause = firstRetry
        for _ in 1..<max(1, min(attempts, 32)) where pause < longestRetry { pause = pause * 2 }
        return min(pause, longestRetry) * (1 - jitter / 4)
    }
}
