package import TrellisModel
import TrellisPolicy

/// Keeps the records that traffic depends on and makes the next ``Snapshot`` after every change.
///
/// Only what a change touches is compiled again: a rule its listener, a target its group, a VPC association its
/// network. A record whose parent is missing waits for it and is not served.
package struct SnapshotCompiler: Sendable {
    struct ServiceEntry {
        let slot: SlotIdentity
        var record: ServiceRecord?
        var authPolicy: StoredAuthPolicy?
        var listeners: [ListenerID: ListenerEntry] = [:]
        var associations: [ServiceAssociationID: ServiceAssociationRecord] = [:]
        var accessLogs: [AccessLogSubscriptionID: CompiledAccessLog] = [:]
        /// The names under which the service is found, in lower case.
        var hostNames: Set<String> = []
        var compiled: CompiledService?

        var isEmpty: Bool {
            record == nil && listeners.isEmpty && associations.isEmpty && authPolicy == nil && accessLogs.isEmpty
        }
    }

    struct ListenerEntry {
        var record: ListenerRecord?
        var rules: [RuleID: RuleEntry] = [:]
        /// The groups that the compiled actions name.
        var mentionedGroups: Set<TargetGroupID> = []
        var compiled: CompiledListener?
    }

    /// What is needed of a rule's record; there may be a hundred thousand of them.
    struct RuleEntry {
        let id: RuleID
        let priority: Int
        let match: CompiledMatch
        let action: RuleAction

        init(_ record: RuleRecord) {
            id = record.id
            priority = record.priority
            match = CompiledMatch(record.match)
            action = record.action
        }
    }

    struct NetworkEntry {
        let slot: SlotIdentity
        var record: ServiceNetworkRecord?
        var authPolicy: StoredAuthPolicy?
        var vpcAssociations: [VpcAssociationID: VpcAssociationRecord] = [:]
        var accessLogs: [AccessLogSubscriptionID: CompiledAccessLog] = [:]
        /// How many service associations name the network.
        var mentions = 0

        var isEmpty: Bool {
            record == nil && vpcAssociations.isEmpty && mentions == 0 && authPolicy == nil && accessLogs.isEmpty
        }
    }

    struct GroupEntry {
        let slot: SlotIdentity
        var record: TargetGroupRecord?
        var targets: [TargetKey: TargetRecord] = [:]
        /// Of the targets that requests are forwarded to.
        var healthCells: [TargetKey: TargetHealthCell] = [:]
        /// How many listeners name the group in an action.
        var mentions = 0
        var compiled: CompiledTargetGroup?

        var isEmpty: Bool { record == nil && targets.isEmpty && mentions == 0 }
    }

    /// What tells the targets of a group apart.
    struct TargetKey: Hashable {
        var id: String
        var port: Int?
    }

    /// An auth policy as it is stored, whether or not its resource asks for it.
    struct StoredAuthPolicy: Sendable, Equatable {
        /// `nil` for a document that cannot be evaluated: it allows nothing.
        let policy: CompiledPolicy?

        init(_ record: AuthPolicyRecord) {
            // The API takes no such document; should there ever be one, its resource is closed rather than open.
            policy = try? CompiledPolicy(parsing: record.policy, as: .authPolicy)
        }

        static func == (left: StoredAuthPolicy, right: StoredAuthPolicy) -> Bool { left.policy === right.policy }
    }

    struct ListenerKey: Hashable {
        var service: ServiceID
        var listener: ListenerID
    }

    /// What a batch of changes has touched.
    struct Touched {
        var services: Set<ServiceID> = []
        /// Services whose own record changed, and with it perhaps their host names.
        var serviceRecords: Set<ServiceID> = []
        var listeners: Set<ListenerKey> = []
        var networks: Set<ServiceNetworkID> = []
        var groups: Set<TargetGroupID> = []
    }

    var services: [ServiceID: ServiceEntry] = [:]
    var networks: [ServiceNetworkID: NetworkEntry] = [:]
    var groups: [TargetGroupID: GroupEntry] = [:]
    private var serviceOfAssociation: [ServiceAssociationID: ServiceID] = [:]
    private var networkOfAssociation: [VpcAssociationID: ServiceNetworkID] = [:]
    private var accessLogs: [AccessLogSubscriptionID: CompiledAccessLog] = [:]

    private var serviceSlots = SlotAllocator()
    private var networkSlots = SlotAllocator()
    private var groupSlots = SlotAllocator()
    private var accessLogSlots = SlotAllocator()

    /// The services that claim a host name, in no order.
    var claims: [String: Set<ServiceID>] = [:]
    var bindingCounts: [ListenerBinding: Int] = [:]

    var hosts = HostTable()
    var compiledServices = SlotTable<CompiledService>()
    var compiledNetworks = SlotTable<CompiledNetwork>()
    var compiledGroups = SlotTable<CompiledTargetGroup>()
    private var compiledAccessLogs = SlotTable<CompiledAccessLog>()
    var bindings: [ListenerBinding] = []
    var targetRevision = 0
    var networkGroups: [TargetGroupID: CompiledTargetGroup] = [:]
    var networkRevision = 0
    private var accessLogRevision = 0
    /// Where instances and load balancers are.
    let addresses: TargetAddresses

    /// - Parameter addresses: Where instances and load balancers are.
    package init(addresses: TargetAddresses = TargetAddresses()) {
        self.addresses = addresses
    }

    /// Takes over a batch of changes and compiles what they touch.
    package mutating func apply(_ changes: some Sequence<RecordChange>) -> Snapshot {
        var touched = Touched()
        for change in changes { record(change, &touched) }
        compile(&touched)
        forgetEmptyEntries(touched)
        return Snapshot(
            hosts: hosts, services: compiledServices, networks: compiledNetworks, targetGroups: compiledGroups,
            accessLogs: compiledAccessLogs, bindings: bindings, targetRevision: targetRevision,
            accessLogRevision: accessLogRevision, networkGroups: networkGroups, networkRevision: networkRevision)
    }

    private mutating func record(_ change: RecordChange, _ touched: inout Touched) {
        switch change {
        case .putServiceNetwork(let record):
            updateNetwork(record.id, &touched) { $0.record = record }
        case .deleteServiceNetwork(let id):
            updateNetwork(id, &touched) { $0.record = nil }
        case .putVpcAssociation(let record):
            removeVpcAssociation(record.id, &touched)
            networkOfAssociation[record.id] = record.serviceNetwork
            updateNetwork(record.serviceNetwork, &touched) { $0.vpcAssociations[record.id] = record }
        case .deleteVpcAssociation(let id):
            removeVpcAssociation(id, &touched)
        case .putServiceAssociation(let record):
            removeServiceAssociation(record.id, &touched)
            serviceOfAssociation[record.id] = record.service
            updateNetwork(record.serviceNetwork, &touched) { $0.mentions += 1 }
            updateService(record.service, &touched) { $0.associations[record.id] = record }
        case .deleteServiceAssociation(let id):
            removeServiceAssociation(id, &touched)
        case .putAuthPolicy(let record):
            setAuthPolicy(StoredAuthPolicy(record), of: record.resource, &touched)
        case .deleteAuthPolicy(let resource):
            setAuthPolicy(nil, of: resource, &touched)
        case .putAccessLogSubscription(let record):
            setAccessLog(record, of: record.id, &touched)
        case .deleteAccessLogSubscription(let id):
            setAccessLog(nil, of: id, &touched)
        case .putService(let record):
            touched.serviceRecords.insert(record.id)
            updateService(record.id, &touched) { $0.record = record }
        case .deleteService(let id):
            touched.serviceRecords.insert(id)
            updateService(id, &touched) { $0.record = nil }
        case .putListener(let record):
            updateListener(record.id, of: record.service, &touched) { $0.record = record }
        case .deleteListener(let id, let service):
            updateListener(id, of: service, &touched) { $0.record = nil }
        case .putRule(let record):
            updateListener(record.listener, of: record.service, &touched) { $0.rules[record.id] = RuleEntry(record) }
        case .deleteRule(let id, let listener, let service):
            updateListener(listener, of: service, &touched) { $0.rules[id] = nil }
        case .putTargetGroup(let record):
            updateGroup(record.id, &touched) { $0.record = record }
        case .deleteTargetGroup(let id):
            updateGroup(id, &touched) { $0.record = nil }
        case .putTarget(let record):
            updateGroup(record.targetGroup, &touched) {
                $0.targets[TargetKey(id: record.id, port: record.port)] = record
            }
        case .deleteTarget(let id, let port, let group):
            updateGroup(group, &touched) { $0.targets[TargetKey(id: id, port: port)] = nil }
        }
    }
}

