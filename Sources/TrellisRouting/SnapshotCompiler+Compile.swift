import TrellisModel
import TrellisPolicy

extension SnapshotCompiler {
    /// Compiles what was touched, children before parents.
    mutating func compile(_ touched: inout Touched) {
        for key in touched.listeners { compileListener(key, &touched) }
        for id in touched.services { compileService(id) }
        for id in touched.serviceRecords { compileHostNames(of: id) }
        for id in touched.networks { compileNetwork(id) }
        for id in touched.groups { compileGroup(id) }
    }

    // MARK: Listeners

    private mutating func compileListener(_ key: ListenerKey, _ touched: inout Touched) {
        guard var service = services.removeValue(forKey: key.service) else { return }
        defer { services[key.service] = service }
        guard var entry = service.listeners.removeValue(forKey: key.listener) else { return }

        let mentioned = entry.record == nil ? [] : groupsMentioned(by: entry)
        for id in mentioned.subtracting(entry.mentionedGroups) { updateGroup(id, &touched) { $0.mentions += 1 } }
        for id in entry.mentionedGroups.subtracting(mentioned) { updateGroup(id, &touched) { $0.mentions -= 1 } }
        entry.mentionedGroups = mentioned
        entry.compiled = entry.record.map { compiled($0, rules: entry.rules.values) }
        if entry.record != nil || !entry.rules.isEmpty { service.listeners[key.listener] = entry }
    }

    private func groupsMentioned(by entry: ListenerEntry) -> Set<TargetGroupID> {
        var mentioned: Set<TargetGroupID> = []
        for group in entry.record?.defaultAction.targetGroups ?? [] { mentioned.insert(group.targetGroup) }
        for rule in entry.rules.values {
            for group in rule.action.targetGroups { mentioned.insert(group.targetGroup) }
        }
        return mentioned
    }

    private func compiled(_ record: ListenerRecord, rules: some Collection<RuleEntry>) -> CompiledListener {
        let inOrder = rules.sorted { ($0.priority, $0.id.rawValue) < ($1.priority, $1.id.rawValue) }
        return CompiledListener(
            record,
            rules: inOrder.map { CompiledRule(id: $0.id, match: $0.match, action: compiled($0.action)) },
            defaultAction: compiled(record.defaultAction))
    }

    private func compiled(_ action: RuleAction) -> CompiledAction {
        switch action {
        case .fixedResponse(let statusCode):
            .fixedResponse(statusCode: (200...599).contains(statusCode) ? statusCode : 500)
        case .forward(let weighted):
            .forward(
                CompiledForward(
                    weighted.compactMap { group in
                        groups[group.targetGroup].map {
                            .init(targetGroup: group.targetGroup, slot: $0.slot.index, weight: group.weight)
                        }
                    }))
        }
    }

    // MARK: Services

    private mutating func compileService(_ id: ServiceID) {
        guard var entry = services.removeValue(forKey: id) else { return }
        defer { services[id] = entry }
        let before = entry.compiled?.bindings ?? []
        entry.compiled = entry.record.map { record in
            CompiledService(
                record, slot: entry.slot, authPolicy: authPolicy(record.authType, entry.authPolicy),
                networkSlots: networkSlots(of: entry), listeners: listeners(of: entry),
                accessLogs: inOrder(entry.accessLogs))
        }
        compiledServices.set(entry.slot.index, to: entry.compiled)
        count(entry.compiled?.bindings ?? [], insteadOf: before)
    }

    /// A policy is kept while its resource does not ask for it.
    private func authPolicy(_ type: AuthType, _ stored: StoredAuthPolicy?) -> AuthPolicy {
        switch type {
        case .none: .none
        case .awsIAM: .iam(stored?.policy)
        }
    }

