import NIOCore
import TrellisInvoke
import TrellisModel

/// A limited invocation that may wait.
struct QueuedInvocation {
    var pending: PendingInvocation
    var version: FunctionVersion
}

/// What happens to invocations that meet a limit.
///
/// Without a configured queue, they are throttled at once.
extension HostLoop {
    /// Another event loop or a configuration change may have made room, of which nothing is told here.
    private static let queueInterval = TimeAmount.milliseconds(10)

    /// Puts an invocation into its function's queue, or throttles it.
    func limit(_ pending: PendingInvocation, _ version: FunctionVersion, _ reason: ThrottleReason) {
        pending.place?.giveBack()
        var pending = pending
        pending.place = nil
        let now = NIODeadline.now()
        let hasRoom =
            pending.deadlineInQueue != nil
            || queues[version.function]?.count ?? 0 < services.configuration.queueLength
        let deadline = pending.deadlineInQueue ?? now + TimeAmount(services.configuration.queueWait)
        guard hasRoom, deadline > now, isRunning else {
            return pending.reject(.throttled(reason: reason.rawValue))
        }
        pending.deadlineInQueue = deadline
        queues[version.function, default: InvocationQueue()].insert(
            .init(item: QueuedInvocation(pending: pending, version: version), deadline: deadline, reason: reason))
        armQueueTimer()
    }

    /// Whether an invocation that just came has to wait behind others of its function.
    ///
    /// - Returns: The reason that the first of them waits for.
    func isBehindOthers(_ pending: PendingInvocation, _ version: FunctionVersion) -> ThrottleReason? {
        guard !queues.isEmpty, pending.deadlineInQueue == nil else { return nil }
        return queues[version.function]?.first?.reason
    }

    /// There may be room for some of those that wait.
    func retryQueues() {
        guard !queues.isEmpty, !isRetrying else { return }
        isRetrying = true
        defer { isRetrying = false }
        let now = NIODeadline.now()
        for function in Array(queues.keys) {
            for entry in queues[function]?.expire(now: now) ?? [] {
                entry.item.pending.reject(.throttled(reason: entry.reason.rawValue))
            }
            runQueued(function)
            if queues[function]?.isEmpty ?? false { queues[function] = nil }
        }
    }

    private func runQueued(_ function: FunctionARN) {
        let count = queues[function]?.count ?? 0
        for left in stride(from: count - 1, through: 0, by: -1) {
            guard let entry = queues[function]?.popFirst() else { return }
            run(entry.item.pending, entry.item.version)
            // It is back: there is no room yet.
            guard queues[function]?.count ?? 0 <= left else { return }
        }
    }

    /// Ends the wait of all.
    func rejectQueued() {
        let waiting = queues
        queues = [:]
        for var queue in waiting.values {
            while let entry = queue.popFirst() { entry.item.pending.reject(Self.shuttingDown) }
        }
    }

    private func armQueueTimer() {
        guard !isQueueTimerArmed else { return }
        isQueueTimerArmed = true
        eventLoop.assumeIsolated().scheduleTask(in: Self.queueInterval) { [self] in
            isQueueTimerArmed = false
            retryQueues()
            if !queues.isEmpty { armQueueTimer() }
        }
    }
}
