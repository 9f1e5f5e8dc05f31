package import Logging
import ServiceLifecycle
package import TrellisModel
package import TrellisStore

/// How long things in progress take.
package struct LifecycleConfiguration: Hashable, Sendable {
    /// From `…_IN_PROGRESS` to the next state.
    package var transitionDelay: Duration
    /// From DeregisterTargets until the target is gone.
    package var drainDelay: Duration
    /// Between two looks at the records of a domain whose verification is pending.
    package var domainCheckInterval: Duration
    /// Between two removals of expired client tokens.
    package var tokenSweepInterval: Duration
    /// Before a completion that failed is tried again.
    package var retryDelay: Duration

    /// - Parameters:
    ///   - transitionDelay: Long enough that a client sees the state in progress, short enough that nobody waits.
    ///   - drainDelay: Requests under way are not cut off by it; it only keeps the target visible as `DRAINING`.
    package init(
        transitionDelay: Duration = .milliseconds(100), drainDelay: Duration = .seconds(1),
        domainCheckInterval: Duration = .seconds(1), tokenSweepInterval: Duration = .seconds(3600),
        retryDelay: Duration = .seconds(1)
    ) {
        self.transitionDelay = transitionDelay
        self.drainDelay = drainDelay
        self.domainCheckInterval = domainCheckInterval
        self.tokenSweepInterval = tokenSweepInterval
        self.retryDelay = retryDelay
    }

    func duration(of delay: PendingDelay) -> Duration {
        switch delay {
        case .transition: transitionDelay
        case .drain: drainDelay
        case .domainCheck: domainCheckInterval
        }
    }
}

/// Completes what the API leaves in progress: creations, updates, deletions and draining targets.
///
/// What is in progress is written in the records themselves, so nothing is lost when the process ends: the next worker
/// finds it when it starts. Completing twice does no harm, so several workers may share a store.
package struct LifecycleWorker: Service {
    private let store: any Store
    private let timer: any Clock<Duration>
    private let configuration: LifecycleConfiguration
    private let logger: Logger
    private let tokens: ClientTokenSweep
    private let surroundings: LifecycleSurroundings

    /// - Parameters:
    ///   - clock: Says which client tokens are expired and which domain verifications are too late.
    ///   - timer: Waits for the delays.
    ///   - domainOwnership: What proves that a domain belongs to who wants it verified.
    package init(
        store: any Store, clock: any WallClock, timer: any Clock<Duration> = ContinuousClock(),
        configuration: LifecycleConfiguration = LifecycleConfiguration(),
        domainOwnership: DomainOwnership = DomainOwnership(), logger: Logger
    ) {
        self.store = store
        self.timer = timer
        self.configuration = configuration
        self.logger = logger
        tokens = ClientTokenSweep(store: store, clock: clock)
        surroundings = LifecycleSurroundings(clock: clock, domainOwnership: domainOwnership)
    }

    /// Runs until graceful shutdown, cancellation, or the store closes.
    ///
    /// - Throws: ``StoreError/unusable(path:reason:)`` when the store cannot be read any more.
    package func run() async throws {
        try await cancelWhenGracefulShutdown {
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { await sweepTokens() }
                do {
                    try await follow { pending in group.addTask { await complete(pending) } }
                } catch is CancellationError {
                    // Shutdown: what is in progress stays so and is found again.
                }
                group.cancelAll()
            }
        }
    }

    /// Reports every record in progress: first those that are in the store, then each one that is written.
    private func follow(_ found: (PendingCompletion) -> Void) async throws {
        while !Task.isCancelled {
            do {
                // Tokens are many and are looked at by the sweep alone.
                for scope in try await store.scopes() { tokens.note(scope) }
                // What is written while the pages are read comes again as a change.
                var known: [StoreKey: Revision] = [:]
                let revision = try await store.load(PendingCompletion.kinds) { page in
                    for entry in page where note(entry.key, entry.value, found) { known[entry.key] = entry.revision }
                }
                for try await changeSets in store.watchTogether(under: .root, from: revision.next) {
                    for changeSet in changeSets { note(changeSet, &known, found) }
                }
                return
            } catch StoreError.compacted {
                logger.info("lifecycle worker fell behind the changes and starts over")
            } catch StoreError.closed {
                return
            }
        }
    }

    private func note(
        _ changeSet: StoreChangeSet, _ known: inout [StoreKey: Revision], _ found: (PendingCompletion) -> Void
    ) {
        for change in changeSet.changes {
            if let seen = known.removeValue(forKey: change.key), seen >= changeSet.revision { continue }
            if let value = change.value { _ = note(change.key, value, found) }
        }
    }

    /// - Returns: Whether the record is in progress.
    private func note(_ key: StoreKey, _ value: [UInt8], _ found: (PendingCompletion) -> Void) -> Bool {
        tokens.note(key)
        do {
            guard let pending = try PendingCompletion(key: key, value: value) else { return false }
            found(pending)
            return true
        } catch {
            logger.error("record cannot be read", metadata: ["key": "\(key)", "error": "\(error)"])
            return false
        }
    }

    /// Waits, then completes; tries again until it is done or the worker ends.
    private func complete(_ pending: PendingCompletion) async {
        var delay = configuration.duration(of: pending.delay)
        while await wait(delay) {
            do {
                if try await pending.complete(store, surroundings) { return }
                delay = configuration.duration(of: pending.delay)
            } catch StoreError.closed {
                return
            } catch {
                logger.error(
                    "completion failed and is tried again",
                    metadata: ["key": "\(pending.key)", "error": "\(error)"])
                delay = configuration.retryDelay
            }
        }
    }

    private func sweepTokens() async {
        while await wait(configuration.tokenSweepInterval) {
            do {
                try await tokens.removeExpired()
            } catch {
                logger.error("expired client tokens were not removed", metadata: ["error": "\(error)"])
            }
        }
    }

    /// - Returns: `false` if the worker is to end.
    private func wait(_ duration: Duration) async -> Bool {
        guard duration > .zero else { return !Task.isCancelled }
        do {
            try await timer.sleep(for: duration)
            return true
        } catch {
            return false
        }
    }
}
