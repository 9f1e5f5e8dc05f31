import Logging
import NIOCore
import TrellisInvoke
import TrellisModel
import TrellisStore

/// One attempt at an asynchronous invocation, from the store and back to it.
struct EventInvocationRunner: Sendable {
    let queue: EventInvocationQueue
    let invoker: any FunctionInvoker
    let eventLoopGroup: any EventLoopGroup
    let random: any RandomSource
    let retryDelay: Duration
    let settings: EventInvocationSettings.Lookup
    let logger: Logger

    /// - Throws: `CancellationError` if the attempt was given up before its outcome; what the store throws. The event is
    ///   as it was then.
    func run(_ due: EventInvocationDueRecord) async throws {
        // The worker may have read the queue just before an earlier attempt ended.
        guard try await queue.store.get(due.key) != nil else { return }
        guard let event = try await queue.store.record(EventInvocationRecord.self, at: due.event) else {
            _ = try await queue.store.commit(StoreTransaction(mutations: [.delete(due.key)]))
            return
        }
        let settings = try await settings(event.function)
        let schedule = EventInvocationSchedule(
            retryDelay: retryDelay, settings: settings, acceptedAt: event.acceptedAt)
        guard !schedule.isExpired(at: queue.clock.now()) else {
            return try await finish(event, due, .eventAgeExceeded, nil, settings)
        }
        let outcome = try await invoke(event)
        if case .rejected(.notFound) = outcome, try await isGone(event.function) {
            logger.notice(
                "event dropped: its function is gone",
                metadata: ["function": "\(event.function)", "requestId": "\(event.requestID)"])
            return try await replace(event, due, with: nil)
        }
        switch schedule.step(after: outcome, of: due, now: queue.clock.now()) {
        case .tryAgain(let next): try await replace(event, due, with: next)
        case .finish(let condition): try await finish(event, due, condition, outcome, settings)
        }
    }

    /// - Throws: `CancellationError` as soon as the task is cancelled; the function may go on.
    private func invoke(_ event: EventInvocationRecord) async throws -> InvocationOutcome {
        let invocation = Invocation(
            function: event.function, payload: ByteBuffer(string: event.payload), requestID: event.requestID,
            caller: .authorized)
        let eventLoop = eventLoopGroup.next()
        let invoker = self.invoker
        // Completed once: by the outcome or by the cancellation, whichever comes first on the loop.
        let promise = eventLoop.makePromise(of: InvocationOutcome.self)
        return try await withTaskCancellationHandler {
            eventLoop.execute { invoker.invoke(invocation, on: eventLoop).cascade(to: promise) }
            return try await promise.futureResult.get()
        } onCancel: {
            promise.fail(CancellationError())
        }
    }

    /// The invoker follows the store with a delay: only the store says what is gone.
    private func isGone(_ function: FunctionARN) async throws -> Bool {
        do {
            _ = try await queue.store.transaction { try await $0.view(of: function) }
            return false
        } catch let error as LambdaError where error.code == .resourceNotFound {
            return true
        }
    }

    /// - Parameter next: `nil` if the event is over.
    private func replace(
        _ event: EventInvocationRecord, _ due: EventInvocationDueRecord, with next: EventInvocationDueRecord?
    ) async throws {
        try await queue.store.transaction { session in
            guard try await session.exists(due.key) else { return }
            session.delete(due.key)
            if let next {
                try session.put(next, at: next.key)
            } else {
                session.delete(event.key)
            }
        }
    }

    /// The event leaves the store and the destination's event comes into it in one transaction.
    private func finish(
        _ event: EventInvocationRecord, _ due: EventInvocationDueRecord, _ condition: EventInvocationCondition,
        _ outcome: InvocationOutcome?, _ settings: EventInvocationSettings
    ) async throws {
        guard let destination = condition == .success ? settings.onSuccess : settings.onFailure else {
            return try await replace(event, due, with: nil)
        }
        let now = queue.clock.now()
        let record = DestinationRecord(
            event: event, condition: condition, invokeCount: due.failures + (outcome == nil ? 0 : 1),
            outcome: outcome, time: now)
        let told = EventInvocationRecord(
            scope: destination.scope, requestID: random.uuid(), function: destination,
            payload: record.text(limit: LambdaLimits.asynchronousEvent), acceptedAt: now)
        let isTold = try await queue.store.transaction { session in
            guard try await session.exists(due.key) else { return true }
            session.delete(due.key)
            session.delete(event.key)
            do {
                _ = try await session.view(of: destination)
            } catch let error as LambdaError where error.code == .resourceNotFound {
                return false
            }
            try session.insert(told, dueAt: now)
            return true
        }
        if !isTold {
            logger.warning(
                "destination is gone and was not told",
                metadata: ["destination": "\(destination)", "requestId": "\(event.requestID)"])
        }
        queue.note([destination.scope])
        queue.wake()
    }
}
