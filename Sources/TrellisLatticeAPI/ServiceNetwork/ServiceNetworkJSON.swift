import TrellisAPI
import TrellisModel

extension ServiceNetworkRecord {
    var createdJSON: JSONValue { members().showing("id", "name", "arn", "sharingConfig", "authType") }

    var updatedJSON: JSONValue { members().showing("id", "name", "arn", "authType") }

    func fullJSON(_ counts: AssociationCounts) -> JSONValue {
        members(counts).showing(allBut: "numberOfAssociatedResourceConfigurations")
    }

    func summaryJSON(_ counts: AssociationCounts) -> JSONValue {
        members(counts).showing(allBut: "authType", "sharingConfig")
    }

    private func members(_ counts: AssociationCounts? = nil) -> ResourceMembers {
        ResourceMembers([
            "id": .id(id), "name": .string(name), "arn": .string(arn), "authType": .raw(authType),
            "sharingConfig": .object(["enabled": .boolean(isSharingEnabled)]),
            "createdAt": .time(createdAt), "lastUpdatedAt": .time(lastUpdatedAt),
            "numberOfAssociatedVPCs": counts.map { .number($0.vpcs) },
            "numberOfAssociatedServices": counts.map { .number($0.services) },
            "numberOfAssociatedResourceConfigurations": counts.map { .number($0.resources) },
        ])
    }
}

/// How many associations a service network has, the ones in progress included.
struct AssociationCounts {
    var vpcs: Int
    var services: Int
    /// A group counts once, however many children it has.
    var resources: Int
}

extension RecordReader {
    func associationCounts(of network: ServiceNetworkID, in scope: Scope) async throws -> AssociationCounts {
        let keys = IndexKeys(scope)
        return AssociationCounts(
            vpcs: try await count(under: keys.vpcAssociations(of: network)),
            services: try await count(under: keys.serviceAssociations(of: network)),
            resources: try await count(under: keys.resourceAssociations(of: network)))
    }
}
