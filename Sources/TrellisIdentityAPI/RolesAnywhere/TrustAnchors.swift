import TrellisAPI
import TrellisModel

extension TrustAnchorRecord: RolesAnywhereResource {
    static let arnKind = "trust-anchor"
    static let kindName = "TrustAnchor"
    static let pathName = "trustanchor"
    static let memberName = "trustAnchor"
    static let createName = "Create"

    var members: [String: JSONValue?] {
        [
            "trustAnchorId": .string(id), "trustAnchorArn": .string(arn), "name": .string(name),
            "enabled": .boolean(isEnabled),
            "source": .object([
                "sourceType": "CERTIFICATE_BUNDLE",
                "sourceData": .object(["x509CertificateData": .string(certificates)]),
            ]),
            "createdAt": .string(createdAt.iso8601Seconds), "updatedAt": .string(updatedAt.iso8601Seconds),
        ]
    }

    static func make(
        _ members: [String: JSONValue], _ call: APICall, _ service: RolesAnywhereService
    ) async throws -> TrustAnchorRecord {
        let input = RolesAnywhereInput(members)
        try input.refuse("notificationSettings")
        return TrustAnchorRecord(
            scope: call.scope, id: service.random.uuid(), name: try input.required(try input.name(), "name"),
            certificates: try input.required(try input.certificates(), "source"),
            isEnabled: try input.flag("enabled") ?? true, tags: try input.tags(), createdAt: service.clock.now())
    }

    mutating func update(_ members: [String: JSONValue]) throws {
        let input = RolesAnywhereInput(members)
        name = try input.name() ?? name
        certificates = try input.certificates() ?? certificates
    }
}
