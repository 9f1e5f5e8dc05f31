import TrellisAPI
import TrellisModel

/// An association with the service network, whose name the answers show.
struct VpcAssociationView {
    var association: VpcAssociationRecord
    var network: ServiceNetworkRecord

    var fullJSON: JSONValue { association.members(network: network).all }

    var summaryJSON: JSONValue { association.members(network: network).showing(allBut: "securityGroupIds") }
}

extension VpcAssociationRecord {
    var createdJSON: JSONValue {
        members().showing("id", "status", "arn", "createdBy", "securityGroupIds", "privateDnsEnabled", "dnsOptions")
    }

    var updatedJSON: JSONValue { members().showing("id", "arn", "status", "createdBy", "securityGroupIds") }

    var deletedJSON: JSONValue { members().showing("id", "status", "arn") }

    fileprivate func members(network: ServiceNetworkRecord? = nil) -> ResourceMembers {
        ResourceMembers([
            "id": .id(id), "arn": .string(arn), "status": .raw(status), "createdBy": .string(createdBy.rawValue),
            "createdAt": .time(createdAt), "lastUpdatedAt": .time(lastUpdatedAt),
            "serviceNetworkId": .id(serviceNetwork), "serviceNetworkName": .optional(network?.name),
            "serviceNetworkArn": .string(ownerOfNetwork.arn(serviceNetwork)),
            "vpcId": .string(vpc), "securityGroupIds": .strings(securityGroups),
            "privateDnsEnabled": .boolean(privateDNS != nil), "dnsOptions": privateDNS?.json,
        ])
    }
}

extension RecordReader {
    /// The network is there as long as the association is.
    ///
    /// - Returns: `nil` if it is missing, because then the association went away while it was read.
    func view(_ association: VpcAssociationRecord) async throws -> VpcAssociationView? {
        let key = StoreKey.serviceNetwork(association.serviceNetwork, in: association.ownerOfNetwork)
        let network = try await get(ServiceNetworkRecord.self, at: key)
        return network.map { VpcAssociationView(association: association, network: $0) }
    }
}
