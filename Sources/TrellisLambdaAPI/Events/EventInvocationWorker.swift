package import Logging
package import NIOCore
import ServiceLifecycle
import Synchronization
package import TrellisInvoke
package import TrellisModel
import TrellisStore

package struct EventInvocationConfiguration: Hashable, Sendable {
    /// Before the first retry of a function that failed; twice as long before the second.
    package var retryDelay: Duration
    /// Events that run at the same time; bounds the memory they take, about a megabyte each.
    package var maximumRunning: Int
    /// How long running events may go on at shutdown; what is not done by then runs again after the next start.
    package var drainTimeout: Duration

    /// - Parameter retryDelay: Lambda's; see reference lambda.md §3.2.
    package init(
        retryDelay: Duration = .seconds(60), maximumRunning: Int = 128, drainTimeout: Duration = .seconds(5)
    ) {
        self.retryDelay = retryDelay
        self.maximumRunning = maximumRunning
        self.drainTimeout = drainTimeout
    }
}

/// Runs what the ``EventInvocationQueue`` holds: invokes, tries again, gives up, and tells the destinations.
///
/// An event leaves the store only with its outcome, so each runs at least once; one that was running when the process
/// was killed runs again. One worker for each store.
package struct EventInvocationWorker: Service {
    /// Between two looks at the queue even if nothing is due: the time of day may be set meanwhile.
    private static let longestPause = Duration.seconds(60)

    private let queue: EventInvocationQueue
    private let runner: EventInvocationRunner
    private let timer: any Clock<Duration>
    private let configuration: EventInvocationConfiguration
    private let becameReady: @Sendable () async -> Void
    private let logger: Logger

    /// - Parameters:
    ///   - eventLoopGroup: The loops on which `invoker` is called.
    ///   - random: For the request ids of destinations.
    ///   - timer: Waits for what is due, as the queue's clock tells it.
    ///   - settings: Asked at each attempt; by default those in the store.
    ///   - becameReady: Returns when `invoker` knows the functions in the store.
    package init(
        queue: EventInvocationQueue, invoker: any FunctionInvoker, eventLoopGroup: any EventLoopGroup,
        random: any RandomSource, timer: any Clock<Duration> = ContinuousClock(),
        configuration: EventInvocationConfiguration = EventInvocationConfiguration(),
        settings: EventInvocationSettings.Lookup? = nil,
        becameReady: @escaping @Sendable () async -> Void, logger: Logger
    ) {
        self.queue = queue
        self.timer = timer
        self.configuration = configuration
        self.becameReady = becameReady
        self.logger = logger
        runner = EventInvocationRunner(
            queue: queue, invoker: invoker, eventLoopGroup: eventLoopGroup, random: random,
            retryDelay: configuration.retryDelay, settings: settings ?? queue.settings(of:), logger: logger)
    }

    /// Runs until graceful shutdown, cancellation, or the store closes.
    ///
    /// - Throws: What the store throws when it cannot be read any more.
    package func run() async throws {
        try await withGracefulShutdownHandler {
            do {
                try await serve()
            } catch StoreError.closed {
                // Everything is in the store and found again.
            } catch is CancellationError {
            }
        } onGracefulShutdown: {
            queue.close()
        }
    }

    private func serve() async throws {
        await cancelWhenGracefulShutdown { await becameReady() }
        queue.note(try await queue.store.scopes())
        let running = RunningEvents(limit: configuration.maximumRunning)
        try await withThrowingDiscardingTaskGroup { group in
            defer { group.cancelAll() }
            var wakeUps = queue.wakeUps.makeAsyncIterator()
            while !queue.isClosed, !Task.isCancelled {
                let pause = try await startDue(running) { due in
                    // A child of this function, which waits for it.
                    group.addTask { await run(due, running) }
                }
                await wait(for: &wakeUps, atMost: pause)
            }
            await drain(running, &wakeUps)
        }
    }

    /// Starts what is due, as far as there is room.
    ///
    /// - Returns: How long nothing else will be due, unless something wakes the worker.
    private func startDue(
        _ running: RunningEvents, _ start: (EventInvocationDueRecord) -> Void
    ) async throws -> Duration {
        var pause = Self.longestPause
        for scope in queue.scopes {
            // One more than can run, so that those that run already do not hide the others.
            let page = try await queue.store.range(
                under: .all(.eventInvocationDue, in: scope), after: nil, limit: configuration.maximumRunning + 1)
            let now = queue.clock.now()
            for entry in page.entries where !running.contains(entry.key) {
                guard let due = decode(entry) else { continue }
                guard due.dueAt <= now else {
                    pause = min(pause, now.duration(to: due.dueAt))
                    break
                }
                // Whoever ends next wakes the worker.
                guard running.insert(entry.key) else { return pause }
                start(due)
            }
        }
        return pause
    }

    private func decode(_ entry: StoreEntry) -> EventInvocationDueRecord? {
        do {
            return try StoredRecordCoding.decode(EventInvocationDueRecord.self, from: entry.value, at: entry.key)
        } catch {
            logger.error("queued event cannot be read", metadata: ["key": "\(entry.key)", "error": "\(error)"])
            return nil
        }
    }

    private func run(_ due: EventInvocationDueRecord, _ running: RunningEvents) async {
        do {
            try await runner.run(due)
        } catch StoreError.closed {
        } catch is CancellationError {
        } catch {
            logger.error(
                "asynchronous invocation is tried again: its outcome could not be kept",
                metadata: ["requestId": "\(due.requestID)", "error": "\(error)"])
            try? await timer.sleep(for: EventInvocationSchedule.firstBackOff)
        }
        running.remove(due.key)
        queue.wake()
    }

    /// Lets what runs go on for a while.
    private func drain(_ running: RunningEvents, _ wakeUps: inout AsyncStream<Void>.Iterator) async {
        await withTaskGroup { group in
            let isOver = Mutex(false)
            group.addTask {
                guard (try? await timer.sleep(for: configuration.drainTimeout)) != nil else { return }
                isOver.withLock { $0 = true }
                queue.wake()
            }
            while !running.isEmpty, !isOver.withLock({ $0 }), await wakeUps.next() != nil {}
            group.cancelAll()
        }
    }

    private func wait(for wakeUps: inout AsyncStream<Void>.Iterator, atMost pause: Duration) async {
        await withTaskGroup { group in
            group.addTask {
                guard (try? await timer.sleep(for: pause)) != nil else { return }
                queue.wake()
            }
            _ = await wakeUps.next()
            group.cancelAll()
        }
    }
}

/// The events that are being run now, by their keys in the queue.
private final class RunningEvents: Sendable {
    private let limit: Int
    private let keys = Mutex<Set<StoreKey>>([])

    init(limit: Int) {
        self.limit = limit
    }

    var isEmpty: Bool { keys.withLock { $0.isEmpty } }

    func contains(_ key: StoreKey) -> Bool { keys.withLock { $0.contains(key) } }

    /// - Returns: `false` if there is no room.
    func insert(_ key: StoreKey) -> Bool {
        keys.withLock { keys in
            guard keys.count < limit else { return false }
            return keys.insert(key).inserted
        }
    }

    func remove(_ key: StoreKey) { keys.withLock { _ = $0.remove(key) } }
}
