package import NIOCore

/// One deadline at a time on an event loop, made for deadlines that are set with every invocation and almost never
/// reached.
///
/// Moving the deadline back or cancelling it costs nothing: the scheduled task stays, and looks at the deadline when it
/// fires.
///
/// `@unchecked Sendable`: used on `eventLoop` only.
package final class LoopTimer: @unchecked Sendable {
    private let eventLoop: any EventLoop
    private var deadline: NIODeadline?
    private var scheduled: (task: Scheduled<Void>, at: NIODeadline)?
    /// Called on the event loop when the deadline is reached.
    package var action: (() -> Void)?

    package init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Sets the deadline, in place of an earlier one.
    package func arm(_ deadline: NIODeadline) {
        self.deadline = deadline
        if let scheduled, scheduled.at <= deadline { return }
        scheduled?.task.cancel()
        schedule(deadline)
    }

    package func cancel() { deadline = nil }

    /// Nothing happens any more.
    package func invalidate() {
        deadline = nil
        action = nil
        scheduled?.task.cancel()
        scheduled = nil
    }

    private func schedule(_ deadline: NIODeadline) {
        let task = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in
            guard let self else { return }
            fire()
        }
        scheduled = (task, deadline)
    }

    private func fire() {
        scheduled = nil
        guard let deadline else { return }
        guard deadline <= .now() else { return schedule(deadline) }
        self.deadline = nil
        action?()
    }
}
