import TrellisAPI
import TrellisModel

/// Filtered by network, configuration or both; with `includeChildren` the children of an associated group follow it.
enum ListServiceNetworkResourceAssociations: LatticeOperation {
    static let name = "ListServiceNetworkResourceAssociations"
    static let method = "GET"
    static let path = "/servicenetworkresourceassociations"

    struct Input {
        var network: String?
        var configuration: String?
        var includesChildren: Bool
        var page: PageRequest

        init(_ reader: InputReader) {
            network = reader.queryString("serviceNetworkIdentifier", as: LatticeShapes.serviceNetworkIdentifier)
            configuration = reader.queryString(
                "resourceConfigurationIdentifier", as: LatticeShapes.resourceConfigurationIdentifier)
            includesChildren = reader.queryFlag("includeChildren") ?? false
            page = reader.page()
        }
    }

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read(Input.init)
        let network = try call.filter(input.network, of: ServiceNetworkKind.self)
        let configuration = try call.filter(input.configuration, of: ResourceConfigurationKind.self)
        let reader = context.reader
        let all = try await reader.list(
            ResourceAssociationRecord.self, under: .all(.resourceAssociation, in: call.scope))
        var entries: [Entry] = []
        for association in all
        where network.allows(association.serviceNetwork) && configuration.allows(association.resourceConfiguration) {
            entries.append(Entry(association: association))
            guard input.includesChildren else { continue }
            let children = try await reader.list(
                IndexRecord.self,
                under: IndexKeys(call.scope).children(of: association.resourceConfiguration))
            entries += children.compactMap { ResourceConfigurationID($0.id) }
                .map { Entry(association: association, child: $0) }
        }
        return try await input.page.answer(entries) { entry in
            try await reader.view(entry.association, child: entry.child)?.summaryJSON
        }
    }

    private struct Entry: Listed {
        var association: ResourceAssociationRecord
        var child: ResourceConfigurationID?

        var createdAt: Timestamp { association.createdAt }
        var tieBreaker: String { association.id.rawValue + (child?.rawValue ?? "") }
    }
}
