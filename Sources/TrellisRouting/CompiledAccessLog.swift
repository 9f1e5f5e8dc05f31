package import TrellisModel

/// An access log subscription to the traffic of a service, or of a service network's services.
package final class CompiledAccessLog: Sendable {
    package let record: AccessLogSubscriptionRecord
    /// Which subscription, and which destination of it, of all that there are over time.
    package let slot: SlotIdentity

    init(_ record: AccessLogSubscriptionRecord, slot: SlotIdentity) {
        self.record = record
        self.slot = slot
    }
}
