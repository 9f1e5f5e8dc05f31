import TrellisAPI
import TrellisModel

/// Create and list call the VPC `vpcIdentifier`, get and update call it `vpcId`.
extension ResourceGatewayRecord {
    var createdJSON: JSONValue {
        members.showing(
            "name", "id", "arn", "status", "vpcIdentifier", "subnetIds", "securityGroupIds", "ipAddressType",
            "ipv4AddressesPerEni", "resourceConfigDnsResolution")
    }

    var fullJSON: JSONValue { members.showing(allBut: "vpcIdentifier") }

    var summaryJSON: JSONValue { members.showing(allBut: "vpcId", "serviceManaged") }

    var updatedJSON: JSONValue {
        members.showing("name", "id", "arn", "status", "vpcId", "subnetIds", "securityGroupIds", "ipAddressType")
    }

    var deletedJSON: JSONValue { members.showing("id", "arn", "name", "status") }

    private var members: ResourceMembers {
        ResourceMembers([
            "id": .id(id), "arn": .string(arn), "name": .string(name), "status": .raw(status),
            "vpcId": .string(vpc), "vpcIdentifier": .string(vpc), "subnetIds": .strings(subnets),
            "securityGroupIds": .strings(securityGroups), "ipAddressType": .raw(ipAddressType),
            "ipv4AddressesPerEni": ipv4AddressesPerENI.map(JSONValue.number),
            "resourceConfigDnsResolution": .raw(dnsResolution), "serviceManaged": false,
            "createdAt": .time(createdAt), "lastUpdatedAt": .time(lastUpdatedAt),
        ])
    }
}
