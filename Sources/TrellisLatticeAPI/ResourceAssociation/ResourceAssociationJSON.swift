import TrellisAPI
import TrellisModel

/// An association with the resources it joins.
///
/// For a child of an associated group, the same association with the child's configuration.
struct ResourceAssociationView {
    var association: ResourceAssociationRecord
    var configuration: ResourceConfigurationRecord
    var verification: DomainVerificationRecord?
    var network: ServiceNetworkRecord

    var fullJSON: JSONValue { members.all }

    var summaryJSON: JSONValue { members.showing(allBut: "lastUpdatedAt", "domainVerificationStatus") }

    private var members: ResourceMembers {
        ResourceMembers([
            "id": .id(association.id), "arn": .string(association.arn), "status": .raw(association.status),
            "createdBy": .string(association.createdBy.rawValue), "createdAt": .time(association.createdAt),
            "lastUpdatedAt": .time(association.lastUpdatedAt),
            "resourceConfigurationId": .id(configuration.id),
            "resourceConfigurationArn": .string(configuration.arn),
            "resourceConfigurationName": .string(configuration.name),
            "serviceNetworkId": .id(network.id), "serviceNetworkArn": .string(network.arn),
            "serviceNetworkName": .string(network.name),
            "dnsEntry": dnsEntry?.json, "privateDnsEntry": privateDNSEntry?.json,
            "privateDnsEnabled": .boolean(association.isPrivateDNSEnabled), "isManagedAssociation": false,
            "domainVerificationStatus": verification.map { .raw($0.status) },
        ])
    }

    /// A group itself cannot be reached, only its children.
    private var dnsEntry: DNSEntry? {
        guard configuration.type != .group else { return nil }
        return DNSEntry(
            association: association.id, configuration: configuration.id, region: association.scope.region)
    }

    private var privateDNSEntry: DNSEntry? {
        guard association.isPrivateDNSEnabled else { return nil }
        return configuration.customDomainName.map { DNSEntry(customDomainName: $0) }
    }
}

extension ResourceAssociationRecord {
    var createdJSON: JSONValue {
        .object([
            "id": .id(id), "arn": .string(arn), "status": .raw(status), "createdBy": .string(createdBy.rawValue),
            "privateDnsEnabled": .boolean(isPrivateDNSEnabled),
        ])
    }

    var deletedJSON: JSONValue { .object(["id": .id(id), "arn": .string(arn), "status": .raw(status)]) }
}

extension RecordReader {
    /// - Parameter child: Shown in place of the associated group.
    /// - Returns: `nil` if configuration or network is missing, because then the association went away while it was read.
    func view(
        _ association: ResourceAssociationRecord, child: ResourceConfigurationID? = nil
    ) async throws -> ResourceAssociationView? {
        let shown = child ?? association.resourceConfiguration
        guard
            let configuration = try await get(
                ResourceConfigurationRecord.self,
                at: .resourceConfiguration(shown, in: association.ownerOfConfiguration)),
            let network = try await get(
                ServiceNetworkRecord.self,
                at: .serviceNetwork(association.serviceNetwork, in: association.ownerOfNetwork))
        else { return nil }
        return ResourceAssociationView(
            association: association, configuration: configuration,
            verification: try await verification(of: configuration), network: network)
    }
}
