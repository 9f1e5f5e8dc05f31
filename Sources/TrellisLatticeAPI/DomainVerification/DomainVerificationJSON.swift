import TrellisAPI
import TrellisModel

extension DomainVerificationRecord {
    var startedJSON: JSONValue { members.showing("id", "arn", "domainName", "status", "txtMethodConfig") }

    /// Full answer and summary have the same members.
    var fullJSON: JSONValue { members.all }

    private var members: ResourceMembers {
        ResourceMembers([
            "id": .id(id), "arn": .string(arn), "domainName": .string(domainName.rawValue), "status": .raw(status),
            "txtMethodConfig": .object(["name": .string(recordName), "value": .string(recordValue)]),
            "createdAt": .time(createdAt), "lastVerifiedTime": lastVerifiedAt.map(JSONValue.time),
            "tags": .object(tags.mapValues(JSONValue.string)),
        ])
    }
}
