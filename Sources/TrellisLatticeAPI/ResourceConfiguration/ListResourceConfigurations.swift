import TrellisAPI
import TrellisModel

/// All of them, or those of a gateway, a group, a domain verification, or several of these.
enum ListResourceConfigurations: LatticeOperation {
    static let name = "ListResourceConfigurations"
    static let method = "GET"
    static let path = "/resourceconfigurations"

    struct Input {
        var gateway: String?
        var group: String?
        var verification: String?
        var page: PageRequest

        init(_ reader: InputReader) {
            gateway = reader.queryString("resourceGatewayIdentifier", as: LatticeShapes.resourceGatewayIdentifier)
            group = reader.queryString(
                "resourceConfigurationGroupIdentifier", as: LatticeShapes.resourceConfigurationIdentifier)
            verification = reader.queryString(
                "domainVerificationIdentifier", as: LatticeShapes.domainVerificationIdentifier)
            page = reader.page()
        }
    }

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read(Input.init)
        let gateway = try call.filter(input.gateway, of: ResourceGatewayKind.self)
        let group = try call.filter(input.group, of: ResourceConfigurationKind.self)
        let verification = try call.filter(input.verification, of: DomainVerificationKind.self)
        let all = try await context.reader.list(
            ResourceConfigurationRecord.self, under: .all(.resourceConfiguration, in: call.scope))
        let shown = all.filter {
            gateway.allows($0.gateway) && group.allows($0.group) && verification.allows($0.domainVerification)
        }
        return try await input.page.answer(shown) { try await context.reader.view($0).summaryJSON }
    }
}

extension IDFilter {
    /// Something without an id passes only where nothing is filtered.
    fileprivate func allows(_ id: ResourceID<Kind>?) -> Bool {
        if case .everything = self { return true }
        return id.map(allows) ?? false
    }
}
