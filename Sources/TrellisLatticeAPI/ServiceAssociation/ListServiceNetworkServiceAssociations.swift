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
        let all = try await context.reader.list(
            ServiceAssociationRecord.self, under: .all(.serviceAssociation, in: call.scope))
        let service = try call.filter(
            input.service, of: ServiceKind.self, sharedBy: all.map { ($0.service, $0.ownerOfService) })
        let network = try call.filter(
            input.network, of: ServiceNetworkKind.self, sharedBy: all.map { ($0.serviceNetwork, $0.ownerOfNetwork) })
        let shown = all.filter { service.allows($0.service) && network.allows($0.serviceNetwork) }
        return try await input.page.answer(shown) { try await context.reader.view($0)?.fullJSON }
    }
}
