package import TrellisModel
package import TrellisPolicy

/// A service as the data plane serves it.
///
/// Service networks and target groups are named by slots of the ``Snapshot`` that holds the service, so that a change
/// of theirs does not touch the services that use them.
package final class CompiledService: Sendable {
    package let id: ServiceID
    package let scope: Scope
    package let arn: String
    /// The generated name, in lower case.
    package let dnsName: String
    /// `<name>.localhost`.
    package let localName: String
    /// In lower case.
    package let customDomainName: String?
    /// Of the custom domain's certificate.
    package let certificateARN: String?
    /// Idle timeout of the service's connections, in seconds, brought into 1 to 86400.
    package let idleTimeoutSeconds: Int
    /// What a request to the service has to pass, after its network's.
    package let authPolicy: AuthPolicy
    /// `aws:ResourceTag/…`: the tags by key in lower case.
    package let resourceTags: [String: String]
    /// Which service of all that there are over time.
    package let slot: SlotIdentity
    /// What gets an access log line of every request to the service.
    package let accessLogs: [CompiledAccessLog]
    /// Whether requests are served: only an ACTIVE service is.
    let isActive: Bool
    /// Slots of the service networks it is actively associated with, oldest association first.
    let networkSlots: [Int]
    /// One for each port and protocol.
    let listeners: [CompiledListener]

    init(
        _ record: ServiceRecord, slot: SlotIdentity, authPolicy: AuthPolicy, networkSlots: [Int],
        listeners: [CompiledListener], accessLogs: [CompiledAccessLog]
    ) {
        id = record.id
        self.slot = slot
        self.accessLogs = accessLogs
        scope = record.scope
        arn = record.arn
        dnsName = record.dnsEntry.domainName.asciiLowercased
        localName = "\(record.name).localhost".asciiLowercased
        customDomainName = record.customDomainName?.asciiLowercased
        certificateARN = record.certificateARN
        idleTimeoutSeconds = min(max(1, record.idleTimeoutSeconds), 86_400)
        self.authPolicy = authPolicy
        resourceTags =
            record.tags.isEmpty
            ? [:]
            : Dictionary(
                record.tags.sorted { $0.key < $1.key }.map { ($0.key.asciiLowercased, $0.value) },
                uniquingKeysWith: { first, _ in first })
        isActive = record.status.isInForce
        self.networkSlots = networkSlots
        self.listeners = listeners
    }

    /// The ports the service is reached on; none while it is not served.
    var bindings: Set<ListenerBinding> {
        isActive ? Set(listeners.map(\.binding)) : []
    }

    package func listener(on binding: ListenerBinding) -> CompiledListener? {
        listeners.first { $0.binding == binding }
    }
}

/// A port on which traffic of one protocol is accepted.
package struct ListenerBinding: Hashable, Comparable, Sendable {
    /// 1 to 65535, as the API shows it; the socket may be bound elsewhere.
    package var port: Int
    package var `protocol`: ListenerProtocol

    package init(port: Int, protocol: ListenerProtocol) {
        self.port = port
        self.protocol = `protocol`
    }

    package static func < (left: ListenerBinding, right: ListenerBinding) -> Bool {
        (left.port, left.protocol.rawValue) < (right.port, right.protocol.rawValue)
    }
}

package final class CompiledListener: Sendable {
    package let id: ListenerID
    package let arn: String
    package let binding: ListenerBinding
    /// Lowest priority number first.
    package let rules: [CompiledRule]
    /// One for each rule.
    private let filters: [RuleFilter]
    private let needsHeaderNames: Bool
    package let defaultRule: RuleID
    package let defaultAction: CompiledAction

    init(_ record: ListenerRecord, rules: [CompiledRule], defaultAction: CompiledAction) {
        id = record.id
        arn = record.arn
        binding = ListenerBinding(port: record.port, protocol: record.protocol)
        self.rules = rules
        filters = rules.map(\.match.filter)
        needsHeaderNames = filters.contains(where: \.needsHeaderNames)
        defaultRule = record.defaultRule
        self.defaultAction = defaultAction
    }

    /// The action of the first rule in priority order that matches, else the default action.
    package func action(for request: some RequestView) -> CompiledAction {
        rule(for: request)?.action ?? defaultAction
    }

    /// The first rule in priority order that matches; `nil` leaves the default action.
    package func rule(for request: some RequestView) -> CompiledRule? {
        guard !rules.isEmpty else { return nil }
        var names = HeaderNameSet()
        if needsHeaderNames {
            request.forEachHeader { name, _ in
                names.insert(name)
                return true
            }
        }
        return request.target.withBytes { target in
            FoldedPath.with(rawPath(target)) { path in
                for index in filters.indices
                where filters[index].admits(path, names) && rules[index].match.matches(request) {
                    return rules[index]
                }
                return nil
            }
        }
    }
}

package final class CompiledRule: Sendable {
    package let id: RuleID
    package let match: CompiledMatch
    package let action: CompiledAction

    init(id: RuleID, match: CompiledMatch, action: CompiledAction) {
        self.id = id
        self.match = match
        self.action = action
    }
}