    private func networkSlots(of entry: ServiceEntry) -> [Int] {
        entry.associations.values
            .filter { $0.status.isInForce }
            .sorted { ($0.createdAt, $0.id.rawValue) < ($1.createdAt, $1.id.rawValue) }
            .compactMap { networks[$0.serviceNetwork]?.slot.index }
    }

    /// At most one listener for each port and protocol: the oldest, should there ever be two.
    private func listeners(of entry: ServiceEntry) -> [CompiledListener] {
        var taken: Set<ListenerBinding> = []
        return entry.listeners.values
            .compactMap { listener in
                listener.record.flatMap { record in listener.compiled.map { (record: record, compiled: $0) } }
            }
            .sorted { ($0.record.createdAt, $0.record.id.rawValue) < ($1.record.createdAt, $1.record.id.rawValue) }
            .filter { taken.insert($0.compiled.binding).inserted }
            .map(\.compiled)
    }

    private mutating func count(_ after: Set<ListenerBinding>, insteadOf before: Set<ListenerBinding>) {
        var areOthers = false
        for binding in after.subtracting(before) {
            let count = bindingCounts[binding, default: 0] + 1
            bindingCounts[binding] = count
            if count == 1 { areOthers = true }
        }
        for binding in before.subtracting(after) {
            let count = bindingCounts[binding, default: 0] - 1
            bindingCounts[binding] = count > 0 ? count : nil
            if count <= 0 { areOthers = true }
        }
        if areOthers { bindings = bindingCounts.keys.sorted() }
    }

    // MARK: Host names

    private mutating func compileHostNames(of id: ServiceID) {
        guard var entry = services.removeValue(forKey: id) else { return }
        let before = entry.hostNames
        let after = entry.record.map(Self.hostNames) ?? []
        entry.hostNames = after
        services[id] = entry

        for name in before.subtracting(after) {
            claims[name]?.remove(id)
            if claims[name]?.isEmpty == true { claims[name] = nil }
        }
        for name in after.subtracting(before) { claims[name, default: []].insert(id) }
        for name in before.union(after) { settleClaims(of: name) }
    }

    /// The generated name, the custom domain, and `<name>.localhost` as a convenience.
    private static func hostNames(of record: ServiceRecord) -> Set<String> {
        var names: Set = [record.dnsEntry.domainName.asciiLowercased, "\(record.name).localhost".asciiLowercased]
        if let custom = record.customDomainName { names.insert(custom.asciiLowercased) }
        return names
    }

    /// Gives a name to one of the services that claim it: one in force before one that is not, then the oldest.
    ///
    /// Services of two scopes may share a name, and of two service networks a custom domain.
    private mutating func settleClaims(of name: String) {
        let claimants = (claims[name] ?? []).compactMap { id in
            services[id].flatMap { entry in entry.record.map { (record: $0, slot: entry.slot.index) } }
        }
        let winner = claimants.min { left, right in
            if left.record.status.isInForce != right.record.status.isInForce { return left.record.status.isInForce }
            return (left.record.createdAt, left.record.id.rawValue) < (right.record.createdAt, right.record.id.rawValue)
        }
        hosts.set(name, to: winner?.slot)
    }

    // MARK: Networks and groups

    private mutating func compileNetwork(_ id: ServiceNetworkID) {
        guard let entry = networks[id] else { return }
        let network = entry.record.map { record in
            let associations = entry.vpcAssociations.values
                .filter { $0.status.isInForce }
                .sorted { ($0.createdAt, $0.id.rawValue) < ($1.createdAt, $1.id.rawValue) }
            let vpcs = associations.map { ($0.vpc, CompiledVPC(id: $0.vpc, arn: $0.vpcARN)) }
            return CompiledNetwork(
                record, authPolicy: authPolicy(record.authType, entry.authPolicy),
                vpcs: Dictionary(vpcs, uniquingKeysWith: { oldest, _ in oldest }),
                accessLogs: inOrder(entry.accessLogs))
        }
        compiledNetworks.set(entry.slot.index, to: network)
    }

