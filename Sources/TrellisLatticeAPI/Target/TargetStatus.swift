import TrellisModel

/// How a target is doing.
///
/// - Source: reference table "Target status". A LAMBDA or ALB group is never checked, so that `UNAVAILABLE` is the good
///   state of its target.
enum TargetStatus: String {
    case draining = "DRAINING"
    case unused = "UNUSED"
    case unavailable = "UNAVAILABLE"
}

/// The status of a target with the reason for it.
struct TargetHealth: Hashable {
    var status: TargetStatus
    var reasonCode: String?

    /// `UNUSED` until a rule uses the group, then `UNAVAILABLE`: this Trellis checks no target, and one that stayed
    /// `INITIAL` would keep those waiting who wait for the outcome of a check.
    init(of target: TargetRecord, in group: TargetGroupRecord, isGroupUsed: Bool) {
        if target.isDraining {
            self.init(.draining, "DeregistrationInProgress")
        } else if !isGroupUsed {
            self.init(.unused, "TargetGroupNotInUse")
        } else if group.config?.healthCheck?.isEnabled == false {
            // The reason code of a check that is off is chosen.
            self.init(.unavailable, "HealthCheckDisabled")
        } else {
            self.init(.unavailable, "HealthCheckNotSupported")
        }
    }

    private init(_ status: TargetStatus, _ reasonCode: String?) {
        self.status = status
        self.reasonCode = reasonCode
    }
}
