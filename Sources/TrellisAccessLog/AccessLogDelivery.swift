package import Logging
import ServiceLifecycle
import Synchronization
package import TrellisModel
package import TrellisRouting

/// Takes access log lines from the event loops to their destinations.
///
/// What waits is bounded; lines beyond the bound, and those that a destination does not take after several attempts,
/// are dropped, counted and reported. A graceful shutdown delivers what is left, for a limited time.
package final class AccessLogDelivery: AccessLogReceiver, Service {
    package let hasServerLog: Bool

    private let configuration: AccessLogConfiguration
    private let outboxes: Mutex<AccessLogOutboxes>
    private let clock: any WallClock
    private let random: any RandomSource
    private let logger: Logger
    /// Yields when there is something to do after there was nothing.
    private let work: AsyncStream<Void>
    private let hasWork: AsyncStream<Void>.Continuation

    /// - Parameter makeWriter: Makes the writer of a log, once.
    package init(
        configuration: AccessLogConfiguration, clock: any WallClock, random: any RandomSource, logger: Logger,
        makeWriter: @escaping @Sendable (AccessLogSource) -> any AccessLogWriter
    ) {
        self.configuration = configuration
        self.clock = clock
        self.random = random
        self.logger = logger
        hasServerLog = configuration.serverLog != .none
        outboxes = Mutex(AccessLogOutboxes(configuration: configuration, makeWriter: makeWriter))
        (work, hasWork) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    package func receive(_ chunk: AccessLogChunk, from source: AccessLogSource) {
        let now = clock.now()
        let wasIdle = outboxes.withLock { outboxes in
            let wasIdle = !outboxes.hasPending
            outboxes.put(chunk, from: source, at: now)
            return wasIdle
        }
        if wasIdle { hasWork.yield() }
    }

    /// Lines of subscriptions that are not in the snapshot are delivered at once.
    package func apply(_ snapshot: Snapshot) {
        outboxes.withLock { $0.use(snapshot) }
    }

    /// How every log fares that had lines.
    package var statuses: [AccessLogStatus] { outboxes.withLock(\.statuses) }

    // MARK: Service

    package func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { deliveries in
                // The task group owns the deliveries under way.
                await start { delivery in deliveries.addTask { await self.deliver(delivery) } }
                deliveries.cancelAll()
            }
        } onGracefulShutdown: {
            self.outboxes.withLock { $0.close() }
            self.hasWork.yield()
        }
        // What could not be delivered in time.
        outboxes.withLock { $0.dropAll() }
        reportDrops()
        try Task.checkCancellation()
    }

    private func start(_ begin: (AccessLogOutboxes.Delivery) -> Void) async {
        var wakeUps = work.makeAsyncIterator()
        let time = ContinuousClock()
        var end: ContinuousClock.Instant?
        var lastReport: ContinuousClock.Instant?
        while !Task.isCancelled {
            let now = clock.now()
            let (due, hasPending, isClosing) = outboxes.withLock { outboxes in
                (outboxes.takeDue(at: now) { hash() }, outboxes.hasPending, outboxes.isClosing)
            }
            for delivery in due { begin(delivery) }
            if isClosing {
                let limit = end ?? time.now + configuration.shutdownLimit
                end = limit
                guard hasPending, time.now < limit else { return }
                // Cancelled, the loop ends.
                try? await time.sleep(for: Self.closingTick)
            } else if hasPending {
                if lastReport.map({ time.now - $0 >= Self.reportInterval }) ?? true, reportDrops() {
                    lastReport = time.now
                }
                try? await time.sleep(for: Self.tick)
            } else {
                reportDrops()
                _ = await wakeUps.next()
            }
        }
    }

    private func deliver(_ delivery: AccessLogOutboxes.Delivery) async {
        var batch = delivery.batch
        var failure: AccessLogWriteError?
        do {
            try await delivery.writer.write(&batch)
        } catch {
            failure = error
        }
        let now = clock.now()
        let jitter = Double(random.next() >> 11) / Double(1 << 53)
        outboxes.withLock { $0.ended(delivery, leaving: batch, error: failure, at: now, jitter: jitter) }
        if let failure {
            var metadata = delivery.source.metadata
            metadata["lines"] = "\(batch.lines.count)"
            metadata["attempt"] = "\(delivery.attempts + 1)"
            metadata["error"] = "\(failure.reason)"
            logger.notice("access log lines were not delivered", metadata: metadata)
        }
    }

    /// - Returns: Whether there were any.
    @discardableResult
    private func reportDrops() -> Bool {
        let drops = outboxes.withLock { $0.takeUnreportedDrops() }
        for drop in drops {
            var metadata = drop.source.metadata
            metadata["lines"] = "\(drop.lines)"
            metadata["lastError"] = drop.lastError.map { "\($0)" }
            logger.warning("access log lines were dropped", metadata: metadata)
        }
        return !drops.isEmpty
    }

    /// Eight characters for the names of objects.
    private func hash() -> String { String(random.hexadecimalDigits(words: 1).prefix(8)) }

    /// How often is looked for what is due while anything waits.
    private static let tick = Duration.milliseconds(50)
    private static let closingTick = Duration.milliseconds(10)
    private static let reportInterval = Duration.seconds(30)
}

extension AccessLogSource {
    fileprivate var metadata: Logger.Metadata {
        switch self {
        case .server: ["log": "server"]
        case .subscription(let log):
            ["log": "\(log.record.id)", "destination": "\(log.record.destinationARN)"]
        }
    }
}
