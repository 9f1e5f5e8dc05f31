import TrellisModel

/// Keys that keep names unique and references countable; every one is written in the transaction of the record it
/// belongs to.
///
/// Names are under `/<account>/<region>/name/…`, references under `/<account>/<region>/index/…`. A key that ends in a
/// slash is the prefix of all keys of its sort.
struct IndexKeys {
    let scope: Scope

    init(_ scope: Scope) {
        self.scope = scope
    }

    // MARK: Names, each taken by one resource

    func serviceNetworkName(_ name: String) -> StoreKey {
        .name(RecordKind.serviceNetwork.rawValue, name, in: scope)
    }

    func serviceName(_ name: String) -> StoreKey {
        .name(RecordKind.service.rawValue, name, in: scope)
    }

    func targetGroupName(_ name: String) -> StoreKey {
        .name(RecordKind.targetGroup.rawValue, name, in: scope)
    }

    func listenerName(_ name: String, of service: ServiceID) -> StoreKey {
        .name(RecordKind.listener.rawValue, service.rawValue, name, in: scope)
    }

    func listenerPort(_ port: Int, of service: ServiceID) -> StoreKey {
        .name("listener-port", service.rawValue, String(port), in: scope)
    }

    func ruleName(_ name: String, of listener: ListenerID) -> StoreKey {
        .name(RecordKind.rule.rawValue, listener.rawValue, name, in: scope)
    }

    func rulePriority(_ priority: Int, of listener: ListenerID) -> StoreKey {
        .name("rule-priority", listener.rawValue, String(priority), in: scope)
    }

    /// Taken by the one association of a VPC.
    func vpc(_ vpc: String) -> StoreKey {
        .name("vpc", vpc, in: scope)
    }

    /// Taken by the one service of a network that has the domain; domains are compared without case.
    func customDomain(_ domain: String, in network: ServiceNetworkID) -> StoreKey {
        .name("custom-domain", network.rawValue, StoreKey.escaped(domain.lowercased()), in: scope)
    }

    /// The subscriptions of a network, service or resource configuration, each under the kind of its destination.
    func accessLogSubscriptions(of owner: String) -> StoreKey {
        .name(RecordKind.accessLogSubscription.rawValue, owner, "", in: scope)
    }

    /// Taken by the owner's one subscription that sends to a destination of the kind.
    func accessLogSubscription(of owner: String, to kind: AccessLogDestination.Kind) -> StoreKey {
        .name(RecordKind.accessLogSubscription.rawValue, owner, kind.rawValue, in: scope)
    }

    // MARK: References

    /// What refers to a target group: one key for each rule, the default rules included.
    func uses(of group: TargetGroupID) -> StoreKey {
        index("target-group-use", group.rawValue, "")
    }

    func use(of group: TargetGroupID, by rule: RuleID) -> StoreKey {
        index("target-group-use", group.rawValue, rule.rawValue)
    }

    /// The same references by service.
    func uses(by service: ServiceID) -> StoreKey {
        index("service-use", service.rawValue, "")
    }

    func use(by service: ServiceID, of group: TargetGroupID, rule: RuleID) -> StoreKey {
        index("service-use", service.rawValue, "\(group)@\(rule)")
    }

    func serviceAssociations(of network: ServiceNetworkID) -> StoreKey {
        index("network-service", network.rawValue, "")
    }

    /// A service can be associated with a network once.
    func serviceAssociation(of network: ServiceNetworkID, with service: ServiceID) -> StoreKey {
        index("network-service", network.rawValue, service.rawValue)
    }

    func serviceAssociations(of service: ServiceID) -> StoreKey {
        index("service-network", service.rawValue, "")
    }

    func serviceAssociation(of service: ServiceID, with network: ServiceNetworkID) -> StoreKey {
        index("service-network", service.rawValue, network.rawValue)
    }

    func vpcAssociations(of network: ServiceNetworkID) -> StoreKey {
        index("network-vpc", network.rawValue, "")
    }

    func vpcAssociation(_ association: VpcAssociationID, of network: ServiceNetworkID) -> StoreKey {
        index("network-vpc", network.rawValue, association.rawValue)
    }

    /// What other accounts share with this one.
    var sharedResources: StoreKey { index("shared", "") }

    func shared(_ resource: PolicyResource) -> StoreKey { index("shared", resource.id) }

    // MARK: Client tokens

    static let clientToken = "client-token"

    var clientTokens: StoreKey { index(Self.clientToken, "") }

    func clientToken(_ token: String, of operation: String) -> StoreKey {
        index(Self.clientToken, operation, StoreKey.escaped(token))
    }

    func index(_ parts: String...) -> StoreKey {
        StoreKey(path: "/\(scope.account)/\(scope.region)/index/" + parts.joined(separator: "/"))
    }
}

extension StoreKey {
    /// Text from outside as one part of a key: bytes other than letters, digits, `.`, `-` and `_` become `%XX`.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                escaped += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return escaped
    }
}

/// The value of a name or reference: who has it.
struct IndexRecord: StoredRecord, Equatable {
    var id: String

    init(_ id: String) {
        self.id = id
    }

    init<Kind: ResourceKind>(_ id: ResourceID<Kind>) {
        self.id = id.rawValue
    }
}

/// A rule, or a listener's default rule, that forwards to a target group.
struct TargetGroupUse: StoredRecord, Hashable {
    var targetGroup: TargetGroupID
    var service: ServiceID
    var listener: ListenerID
    var rule: RuleID
}
