package import Logging
import ServiceLifecycle

/// Deletes expired log events now and then.
///
/// Readers never see them, whenever that is; this gives the room back.
package struct LogRetentionWorker: Service {
    private let store: LogStore
    private let interval: Duration
    private let clock: any Clock<Duration>
    private let logger: Logger

    package init(
        store: LogStore, interval: Duration = .seconds(60), clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.store = store
        self.interval = interval
        self.clock = clock
        self.logger = logger
    }

    package func run() async throws {
        try await cancelWhenGracefulShutdown {
            while true {
                do {
                    try await clock.sleep(for: interval)
                } catch is CancellationError {
                    return
                }
                do {
                    try await store.expire()
                } catch is CancellationError {
                    return
                } catch {
                    logger.error("expired log events cannot be deleted", metadata: ["error": "\(error)"])
                }
            }
        }
    }
}
