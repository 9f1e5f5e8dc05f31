import TrellisAPI
import TrellisModel

/// An association with the two resources it joins, whose names and domains the answers show.
struct ServiceAssociationView {
    var association: ServiceAssociationRecord
    var service: ServiceRecord
    var network: ServiceNetworkRecord

    var createdJSON: JSONValue {
        members.showing("id", "status", "arn", "createdBy", "customDomainName", "dnsEntry")
    }

    /// Full answer and summary have the same members.
    var fullJSON: JSONValue { members.all }

    private var members: ResourceMembers {
        ResourceMembers([
            "id": .id(association.id), "arn": .string(association.arn), "status": .raw(association.status),
            "createdBy": .string(association.createdBy.rawValue), "createdAt": .time(association.createdAt),
            "serviceId": .id(service.id), "serviceName": .string(service.name), "serviceArn": .string(service.arn),
            "serviceNetworkId": .id(network.id), "serviceNetworkName": .string(network.name),
            "serviceNetworkArn": .string(network.arn),
            "dnsEntry": service.dnsEntry.json, "customDomainName": .optional(service.customDomainName),
        ])
    }
}

extension ServiceAssociationRecord {
    var deletedJSON: JSONValue {
        .object(["id": .id(id), "status": .raw(status), "arn": .string(arn)])
    }
}

extension RecordReader {
    /// Service and network are there as long as the association is.
    ///
    /// - Returns: `nil` if one of them is missing, because then the association went away while it was read.
    func view(_ association: ServiceAssociationRecord) async throws -> ServiceAssociationView? {
        guard
            let service = try await get(
                ServiceRecord.self, at: .service(association.service, in: association.ownerOfService)),
            let network = try await get(
                ServiceNetworkRecord.self,
                at: .serviceNetwork(association.serviceNetwork, in: association.ownerOfNetwork))
        else { return nil }
        return ServiceAssociationView(association: association, service: service, network: network)
    }
}
