import TrellisAPI
import TrellisModel

/// What tells the targets of a group apart.
struct TargetIdentity: Hashable {
    /// As in ``TargetRecord/id``: one text for each target, however a request spells it.
    var id: String
    /// `nil` in a LAMBDA group only.
    var port: Int?
}

extension TargetGroupRecord {
    /// The target of this group that a request names; one without a port is at the port of the group.
    ///
    /// - Throws: ``TargetFailure`` for what cannot be a target of such a group.
    func identity(of target: TargetInput) throws(TargetFailure) -> TargetIdentity {
        guard let config else {
            guard target.port == nil else {
                throw .invalid("A target of a LAMBDA target group has no port")
            }
            return TargetIdentity(id: target.id, port: nil)
        }
        let port = target.port ?? config.port
        switch type {
        case .ip:
            return TargetIdentity(id: try canonicalAddress(target.id, config.ipAddressType ?? .ipv4), port: port)
        case .alb:
            return TargetIdentity(id: try loadBalancer(target.id), port: port)
        case .instance, .lambda:
            guard TextPattern.ec2ID("i").matches(target.id) else {
                throw .invalid("'\(target.id)' is not the id of an instance: i- and 8 or 17 of 0-9a-z")
            }
            return TargetIdentity(id: target.id, port: port)
        }
    }

    private func canonicalAddress(_ text: String, _ family: TargetAddressType) throws(TargetFailure) -> String {
        guard let address = IPAddress(text), address.family == (text.contains(":") ? .ipv6 : .ipv4) else {
            throw .invalid("'\(text)' is not an IPv4 or IPv6 address")
        }
        guard address.family == family else {
            throw .invalid("'\(text)' is not an address of the target group's ipAddressType, \(family.rawValue)")
        }
        guard address.isUnicast else {
            throw .invalid("'\(text)' is not the address of one machine")
        }
        return address.description
    }

    /// - Source: the ARN form `loadbalancer/app/<name>/<16 hexadecimal digits>` of an Application Load Balancer.
    private func loadBalancer(_ text: String) throws(TargetFailure) -> String {
        guard let arn = ARN(text), arn.partition == ARN.partition, arn.service == "elasticloadbalancing",
            isApplicationLoadBalancer(arn.resource)
        else {
            throw .invalid("'\(text)' is not the ARN of an Application Load Balancer")
        }
        guard arn.scope == scope else {
            throw .invalid(
                "Load balancer \(text) is not in the account and Region of the target group: \(scope.account),"
                    + " \(scope.region)")
        }
        return text
    }
}

extension IPAddress {
    fileprivate var family: TargetAddressType {
        switch self {
        case .v4: .ipv4
        case .v6: .ipv6
        }
    }
}

private func isApplicationLoadBalancer(_ resource: String) -> Bool {
    let parts = resource.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0] == "loadbalancer", parts[1] == "app" else { return false }
    let (name, id) = (parts[2].utf8, parts[3].utf8)
    let isNamed = (1...32).contains(name.count) && name.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
    return isNamed && id.count == 16 && id.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
}

private func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
}

extension TargetRecord {
    var identity: TargetIdentity { TargetIdentity(id: id, port: port) }

    /// Port 0 stands for none.
    static func key(_ target: TargetIdentity, of group: TargetGroupID, in scope: Scope) -> StoreKey {
        .target(target.id, port: target.port ?? 0, of: group, in: scope)
    }

    var key: StoreKey { Self.key(identity, of: targetGroup, in: scope) }
}

extension RecordReader {
    func targets(of group: TargetGroupID, in scope: Scope) async throws -> [TargetRecord] {
        try await list(TargetRecord.self, under: .all(.target, in: scope, under: group.rawValue))
    }
}