    /// The oldest first.
    private func inOrder(_ logs: [AccessLogSubscriptionID: CompiledAccessLog]) -> [CompiledAccessLog] {
        logs.values.sorted {
            ($0.record.createdAt, $0.record.id.rawValue) < ($1.record.createdAt, $1.record.id.rawValue)
        }
    }

    private mutating func compileGroup(_ id: TargetGroupID) {
        guard var entry = groups.removeValue(forKey: id) else { return }
        defer { groups[id] = entry }
        let before = entry.compiled
        entry.compiled = entry.record.flatMap { record in
            guard record.status.isInForce else { return nil }
            guard let config = record.config else {
                return CompiledTargetGroup(
                    record, slot: entry.slot, target: record.type == .lambda ? target(of: entry) : nil)
            }
            return group(record, config, &entry)
        }
        compiledGroups.set(entry.slot.index, to: entry.compiled)
        if let before, before.loses(to: entry.compiled) { targetRevision += 1 }
        guard before?.config != nil || entry.compiled?.config != nil else { return }
        networkGroups[id] = entry.compiled?.config == nil ? nil : entry.compiled
        networkRevision += 1
    }

    private func group(
        _ record: TargetGroupRecord, _ config: TargetGroupConfig, _ entry: inout GroupEntry
    ) -> CompiledTargetGroup {
        let registered = entry.targets
            .filter { !$0.value.isDraining }
            .sorted {
                ($0.value.registeredAt, $0.key.id, $0.key.port ?? 0)
                    < ($1.value.registeredAt, $1.key.id, $1.key.port ?? 0)
            }
        // A target that is registered again has to be checked again.
        let cells = entry.healthCells
        entry.healthCells = [:]
        var targets: [CompiledTarget] = []
        var withoutAddress: [String] = []
        for (key, target) in registered {
            guard let address = address(of: target, record.type), let port = target.port,
                (1...65_535).contains(port)
            else {
                withoutAddress.append(target.id)
                continue
            }
            let cell = cells[key] ?? TargetHealthCell()
            entry.healthCells[key] = cell
            targets.append(
                CompiledTarget(
                    id: target.id,
                    endpoint: TargetEndpoint(
                        address: address, port: port, isSecure: config.protocol == .https,
                        version: config.protocolVersion.endpointVersion),
                    health: cell))
        }
        return CompiledTargetGroup(
            record, slot: entry.slot, target: nil, targets: targets, targetsWithoutAddress: withoutAddress,
            isInUse: entry.mentions > 0)
    }

    private func address(of target: TargetRecord, _ type: TargetGroupType) -> IPAddress? {
        switch type {
        case .ip: IPAddress(target.id)
        case .instance, .alb: addresses[target.id]
        case .lambda: nil
        }
    }

    /// A LAMBDA group holds one target; while an old one drains a new one may already be there.
    private func target(of entry: GroupEntry) -> FunctionARN? {
        entry.targets.values
            .filter { !$0.isDraining }
            .min { ($0.registeredAt, $0.id) < ($1.registeredAt, $1.id) }
            .flatMap { FunctionARN($0.id) }
    }
}

extension TargetGroupProtocolVersion? {
    fileprivate var endpointVersion: TargetEndpoint.Version {
        switch self {
        case .http2, .grpc: .http2
        case .http1, nil: .http1
        }
    }
}

extension CompiledTargetGroup {
    /// Whether what a target of this group has now must come to an end: a request of a function or a load balancer at
    /// once, a connection that is passed on in due time.
    ///
    /// - Source: reference table "Targets", last row. Other targets may finish what they have.
    fileprivate func loses(to next: CompiledTargetGroup?) -> Bool {
        switch type {
        case .lambda: target != nil && target != next?.target
        case .alb, .ip, .instance:
            (type == .alb || config?.protocol == .tcp)
                && targets.contains { target in next?.targets.contains { $0.health === target.health } != true }
        }
    }
}
