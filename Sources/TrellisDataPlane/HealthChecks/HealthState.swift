import TrellisModel

/// What the checks of one target amount to.
///
/// - Source: reference section "Health checks": one success makes a new target healthy; otherwise a status changes after
///   as many equal results in a row as the threshold says.
struct HealthState: Equatable {
    private(set) var status: TargetCheckStatus
    /// How many of the last results were successes, or failures if negative.
    private var run = 0

    init(_ status: TargetCheckStatus = .initial) {
        self.status = status
    }

    /// - Returns: Whether the status has changed.
    mutating func record(success: Bool, by check: HealthCheck) -> Bool {
        let before = status
        if success {
            run = max(0, run) &+ 1
            if status == .initial || run >= check.healthyThreshold { status = .healthy }
        } else {
            run = min(0, run) &- 1
            if -run >= check.unhealthyThreshold { status = .unhealthy }
        }
        return status != before
    }
}
