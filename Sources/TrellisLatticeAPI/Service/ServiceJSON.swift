import TrellisAPI
import TrellisModel

extension ServiceRecord {
    var createdJSON: JSONValue { members.showing(allBut: "createdAt", "lastUpdatedAt") }

    var fullJSON: JSONValue { members.all }

    var updatedJSON: JSONValue {
        members.showing(
            "id", "arn", "name", "customDomainName", "certificateArn", "authType", "idleTimeoutSeconds")
    }

    var deletedJSON: JSONValue { members.showing("id", "arn", "name", "status") }

    var summaryJSON: JSONValue { members.showing(allBut: "certificateArn", "authType", "idleTimeoutSeconds") }

    private var members: ResourceMembers {
        ResourceMembers([
            "id": .id(id), "arn": .string(arn), "name": .string(name), "status": .raw(status),
            "authType": .raw(authType), "dnsEntry": dnsEntry.json,
            "customDomainName": .optional(customDomainName), "certificateArn": .optional(certificateARN),
            "idleTimeoutSeconds": .number(idleTimeoutSeconds),
            "createdAt": .time(createdAt), "lastUpdatedAt": .time(lastUpdatedAt),
        ])
    }
}
