import TrellisModel

/// How a target is doing.
///
/// - Source: reference table "Target status". A LAMBDA or ALB group is never checked, so that `UNAVAILABLE` is the good
///   state of its target.
enum TargetStatus: String {
    case initial = "INITIAL"
    case healthy = "HEALTHY"
    case unhealthy = "UNHEALTHY"
    case draining = "DRAINING"
    case unused = "UNUSED"
    case unavailable = "UNAVAILABLE"
}

/// The status of a target with the reason for it.
struct TargetHealth: Hashable {
    var status: TargetStatus
    var reasonCode: String?

    /// `UNUSED` until a rule uses the group, then what the checks say, or `UNAVAILABLE` where there are none.
    ///
    /// - Parameter check: `nil` if no check knows the target yet.
    init(of target: TargetRecord, in group: TargetGroupRecord, isGroupUsed: Bool, check: TargetCheckStatus?) {
        if target.isDraining {
            self.init(.draining, "DeregistrationInProgress")
        } else if !isGroupUsed {
            self.init(.unused, "TargetGroupNotInUse")
        } else if let healthCheck = group.config?.healthCheck {
            self =
                healthCheck.isEnabled
                ? TargetHealth(check ?? .initial)
                // The reason code of a check that is off is chosen.
                : TargetHealth(.unavailable, "HealthCheckDisabled")
        } else {
            self.init(.unavailable, "HealthCheckNotSupported")
        }
    }

    private init(_ check: TargetCheckStatus) {
        switch check {
        case .initial: self.init(.initial, nil)
        case .healthy: self.init(.healthy, nil)
        case .unhealthy: self.init(.unhealthy, "HealthCheckFailed")
        }
    }

    private init(_ status: TargetStatus, _ reasonCode: String?) {
        self.status = status
        self.reasonCode = reasonCode
    }
}
