import TrellisAPI
import TrellisModel

extension ListenerRecord {
    /// The answer of CreateListener and UpdateListener.
    var createdJSON: JSONValue { members.showing(allBut: "createdAt", "lastUpdatedAt") }

    var fullJSON: JSONValue { members.all }

    var summaryJSON: JSONValue { members.showing(allBut: "serviceArn", "serviceId", "defaultAction") }

    private var members: ResourceMembers {
        ResourceMembers([
            "arn": .string(arn), "id": .id(id), "name": .string(name), "protocol": .raw(`protocol`),
            "port": .number(port), "serviceArn": .string(scope.arn(service)), "serviceId": .id(service),
            "defaultAction": defaultAction.json,
            "createdAt": .time(createdAt), "lastUpdatedAt": .time(lastUpdatedAt),
        ])
    }
}
