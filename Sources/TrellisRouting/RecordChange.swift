package import TrellisModel

/// One change of the records that traffic depends on, in types.
///
/// A record that is put replaces the one with the same identity. Parents and children may come in any order.
package enum RecordChange: Sendable {
    case putServiceNetwork(ServiceNetworkRecord)
    case deleteServiceNetwork(ServiceNetworkID)
    case putService(ServiceRecord)
    case deleteService(ServiceID)
    case putListener(ListenerRecord)
    case deleteListener(ListenerID, service: ServiceID)
    case putRule(RuleRecord)
    case deleteRule(RuleID, listener: ListenerID, service: ServiceID)
    case putTargetGroup(TargetGroupRecord)
    case deleteTargetGroup(TargetGroupID)
    case putTarget(TargetRecord)
    /// - Parameters:
    ///   - id: As in ``TargetRecord/id``.
    ///   - port: As in ``TargetRecord/port``.
    case deleteTarget(id: String, port: Int? = nil, targetGroup: TargetGroupID)
    case putVpcAssociation(VpcAssociationRecord)
    case deleteVpcAssociation(VpcAssociationID)
    case putServiceAssociation(ServiceAssociationRecord)
    case deleteServiceAssociation(ServiceAssociationID)
    case putAuthPolicy(AuthPolicyRecord)
    case deleteAuthPolicy(PolicyResource)
    case putAccessLogSubscription(AccessLogSubscriptionRecord)
    case deleteAccessLogSubscription(AccessLogSubscriptionID)
}

extension RecordChange {
    /// The change that the deletion of a key means.
    ///
    /// - Returns: `nil` for a key that is no record of traffic, for example of a function or of a name.
    package init?(deletionOf key: StoreKey) {
        guard let kind = key.kind else { return nil }
        let parts = key.components
        guard parts.count >= 4 else { return nil }
        let ids = parts[3...].map(String.init)
        switch (kind, ids.count) {
        case (.serviceNetwork, 1):
            guard let id = ServiceNetworkID(ids[0]) else { return nil }
            self = .deleteServiceNetwork(id)
        case (.service, 1):
            guard let id = ServiceID(ids[0]) else { return nil }
            self = .deleteService(id)
        case (.listener, 2):
            guard let service = ServiceID(ids[0]), let id = ListenerID(ids[1]) else { return nil }
            self = .deleteListener(id, service: service)
        case (.rule, 3):
            guard let service = ServiceID(ids[0]), let listener = ListenerID(ids[1]), let id = RuleID(ids[2]) else {
                return nil
            }
            self = .deleteRule(id, listener: listener, service: service)
        case (.targetGroup, 1):
            guard let id = TargetGroupID(ids[0]) else { return nil }
            self = .deleteTargetGroup(id)
        case (.target, 2):
            guard let group = TargetGroupID(ids[0]), let target = Self.target(ids[1]) else { return nil }
            self = .deleteTarget(id: target.id, port: target.port, targetGroup: group)
        case (.vpcAssociation, 1):
            guard let id = VpcAssociationID(ids[0]) else { return nil }
            self = .deleteVpcAssociation(id)
        case (.serviceAssociation, 1):
            guard let id = ServiceAssociationID(ids[0]) else { return nil }
            self = .deleteServiceAssociation(id)
        case (.authPolicy, 1):
            guard let resource = PolicyResource(id: ids[0]) else { return nil }
            self = .deleteAuthPolicy(resource)
        case (.accessLogSubscription, 1):
            guard let id = AccessLogSubscriptionID(ids[0]) else { return nil }
            self = .deleteAccessLogSubscription(id)
        default:
            return nil
        }
    }

    /// Id and port in `<id>@<port>`, the last part of a target's key, where a slash is written `%2F` and port 0 is none.
    private static func target(_ part: String) -> (id: String, port: Int?)? {
        guard let at = part.lastIndex(of: "@"), let port = Int(part[part.index(after: at)...]) else { return nil }
        let escaped = part[..<at]
        var id = ""
        var index = escaped.startIndex
        while index < escaped.endIndex {
            if escaped[index...].hasPrefix("%2F") {
                id.append("/")
                index = escaped.index(index, offsetBy: 3)
            } else {
                id.append(escaped[index])
                index = escaped.index(after: index)
            }
        }
        return id.isEmpty ? nil : (id, port == 0 ? nil : port)
    }
}
