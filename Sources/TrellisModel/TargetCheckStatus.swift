/// What the health checks of a target have found out.
///
/// Kept in memory only: after a start every target is checked anew.
///
/// - Source: reference table "Target status".
package enum TargetCheckStatus: UInt8, Hashable, Sendable, CaseIterable {
    /// The first checks are running.
    case initial
    case healthy
    case unhealthy
}
