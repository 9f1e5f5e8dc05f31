import NIOCore
import TrellisAccessLog
import TrellisModel
import TrellisRouting

/// The access log lines of one event loop, until there are enough of them, or they are old enough, to be handed on.
///
/// Used on that loop only.
final class LoopAccessLog {
    /// Lines for one subscription.
    private struct Pending {
        let log: CompiledAccessLog
        var chunk: AccessLogChunk
    }

    private let eventLoop: any EventLoop
    private let receiver: (any AccessLogReceiver)?
    private let hasServerLog: Bool
    private var encoder = AccessLogEncoder()
    private var line = ByteBuffer()
    private var serverChunk = AccessLogChunk()
    /// By the slot of the subscription.
    private var pending: [Pending?] = []
    /// The slots that have something.
    private var filled: [Int] = []
    private var isFlushDue = false

    init(eventLoop: any EventLoop, receiver: (any AccessLogReceiver)?) {
        self.eventLoop = eventLoop
        self.receiver = receiver
        hasServerLog = receiver?.hasServerLog ?? false
    }

    /// Whether anybody wants a line of a request to the service by the network.
    func isWanted(_ route: Route?) -> Bool {
        guard receiver != nil else { return false }
        guard let route else { return hasServerLog }
        return hasServerLog || !route.service.accessLogs.isEmpty || !route.network.accessLogs.isEmpty
    }

    func record(_ entry: AccessLogEntry, by route: Route?) {
        line.clear()
        encoder.encode(entry, into: &line)
        if hasServerLog { appendToServerLog(at: entry.startTime) }
        if let route {
            for log in route.service.accessLogs { append(to: log, at: entry.startTime) }
            for log in route.network.accessLogs { append(to: log, at: entry.startTime) }
        }
        if line.capacity > Self.keptLineBytes { line = ByteBuffer() }
        scheduleFlush()
    }

    private func appendToServerLog(at time: Timestamp) {
        if serverChunk.isEmpty { serverChunk = AccessLogChunk(capacity: Self.chunkBytes + Self.lineReserve) }
        serverChunk.append(line, at: time)
        guard serverChunk.bytes.readableBytes >= Self.chunkBytes else { return }
        receiver?.receive(serverChunk, from: .server)
        serverChunk = AccessLogChunk()
    }

    private func append(to log: CompiledAccessLog, at time: Timestamp) {
        let slot = log.slot.index
        while slot >= pending.count { pending.append(nil) }
        if let earlier = pending[slot], earlier.log !== log { flush(slot) }
        if pending[slot] == nil {
            pending[slot] = Pending(log: log, chunk: AccessLogChunk())
            filled.append(slot)
        }
        pending[slot]?.chunk.append(line, at: time)
        if let bytes = pending[slot]?.chunk.bytes.readableBytes, bytes >= Self.chunkBytes { flush(slot) }
    }

    private func flush(_ slot: Int) {
        guard let done = pending[slot] else { return }
        pending[slot] = nil
        filled.removeAll { $0 == slot }
        receiver?.receive(done.chunk, from: .subscription(done.log))
    }

    /// Hands on all that there is.
    func flush() {
        if !serverChunk.isEmpty {
            receiver?.receive(serverChunk, from: .server)
            serverChunk = AccessLogChunk()
        }
        while let slot = filled.last { flush(slot) }
    }

    private func scheduleFlush() {
        guard !isFlushDue else { return }
        isFlushDue = true
        eventLoop.assumeIsolated().scheduleTask(in: Self.flushInterval) {
            self.isFlushDue = false
            self.flush()
        }
    }

    /// A chunk this large is handed on at once.
    private static let chunkBytes = 65_536
    /// Room for the line that makes a chunk full.
    private static let lineReserve = 4096
    /// The buffer of a line is kept for the next one up to this size.
    private static let keptLineBytes = 65_536
    /// The longest that a line stays on its event loop.
    private static let flushInterval = TimeAmount.milliseconds(200)
}
