import TrellisAPI
import TrellisModel

extension ResourceDefinition {
    var json: JSONValue {
        switch self {
        case .dns(let domainName, let type):
            .object([
                "dnsResource": .object(["domainName": .string(domainName), "ipAddressType": .raw(type)])
            ])
        case .ip(let address): .object(["ipResource": .object(["ipAddress": .string(address)])])
        case .arn(let arn): .object(["arnResource": .object(["arn": .string(arn)])])
        }
    }

    /// Only for an address.
    var address: IPAddress? {
        guard case .ip(let text) = self else { return nil }
        return IPAddress(text)
    }
}

extension ResourceConfigurationType {
    /// The members of the definition's union that this type has; none for a group.
    var definitions: [String] {
        switch self {
        case .single, .child: ["dnsResource", "ipResource"]
        case .arn: ["arnResource"]
        case .group: []
        }
    }
}

extension InputReader {
    /// The `resourceConfigurationDefinition` of one of the given sorts.
    ///
    /// - Parameter allowed: Members of the union; others of the model are refused by name.
    /// - Returns: `nil` if it is absent or a problem was reported.
    func resourceDefinition(allowing allowed: [String]) -> ResourceDefinition? {
        let name = "resourceConfigurationDefinition"
        guard let (reader, member) = union(name, of: ["dnsResource", "ipResource", "arnResource"]) else { return nil }
        guard allowed.contains(member) else {
            report("\(name).\(member)", "Member must be one of [\(allowed.joined(separator: ", "))] for this type")
            return nil
        }
        guard let inner = reader.object(member) else { return nil }
        switch member {
        case "dnsResource": return inner.dnsResource()
        case "ipResource": return inner.ipResource()
        default: return inner.arnResource()
        }
    }

    private func dnsResource() -> ResourceDefinition? {
        if !has("domainName") { reportMissing("domainName") }
        let name = domain("domainName")
        let type = requiredEnumeration("ipAddressType", placeholder: ResourceIPAddressType.ipv4)
        if type == .dualstack { report("ipAddressType", value: type.rawValue, "Dualstack is not supported") }
        return name.map { .dns(domainName: $0, type) }
    }

    private func ipResource() -> ResourceDefinition? {
        let text = requiredString("ipAddress", as: LatticeShapes.ipAddress)
        // A text of a wrong length was reported already.
        guard LatticeShapes.ipAddress.length.contains(text.unicodeScalars.count) else { return nil }
        guard let address = IPAddress(text), address.isInsideVPC else {
            report("ipAddress", value: text, "Member must be a private IPv4 address or an IPv6 address of a VPC")
            return nil
        }
        return .ip(text)
    }

    private func arnResource() -> ResourceDefinition? {
        let text = requiredString("arn", as: LatticeShapes.anyARN)
        guard let arn = ARN(text) else { return nil }
        guard arn.service == "rds", arn.resource.hasPrefix("db:") || arn.resource.hasPrefix("cluster:") else {
            report("arn", value: text, "Member must be the ARN of an Amazon RDS database")
            return nil
        }
        return .arn(text)
    }
}

extension IPAddress {
    /// Whether a VPC can have the address.
    ///
    /// - Source: resource configuration page of the user guide: private IPv4 ranges only. For IPv6 chosen: global
    ///   unicast (`2000::/3`) and unique local (`fc00::/7`) addresses.
    fileprivate var isInsideVPC: Bool {
        switch self {
        case .v4(let value):
            value >> 24 == 10 || value >> 20 == 0xAC1 || value >> 16 == 0xC0A8 || value >> 22 == 0x191
        case .v6(let value):
            value >> 125 == 0b001 || value >> 121 == 0b111_1110
        }
    }

    var isIPv4: Bool {
        if case .v4 = self { true } else { false }
    }
}
