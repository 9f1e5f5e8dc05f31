import TrellisModel

/// How a target is doing.
///
/// - Source: reference table "Target status". A LAMBDA or ALB group is never checked, so that `UNAVAILABLE` is the good
///   state of its target.
enum TargetStatus: String {
    case draining = "DRAINING"
    case unused = "UNUSED"
    case unavailable = "UNAVAILABLE"
    case initial = "INITIAL"
}

/// The status of a target with the reason for it.
struct TargetHealth: Hashable {
    var status: TargetStatus
    var reasonCode: String?

    /// `UNUSED` until a rule uses the group, then `INITIAL` where there is to be a health check: no target is said to be
    /// healthy that was not checked.
    init(of target: TargetRecord, in group: TargetGroupRecord, isGroupUsed: Bool) {
        if target.isDraining {
            self.init(.draining, "DeregistrationInProgress")
        } else if !isGroupUsed {
            self.init(.unused, "TargetGroupNotInUse")
        } else if let healthCheck = group.config?.healthCheck {
            // The reason code of a check that is off is chosen.
            self = healthCheck.isEnabled ? Self(.initial, nil) : Self(.unavailable, "HealthCheckDisabled")
        } else {
            self.init(.unavailable, "HealthCheckNotSupported")
        }
    }

    private init(_ status: TargetStatus, _ reasonCode: String?) {
        self.status = status
        self.reasonCode = reasonCode
    }
}
