import TrellisAPI
import TrellisModel

/// A LAMBDA group always shows a `config` with the event structure version and nothing else: clients take a port or
/// a health check for a change that somebody made.
extension TargetGroupRecord {
    /// The answer of CreateTargetGroup and UpdateTargetGroup.
    var createdJSON: JSONValue { members().showing("id", "arn", "name", "type", "config", "status") }

    var deletedJSON: JSONValue { members().showing("id", "arn", "status") }

    func fullJSON(serviceARNs: [String]) -> JSONValue {
        members(serviceARNs: serviceARNs).showing(allBut: "lambdaEventStructureVersion")
    }

    func summaryJSON(serviceARNs: [String]) -> JSONValue {
        members(serviceARNs: serviceARNs).showing(allBut: "config")
    }

    private func members(serviceARNs: [String]? = nil) -> ResourceMembers {
        ResourceMembers([
            "id": .id(id), "arn": .string(arn), "name": .string(name), "type": .raw(type), "status": .raw(status),
            "config": .object(["lambdaEventStructureVersion": .raw(eventStructureVersion)]),
            "lambdaEventStructureVersion": .raw(eventStructureVersion),
            "serviceArns": serviceARNs.map(JSONValue.strings),
            "createdAt": .time(createdAt), "lastUpdatedAt": .time(lastUpdatedAt),
        ])
    }
}

extension RecordReader {
    /// The services whose rules forward to a group: none, or one.
    func serviceARNs(of group: TargetGroupID, in scope: Scope) async throws -> [String] {
        Set(try await uses(of: group, in: scope).map(\.service)).map { scope.arn($0) }.sorted()
    }
}
