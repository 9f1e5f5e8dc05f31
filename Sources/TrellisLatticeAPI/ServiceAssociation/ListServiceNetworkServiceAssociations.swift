import TrellisAPI
import TrellisModel

/// Needs a service, a service network, or both; something unknown has no associations.
enum ListServiceNetworkServiceAssociations: LatticeOperation {
    static let name = "ListServiceNetworkServiceAssociations"
    static let method = "GET"
    static let path = "/servicenetworkserviceassociations"

    struct Input {
        var service: String?
        var network: String?
        var page: PageRequest

        init(_ reader: InputReader) {
            service = reader.queryString("serviceIdentifier", as: LatticeShapes.serviceIdentifier)
            network = reader.queryString("serviceNetworkIdentifier", as: LatticeShapes.serviceNetworkIdentifier)
            page = reader.page()
        }
    }

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read(Input.init)
        guard input.service != nil || input.network != nil else {
            throw LatticeError.invalid(
                "serviceNetworkIdentifier", "Either serviceNetworkIdentifier or serviceIdentifier is required")
        }
        let service = try call.sharedFilter(input.service, of: ServiceKind.self)
        let network = try call.sharedFilter(input.network, of: ServiceNetworkKind.self)
        let ids = try await associations(of: service.ids, with: network.ids, IndexKeys(call.scope), context.reader)
        let known = try await association(ids.first, in: call.scope, context.reader)
        try service.requireOwner(known?.ownerOfService, for: call)
        try network.requireOwner(known?.ownerOfNetwork, for: call)
        return try await input.page.answer(ids: ids) { id in
            guard let association = try await association(id, in: call.scope, context.reader) else { return nil }
            return try await context.reader.view(association)?.fullJSON
        }
    }

    private static func association(
        _ id: String?, in scope: Scope, _ reader: PlainReader
    ) async throws -> ServiceAssociationRecord? {
        guard let id = id.flatMap(ServiceAssociationID.init) else { return nil }
        return try await reader.get(ServiceAssociationRecord.self, at: .serviceAssociation(id, in: scope))
    }

    /// The ids that the index has for one of the two, or for the pair.
    private static func associations(
        of service: IDFilter<ServiceKind>, with network: IDFilter<ServiceNetworkKind>, _ keys: IndexKeys,
        _ reader: PlainReader
    ) async throws -> [String] {
        switch (service, network) {
        case (.nothing, _), (_, .nothing), (.everything, .everything):
            return []
        case (.only(let service), .only(let network)):
            let key = keys.serviceAssociation(of: network, with: service)
            return try await reader.get(IndexRecord.self, at: key).map { [$0.id] } ?? []
        case (.only(let service), .everything):
            return try await reader.list(IndexRecord.self, under: keys.serviceAssociations(of: service)).map(\.id)
        case (.everything, .only(let network)):
            return try await reader.list(IndexRecord.self, under: keys.serviceAssociations(of: network)).map(\.id)
        }
    }
}
