import NIOCore
import Synchronization
package import TrellisModel
package import TrellisStore

/// The asynchronous invocations of all accounts that are not done, durable in the store and in due order.
///
/// Shared by the API, which adds, and the ``EventInvocationWorker``, which it wakes.
package final class EventInvocationQueue: Sendable {
    /// Events of one account in one Region that wait or run; more are refused.
    package static let defaultCapacity = 10_000

    let store: any Store
    let clock: any WallClock
    /// A bound of what is accepted, not exact while many callers add at once.
    let capacity: Int
    /// For one consumer, the worker: one element, however often it was woken.
    let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation
    private let state = Mutex(State())

    private struct State {
        var scopes: Set<Scope> = []
        var isClosed = false
    }

    package init(store: any Store, clock: any WallClock, capacity: Int = EventInvocationQueue.defaultCapacity) {
        self.store = store
        self.clock = clock
        self.capacity = capacity
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Adds an event; returns when it is durable.
    ///
    /// - Parameter payload: JSON text of at most ``LambdaLimits/asynchronousEvent`` bytes.
    /// - Throws: ``LambdaError``, if the function is not there or the queue is full.
    func add(_ payload: ByteBuffer, for function: FunctionARN, requestID: String) async throws {
        let waiting = try await store.count(under: .all(.eventInvocationDue, in: function.scope)).count
        guard waiting < capacity else { throw LambdaError.eventQueueFull(limit: capacity) }
        let now = clock.now()
        let event = EventInvocationRecord(
            scope: function.scope, requestID: requestID, function: function, payload: String(buffer: payload),
            acceptedAt: now)
        try await store.transaction { session in
            _ = try await session.view(of: function)
            try session.insert(event, dueAt: now)
        }
        note([function.scope])
        wake()
    }

    /// Where events have been added since the start, or were found.
    var scopes: [Scope] {
        state.withLock { state in
            state.scopes.sorted {
                ($0.account.rawValue, $0.region.rawValue) < ($1.account.rawValue, $1.region.rawValue)
            }
        }
    }

    func note(_ scopes: [Scope]) { state.withLock { $0.scopes.formUnion(scopes) } }

    func wake() { wakeUp.yield() }

    /// The worker starts nothing any more.
    func close() {
        state.withLock { $0.isClosed = true }
        wake()
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }
}

extension StoreSession {
    func insert(_ event: EventInvocationRecord, dueAt: Timestamp) throws {
        let due = EventInvocationDueRecord(scope: event.scope, requestID: event.requestID, dueAt: dueAt)
        try insert(event, at: event.key)
        try insert(due, at: due.key)
    }
}