// MARK: - Entries

extension SnapshotCompiler {
    private mutating func updateService(
        _ id: ServiceID, _ touched: inout Touched, _ change: (inout ServiceEntry) -> Void
    ) {
        touched.services.insert(id)
        // Taking the entry out keeps it uniquely referenced, so that nothing inside is copied.
        var entry = services.removeValue(forKey: id) ?? ServiceEntry(slot: serviceSlots.take())
        change(&entry)
        services[id] = entry
    }

    private mutating func updateListener(
        _ id: ListenerID, of service: ServiceID, _ touched: inout Touched, _ change: (inout ListenerEntry) -> Void
    ) {
        touched.listeners.insert(ListenerKey(service: service, listener: id))
        updateService(service, &touched) { change(&$0.listeners[id, default: ListenerEntry()]) }
    }

    private mutating func updateNetwork(
        _ id: ServiceNetworkID, _ touched: inout Touched, _ change: (inout NetworkEntry) -> Void
    ) {
        touched.networks.insert(id)
        var entry = networks.removeValue(forKey: id) ?? NetworkEntry(slot: networkSlots.take())
        change(&entry)
        networks[id] = entry
    }

    mutating func updateGroup(
        _ id: TargetGroupID, _ touched: inout Touched, _ change: (inout GroupEntry) -> Void
    ) {
        touched.groups.insert(id)
        var entry = groups.removeValue(forKey: id) ?? GroupEntry(slot: groupSlots.take())
        change(&entry)
        groups[id] = entry
    }

