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
    private let accessLogs: SlotTable<CompiledAccessLog>
    /// Every port that some active service listens on, in order.
    package let bindings: [ListenerBinding]
    /// Grows whenever a registered target changes or goes that does not simply finish what it has.
    package let targetRevision: Int
    /// Grows whenever an access log subscription changes or goes.
    package let accessLogRevision: Int
    /// Every ACTIVE target group whose targets have addresses.
    package let networkGroups: [TargetGroupID: CompiledTargetGroup]
    /// Grows whenever one of ``networkGroups`` changes.
    package let networkRevision: Int

    init(
        hosts: HostTable, services: SlotTable<CompiledService>, networks: SlotTable<CompiledNetwork>,
        targetGroups: SlotTable<CompiledTargetGroup>, accessLogs: SlotTable<CompiledAccessLog>,
        bindings: [ListenerBinding], targetRevision: Int, accessLogRevision: Int,
        networkGroups: [TargetGroupID: CompiledTargetGroup] = [:], networkRevision: Int = 0
    ) {
        self.hosts = hosts
        self.services = services
        self.networks = networks
        self.targetGroups = targetGroups
        self.accessLogs = accessLogs
        self.bindings = bindings
        self.targetRevision = targetRevision
        self.accessLogRevision = accessLogRevision
        self.networkGroups = networkGroups
        self.networkRevision = networkRevision
    }

    /// A snapshot without any resource.
    package convenience init() {
        self.init(
            hosts: HostTable(), services: SlotTable(), networks: SlotTable(), targetGroups: SlotTable(),
            accessLogs: SlotTable(), bindings: [], targetRevision: 0, accessLogRevision: 0)
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

    /// Whether the target is still registered with the group.
    package func isRegistered(_ target: CompiledTarget, with group: TargetGroupID) -> Bool {
        networkGroups[group]?.targets.contains { $0.health === target.health } == true
    }

    /// Whether the slot's service is still there, whatever its status.
    package func hasService(_ slot: SlotIdentity) -> Bool { services[slot.index]?.slot == slot }

    /// Whether the slot's target group is still there and ACTIVE.
    package func hasTargetGroup(_ slot: SlotIdentity) -> Bool { targetGroups[slot.index]?.slot == slot }

    /// Whether the slot's access log subscription is still there, with the destination it had.
    package func hasAccessLog(_ slot: SlotIdentity) -> Bool { accessLogs[slot.index]?.slot == slot }

    /// The service that a TLS client asks for; `nil` if there is none, or it is not served.
    ///
    /// - Parameter serverName: In any case.
    package func service(serverName: String) -> CompiledService? {
        serverName.withBytes { service(host: $0) }.flatMap { $0.isActive ? $0 : nil }
    }

    func service(host: UnsafeBufferPointer<UInt8>) -> CompiledService? {
        hosts.slot(of: host).flatMap { services[$0] }
    }

    func network(slot: Int) -> CompiledNetwork? { networks[slot] }
}
