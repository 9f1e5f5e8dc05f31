import TrellisAPI
import TrellisModel

/// A LAMBDA group always shows a `config` with the event structure version and nothing else: clients take a port or
/// a health check for a change that somebody made.
extension TargetGroupRecord {
    /// The answer of CreateTargetGroup and UpdateTargetGroup.
    var createdJSON: JSONValue { members().showing("id", "arn", "name", "type", "config", "status") }

    var deletedJSON: JSONValue { members().showing("id", "arn", "status") }

    func fullJSON(serviceARNs: [String]) -> JSONValue {
        members(serviceARNs: serviceARNs).showing(
            "id", "arn", "name", "type", "config", "createdAt", "lastUpdatedAt", "status", "serviceArns")
    }

    func summaryJSON(serviceARNs: [String]) -> JSONValue {
        members(serviceARNs: serviceARNs).showing(allBut: "config")
    }

    private func members(serviceARNs: [String]? = nil) -> ResourceMembers {
        ResourceMembers([
            "id": .id(id), "arn": .string(arn), "name": .string(name), "type": .raw(type), "status": .raw(status),
            "config": configJSON,
            "port": config.map { .number($0.port) }, "protocol": config.map { .raw($0.protocol) },
            "ipAddressType": config?.ipAddressType.map(JSONValue.raw),
            "vpcIdentifier": config.map { .string($0.vpc) },
            "lambdaEventStructureVersion": type == .lambda ? .raw(eventStructureVersion) : nil,
            "serviceArns": serviceARNs.map(JSONValue.strings),
            "createdAt": .time(createdAt), "lastUpdatedAt": .time(lastUpdatedAt),
        ])
    }

    private var configJSON: JSONValue {
        guard let config else {
            return .object(["lambdaEventStructureVersion": .raw(eventStructureVersion)])
        }
        return .object(omittingNil: [
            "port": .number(config.port), "protocol": .raw(config.protocol),
            "protocolVersion": config.protocolVersion.map(JSONValue.raw),
            "ipAddressType": config.ipAddressType.map(JSONValue.raw),
            "vpcIdentifier": .string(config.vpc), "healthCheck": config.healthCheck?.json,
        ])
    }
}

extension RecordReader {
    /// The services whose rules forward to a group: none, or one.
    func serviceARNs(of group: TargetGroupID, in scope: Scope) async throws -> [String] {
        Set(try await uses(of: group, in: scope).map(\.service)).map { scope.arn($0) }.sorted()
    }
}