    private mutating func setAuthPolicy(
        _ policy: StoredAuthPolicy?, of resource: PolicyResource, _ touched: inout Touched
    ) {
        switch resource {
        case .serviceNetwork(let id): updateNetwork(id, &touched) { $0.authPolicy = policy }
        case .service(let id): updateService(id, &touched) { $0.authPolicy = policy }
        // Has no auth policy, and no traffic goes through it.
        case .resourceConfiguration: break
        }
    }

    /// A subscription that changes gets another slot: its lines for the old destination may still be on their way.
    private mutating func setAccessLog(
        _ record: AccessLogSubscriptionRecord?, of id: AccessLogSubscriptionID, _ touched: inout Touched
    ) {
        if let old = accessLogs.removeValue(forKey: id) {
            accessLogRevision += 1
            compiledAccessLogs.set(old.slot.index, to: nil)
            accessLogSlots.giveBack(old.slot)
            updateAccessLogs(of: old.record.owner, &touched) { $0[id] = nil }
        }
        // The traffic of resources is not that of services.
        guard let record, record.serviceNetworkLogType != .resource else { return }
        let log = CompiledAccessLog(record, slot: accessLogSlots.take())
        accessLogs[id] = log
        compiledAccessLogs.set(log.slot.index, to: log)
        updateAccessLogs(of: record.owner, &touched) { $0[id] = log }
    }

    private mutating func updateAccessLogs(
        of owner: AccessLogOwner, _ touched: inout Touched,
        _ change: (inout [AccessLogSubscriptionID: CompiledAccessLog]) -> Void
    ) {
        switch PolicyResource(id: owner.id) {
        case .serviceNetwork(let id): updateNetwork(id, &touched) { change(&$0.accessLogs) }
        case .service(let id): updateService(id, &touched) { change(&$0.accessLogs) }
        // No traffic goes through a resource configuration.
        case .resourceConfiguration, nil: break
        }
    }

    private mutating func removeVpcAssociation(_ id: VpcAssociationID, _ touched: inout Touched) {
        guard let network = networkOfAssociation.removeValue(forKey: id) else { return }
        updateNetwork(network, &touched) { $0.vpcAssociations[id] = nil }
    }

    private mutating func removeServiceAssociation(_ id: ServiceAssociationID, _ touched: inout Touched) {
        guard let service = serviceOfAssociation.removeValue(forKey: id) else { return }
        var network: ServiceNetworkID?
        updateService(service, &touched) { network = $0.associations.removeValue(forKey: id)?.serviceNetwork }
        if let network { updateNetwork(network, &touched) { $0.mentions -= 1 } }
    }

    /// Gives back the slots of entries that hold and serve nothing any more.
    private mutating func forgetEmptyEntries(_ touched: Touched) {
        for id in touched.services {
            guard let entry = services[id], entry.isEmpty else { continue }
            services[id] = nil
            serviceSlots.giveBack(entry.slot)
        }
        for id in touched.networks {
            guard let entry = networks[id], entry.isEmpty else { continue }
            networks[id] = nil
            networkSlots.giveBack(entry.slot)
        }
        for id in touched.groups {
            guard let entry = groups[id], entry.isEmpty else { continue }
            groups[id] = nil
            groupSlots.giveBack(entry.slot)
        }
    }
}
