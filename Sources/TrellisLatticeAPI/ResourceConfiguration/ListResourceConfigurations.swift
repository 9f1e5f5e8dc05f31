import TrellisAPI
import TrellisModel

/// All of the caller's own and those that other accounts share with it, or the own ones of a gateway, a group, a domain verification, or several of these.
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
        func isShown(_ record: ResourceConfigurationRecord) -> Bool {
            gateway.allows(record.gateway) && group.allows(record.group)
                && verification.allows(record.domainVerification)
        }
        let reader = context.reader
        guard let index = narrowestIndex(gateway, group, verification, IndexKeys(call.scope)) else {
            let isFiltered = [input.gateway, input.group, input.verification].contains { $0 != nil }
            let shared = isFiltered ? [] : try await reader.sharedResourceConfigurations(with: call)
            return try await input.page.answer(
                ResourceConfigurationRecord.self, under: .all(.resourceConfiguration, in: call.scope), of: reader,
                trailing: shared.map { ($0.id.rawValue, $0) },
                where: isShown, item: { try await reader.view($0).summaryJSON })
        }
        return try await input.page.answer(IndexRecord.self, under: index, of: reader) { entry in
            guard let id = ResourceConfigurationID(entry.id),
                let record = try await reader.get(
                    ResourceConfigurationRecord.self, at: .resourceConfiguration(id, in: call.scope)),
                isShown(record)
            else { return nil }
            return try await reader.view(record).summaryJSON
        }
    }

    /// The index of what is asked for that has the fewest configurations; `nil` if all are asked for.
    private static func narrowestIndex(
        _ gateway: IDFilter<ResourceGatewayKind>, _ group: IDFilter<ResourceConfigurationKind>,
        _ verification: IDFilter<DomainVerificationKind>, _ keys: IndexKeys
    ) -> StoreKey? {
        if case .only(let group) = group { return keys.children(of: group) }
        if case .only(let verification) = verification { return keys.configurations(of: verification) }
        if case .only(let gateway) = gateway { return keys.configurations(of: gateway) }
        return nil
    }
}

extension IDFilter {
    /// Something without an id passes only where nothing is filtered.
    fileprivate func allows(_ id: ResourceID<Kind>?) -> Bool {
        if case .everything = self { return true }
        return id.map(allows) ?? false
    }
}
