import Logging
import NIOCore
import Synchronization
import TrellisModel
import TrellisStore

/// Follows the store and hands every change of a function to each event loop.
final class FunctionDirectoryFeed: Sendable {
    private struct Waiter {
        var revision: Revision
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var applied: Revision?
        var hasEnded = false
        var waiters: [UInt64: Waiter] = [:]
        var nextWaiter: UInt64 = 0
    }

    private let store: any Store
    private let loops: [HostLoop]
    private let accountConcurrency: Int
    private let logger: Logger
    private let state = Mutex(State())

    init(store: any Store, loops: [HostLoop], accountConcurrency: Int, logger: Logger) {
        self.store = store
        self.loops = loops
        self.accountConcurrency = accountConcurrency
        self.logger = logger
    }

    /// Runs until the store closes or the task is cancelled.
    func run() async throws {
        defer { end() }
        var compiler = FunctionDirectoryCompiler(eventLoops: loops.count, accountConcurrency: accountConcurrency)
        while !Task.isCancelled {
            var range = StoreRange(entries: [], revision: .zero)
            range.revision = try await store.load(FunctionDirectoryCompiler.kinds) { range.entries += $0 }
            try await publish(compiler.load(range))
            do {
                for try await changeSets in store.watchTogether(under: .root, from: range.revision.next) {
                    if let update = compiler.apply(changeSets) { try await publish(update) }
                }
                return
            } catch StoreError.compacted(let oldest) {
                logger.notice(
                    "store no longer keeps the next change, reading everything again",
                    metadata: [
                        "oldest": "\(oldest)"
                    ])
            }
        }
    }

    /// Returns once every event loop serves calls with this revision's functions or later ones.
    ///
    /// - Throws: `CancellationError`, or ``FunctionHostError/stopped`` if the feed ends before.
    func waitUntilApplied(_ revision: Revision) async throws {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let result = state.withLock { state -> Result<Void, any Error>? in
                    if let applied = state.applied, applied >= revision { return .success(()) }
                    if state.hasEnded { return .failure(FunctionHostError.stopped) }
                    // The cancellation handler may have run before there was anything to cancel.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiters[id] = Waiter(revision: revision, continuation: continuation)
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    private func publish(_ update: FunctionDirectoryUpdate) async throws {
        for error in update.unreadable {
            logger.error("record of a function cannot be read, it counts as absent", metadata: ["error": "\(error)"])
        }
        if !update.functions.isEmpty {
            for applied in loops.map({ loop in loop.eventLoop.submit { loop.apply(update) } }) {
                try await applied.get()
            }
        }
        let reached = state.withLock { state in
            state.applied = update.revision
            let reached = state.waiters.filter { $0.value.revision <= update.revision }
            for id in reached.keys { state.waiters[id] = nil }
            return reached.values
        }
        for waiter in reached { waiter.continuation.resume() }
    }

    private func end() {
        let waiters = state.withLock { state in
            state.hasEnded = true
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.continuation.resume(throwing: FunctionHostError.stopped) }
    }
}
