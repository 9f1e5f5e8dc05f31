import FoundationEssentials
import TrellisAPI
import TrellisModel

extension RevocationListRecord: RolesAnywhereResource {
    static let arnKind = "crl"
    static let kindName = "Crl"
    static let pathName = "crl"
    static let memberName = "crl"
    static let createName = "Import"

    var members: [String: JSONValue?] {
        [
            "crlId": .string(id), "crlArn": .string(arn), "name": .string(name), "enabled": .boolean(isEnabled),
            "crlData": .string(data), "trustAnchorArn": .string(trustAnchorARN),
            "createdAt": .string(createdAt.iso8601Seconds), "updatedAt": .string(updatedAt.iso8601Seconds),
        ]
    }

    static func make(
        _ members: [String: JSONValue], _ call: APICall, _ service: RolesAnywhereService
    ) async throws -> RevocationListRecord {
        let input = RolesAnywhereInput(members)
        let anchorARN = try input.required(members["trustAnchorArn"]?.text, "trustAnchorArn")
        let data = try input.required(members["crlData"]?.text, "crlData")
        try await checkSignature(of: data, by: anchorARN, in: call.scope, service)
        return RevocationListRecord(
            scope: call.scope, id: service.random.uuid(), name: try input.required(try input.name(), "name"),
            data: data, trustAnchorARN: anchorARN, isEnabled: try input.flag("enabled") ?? true,
            tags: try input.tags(), createdAt: service.clock.now())
    }

    func checkUpdate(_ input: [String: JSONValue], _ service: RolesAnywhereService) async throws {
        guard let data = input["crlData"]?.text else { return }
        try await Self.checkSignature(of: data, by: trustAnchorARN, in: scope, service)
    }

    private static func checkSignature(
        of data: String, by anchorARN: String, in scope: Scope, _ service: RolesAnywhereService
    ) async throws {
        let anchor: TrustAnchorRecord = try await service.find(anchorARN, in: scope)
        let authorities = try CertificateBundle.certificates(in: anchor.certificates)
        guard try read(data).isSigned(byOneOf: authorities) else {
            throw RolesAnywhereError.validation("The CRL is not signed by the trust anchor")
        }
    }

    mutating func update(_ members: [String: JSONValue]) throws {
        let input = RolesAnywhereInput(members)
        name = try input.name() ?? name
        data = members["crlData"]?.text ?? data
    }

    /// - Throws: ValidationException.
    static func read(_ text: String) throws -> RevocationList {
        guard text.utf8.count <= 400_000, let bytes = Data(base64Encoded: text),
            let list = try? RevocationList(parsing: Array(bytes))
        else { throw RolesAnywhereError.validation("Unable to parse crlData") }
        return list
    }
}
