import NIOCore

/// When a tunnel has to end, and why.
struct TunnelTimes: Equatable {
    private let idle: TimeAmount
    private let lifeEnd: NIODeadline
    private var idleEnd: NIODeadline
    /// Set when the target is deregistered.
    private var drainEnd = NIODeadline.distantFuture

    /// - Parameters:
    ///   - idle: How long nothing may pass in either direction.
    ///   - life: How long the tunnel may last whatever passes.
    init(idle: TimeAmount, life: TimeAmount, now: NIODeadline) {
        self.idle = idle
        lifeEnd = now + life
        idleEnd = now + idle
    }

    /// When to look again.
    var next: NIODeadline { min(idleEnd, lifeEnd, drainEnd) }

    mutating func moved(_ now: NIODeadline) { idleEnd = now + idle }

    /// The first call counts.
    mutating func targetLost(_ now: NIODeadline, drain: TimeAmount) {
        if drainEnd == .distantFuture { drainEnd = now + drain }
    }

    /// - Returns: `nil` while the tunnel may last.
    func expired(at now: NIODeadline) -> FailureReason? {
        if now >= lifeEnd { return .connectionDurationExceeded }
        if now >= drainEnd { return .targetConnectionClosed }
        return now >= idleEnd ? .targetDataTimeout : nil
    }
}
