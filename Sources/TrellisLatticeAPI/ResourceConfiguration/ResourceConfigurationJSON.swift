import TrellisAPI
import TrellisModel

/// A configuration with the verification of its domain, if that is still there.
struct ResourceConfigurationView {
    var configuration: ResourceConfigurationRecord
    var verification: DomainVerificationRecord?

    var createdJSON: JSONValue {
        members.showing(allBut: "amazonManaged", "lastUpdatedAt", "domainVerificationStatus")
    }

    var fullJSON: JSONValue { members.all }

    var summaryJSON: JSONValue {
        members.showing(
            "id", "name", "arn", "resourceGatewayId", "resourceConfigurationGroupId", "type", "status",
            "amazonManaged", "createdAt", "lastUpdatedAt", "customDomainName", "domainVerificationId", "groupDomain")
    }

    var updatedJSON: JSONValue {
        members.showing(
            "id", "name", "arn", "resourceGatewayId", "resourceConfigurationGroupId", "type", "portRanges",
            "allowAssociationToShareableServiceNetwork", "protocol", "status", "resourceConfigurationDefinition")
    }

    private var members: ResourceMembers {
        let shown = configuration
        return ResourceMembers([
            "id": .id(shown.id), "name": .string(shown.name), "arn": .string(shown.arn), "type": .raw(shown.type),
            "status": .raw(shown.status), "resourceGatewayId": .id(shown.gateway),
            "resourceConfigurationGroupId": shown.group.map(JSONValue.id),
            "resourceConfigurationDefinition": shown.definition?.json,
            "portRanges": shown.portRanges.isEmpty ? nil : .strings(shown.portRanges),
            "protocol": shown.protocol.map(JSONValue.raw),
            "allowAssociationToShareableServiceNetwork": shown.allowsShareableServiceNetwork.map(JSONValue.boolean),
            "customDomainName": .optional(shown.customDomainName), "groupDomain": .optional(shown.groupDomain),
            "domainVerificationId": verification.map { .id($0.id) },
            "domainVerificationArn": verification.map { .string($0.arn) },
            "domainVerificationStatus": verification.map { .raw($0.status) },
            "amazonManaged": false,
            "createdAt": .time(shown.createdAt), "lastUpdatedAt": .time(shown.lastUpdatedAt),
        ])
    }
}

extension RecordReader {
    func view(_ configuration: ResourceConfigurationRecord) async throws -> ResourceConfigurationView {
        ResourceConfigurationView(
            configuration: configuration, verification: try await verification(of: configuration))
    }

    /// - Returns: `nil` if there is none, or if it was deleted.
    func verification(of configuration: ResourceConfigurationRecord) async throws -> DomainVerificationRecord? {
        guard let id = configuration.domainVerification else { return nil }
        return try await get(
            DomainVerificationRecord.self, at: .domainVerification(id, in: configuration.scope))
    }
}
