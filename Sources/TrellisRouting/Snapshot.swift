package import TrellisModel

/// Everything the data plane reads while it serves a request.
///
/// Immutable: every event loop holds a reference, and a request is routed by the one it began with. A
/// ``SnapshotCompiler`` makes the next one.
///
/// A service is found by its generated DNS name, its custom domain and `<service name>.localhost`. Where services of
/// several scopes share a name, the oldest one that is active has it.
package final class Snapshot: Sendable {
    private let hosts: HostTable
    private let services: SlotTable<CompiledService>
    private let networks: SlotTable<CompiledNetwork>
    private let targetGroups: SlotTable<CompiledTargetGroup>
    /// Every port that some active service listens on, in order.
    package let bindings: [ListenerBinding]
    /// Grows whenever a target group's registered target changes or goes.
    package let targetRevision: Int

    init(
        hosts: HostTable, services: SlotTable<CompiledService>, networks: SlotTable<CompiledNetwork>,
        targetGroups: SlotTable<CompiledTargetGroup>, bindings: [ListenerBinding], targetRevision: Int
    ) {
        self.hosts = hosts
        self.services = services
        self.networks = networks
        self.targetGroups = targetGroups
        self.bindings = bindings
        self.targetRevision = targetRevision
    }

    /// A snapshot without any resource.
    package convenience init() {
        self.init(
            hosts: HostTable(), services: SlotTable(), networks: SlotTable(), targetGroups: SlotTable(), bindings: [],
            targetRevision: 0)
    }

    /// The group a request was drawn to.
    ///
    /// - Returns: `nil` if the group is not (or not yet, or no longer) there, or not ACTIVE.
    package func targetGroup(_ choice: CompiledForward.Choice) -> CompiledTargetGroup? {
        guard let group = targetGroups[choice.slot], group.id == choice.targetGroup else { return nil }
        return group
    }

    /// Whether the function is still the group's registered target.
    package func isRegistered(_ target: FunctionARN, by choice: CompiledForward.Choice) -> Bool {
        targetGroup(choice)?.target == target
    }

    func service(host: UnsafeBufferPointer<UInt8>) -> CompiledService? {
        hosts.slot(of: host).flatMap { services[$0] }
    }

    func network(slot: Int) -> CompiledNetwork? { networks[slot] }
}