package enum CompiledAction: Sendable {
    /// An empty response with this status code, 200 to 599.
    case fixedResponse(statusCode: Int)
    case forward(CompiledForward)
}

/// The weighted target groups of a forward action.
package final class CompiledForward: Sendable {
    package struct Choice: Sendable {
        package let targetGroup: TargetGroupID
        /// Where ``Snapshot/targetGroup(_:)`` finds the group.
        let slot: Int
        /// 0 to 999.
        package let weight: Int

        /// - Parameter weight: Brought into its range.
        init(targetGroup: TargetGroupID, slot: Int, weight: Int) {
            self.targetGroup = targetGroup
            self.slot = slot
            self.weight = min(max(0, weight), 999)
        }
    }

    package let choices: [Choice]
    /// The number of different draws: the sum of all weights; if it is 0, no group receives anything.
    package let totalWeight: Int

    init(_ choices: [Choice]) {
        self.choices = choices
        totalWeight = choices.reduce(0) { $0 + $1.weight }
    }

    /// Draws a group.
    ///
    /// - Returns: `nil` if no group has weight.
    package func choice(by random: inout some RandomNumberGenerator) -> Choice? {
        totalWeight > 0 ? choice(at: Int.random(in: 0..<totalWeight, using: &random)) : nil
    }

    /// The group that a draw falls to; a group's share is its weight divided by the sum of all.
    ///
    /// - Parameter draw: A value in `0..<totalWeight`.
    /// - Returns: `nil` if no group has weight, or if the draw is out of range.
    /// - Source: reference table "Actions": a weight of 0 receives nothing, all 0 answers 503.
    package func choice(at draw: Int) -> Choice? {
        guard draw >= 0 else { return nil }
        var remaining = draw
        for choice in choices where choice.weight > 0 {
            if remaining < choice.weight { return choice }
            remaining -= choice.weight
        }
        return nil
    }
}

package final class CompiledTargetGroup: Sendable {
    package let id: TargetGroupID
    package let scope: Scope
    package let arn: String
    package let type: TargetGroupType
    package let eventStructureVersion: EventStructureVersion
    /// The registered function of a LAMBDA group that is not draining.
    package let target: FunctionARN?
    /// How requests reach the targets; `nil` for a LAMBDA group.
    package let config: TargetGroupConfig?
    /// Of a group that is no LAMBDA group, in the order of their registration.
    package let targets: [CompiledTarget]
    /// Ids of registered targets that are nowhere, because they have no address.
    package let targetsWithoutAddress: [String]
    /// Whether a rule forwards to the group.
    package let isInUse: Bool
    /// Which target group of all that there are over time.
    package let slot: SlotIdentity

    init(
        _ record: TargetGroupRecord, slot: SlotIdentity, target: FunctionARN?, targets: [CompiledTarget] = [],
        targetsWithoutAddress: [String] = [], isInUse: Bool = false
    ) {
        id = record.id
        self.slot = slot
        scope = record.scope
        arn = record.arn
        type = record.type
        eventStructureVersion = record.eventStructureVersion
        config = record.config
        self.target = target
        self.targets = targets
        self.targetsWithoutAddress = targetsWithoutAddress
        self.isInUse = isInUse
    }

    /// Whether its targets are to be checked.
    package var checksHealth: Bool { isInUse && config?.healthCheck?.isEnabled == true }
}

/// A service network as a way for requests to come in.
package final class CompiledNetwork: Sendable {
    package let id: ServiceNetworkID
    package let arn: String
    /// What a request has to pass that comes by the network.
    package let authPolicy: AuthPolicy
    /// What gets an access log line of every request that comes by the network.
    package let accessLogs: [CompiledAccessLog]
    /// The VPCs that are actively associated, by VPC id.
    let vpcs: [String: CompiledVPC]
    /// The VPC if exactly one is associated.
    let onlyVPC: CompiledVPC?

    init(
        _ record: ServiceNetworkRecord, authPolicy: AuthPolicy, vpcs: [String: CompiledVPC],
        accessLogs: [CompiledAccessLog]
    ) {
        id = record.id
        self.accessLogs = accessLogs
        arn = record.arn
        self.authPolicy = authPolicy
        self.vpcs = vpcs
        onlyVPC = vpcs.count == 1 ? vpcs.values.first : nil
    }
}

/// A VPC that requests come from.
package struct CompiledVPC: Hashable, Sendable {
    /// For example `vpc-0a1b2c3d`.
    package let id: String
    /// For example `arn:aws:ec2:us-east-1:123456789012:vpc/vpc-0a1b2c3d`.
    package let arn: String

    /// The account that has associated it.
    package var account: String { ARN(arn)?.account ?? "" }
}

extension LifecycleStatus {
    /// Whether traffic uses the resource; an update, also a failed one, leaves what was there in force.
    var isInForce: Bool {
        switch self {
        case .active, .updateInProgress, .updateFailed: true
        case .createInProgress, .deleteInProgress, .createFailed, .deleteFailed: false
        }
    }
}
