import NIOCore
import TrellisLogs
import TrellisModel

/// Gathers what the environments of one event loop log, and hands it to the store in batches.
///
/// Handing over each line by itself would cost an invocation a lock and a wake-up of the store.
///
/// `@unchecked Sendable`: everything here is read and written on `eventLoop` only.
final class LoopLogs: @unchecked Sendable {
    /// How long a line may wait for others.
    private static let flushInterval = TimeAmount.milliseconds(50)
    /// A batch of this size does not wait.
    private static let batchSize = 256 * 1024
    /// Bytes that are not in a file yet; above it, output of functions is no longer read and their writes block.
    private static let highWater = 4 * 1024 * 1024

    private let eventLoop: any EventLoop
    private let store: LogStore
    private var batches: [LogStreamID: LogBatch] = [:]
    private var batchBytes = 0
    private var bytesBeingWritten = 0
    private var isFlushScheduled = false
    private var resumptions: [() -> Void] = []
    private var flushed: [EventLoopPromise<Void>] = []

    init(eventLoop: any EventLoop, store: LogStore) {
        self.eventLoop = eventLoop
        self.store = store
    }

    /// Adds lines to a stream.
    ///
    /// - Parameter openedAt: When the environment was made: a log group that was deleted later stays deleted.
    func append(_ lines: ByteBuffer, at now: Timestamp, to stream: LogStreamID, openedAt: Timestamp) {
        guard lines.readableBytes > 0 else { return }
        var batch =
            batches.removeValue(forKey: stream)
            ?? LogBatch([], to: stream, missingGroup: .create(unlessDeletedSince: openedAt))
        if let last = batch.chunks.indices.last, batch.chunks[last].timestamp == now {
            batch.chunks[last].bytes.writeImmutableBuffer(lines)
        } else {
            batch.chunks.append(LogChunk(.lines, lines, at: now))
        }
        batches[stream] = batch
        batchBytes += lines.readableBytes
        if batchBytes >= Self.batchSize {
            flush()
        } else if !isFlushScheduled {
            isFlushScheduled = true
            eventLoop.assumeIsolated().scheduleTask(in: Self.flushInterval) { [self] in
                isFlushScheduled = false
                flush()
            }
        }
    }

    /// `true` if more output should not be read before ``whenWritable(_:)`` calls back.
    var isCongested: Bool { batchBytes + bytesBeingWritten > Self.highWater }

    func whenWritable(_ resume: @escaping () -> Void) { resumptions.append(resume) }

    /// Succeeds when everything appended before is in the files.
    func drained() -> EventLoopFuture<Void> {
        flush()
        guard bytesBeingWritten > 0 else { return eventLoop.makeSucceededVoidFuture() }
        let promise = eventLoop.makePromise(of: Void.self)
        flushed.append(promise)
        return promise.futureResult
    }

    private func flush() {
        guard batchBytes > 0 else { return }
        let size = batchBytes
        bytesBeingWritten += size
        batchBytes = 0
        let batches = Array(batches.values)
        self.batches = [:]
        store.append(batches) { [self] in
            eventLoop.execute { self.written(size) }
        }
    }

    private func written(_ size: Int) {
        bytesBeingWritten -= size
        if !isCongested {
            let waiting = resumptions
            resumptions = []
            for resume in waiting { resume() }
        }
        guard bytesBeingWritten == 0 else { return }
        let waiting = flushed
        flushed = []
        for promise in waiting { promise.succeed() }
    }
}
