import TrellisAPI
import TrellisModel

enum GetServiceNetworkServiceAssociation: LatticeOperation {
    static let name = "GetServiceNetworkServiceAssociation"
    static let method = "GET"
    static let path = "/servicenetworkserviceassociations/{serviceNetworkServiceAssociationIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let identifier = try call.read { $0.serviceAssociationLabel() }
        let association = try await context.reader.serviceAssociation(try call.id(identifier), in: call.scope)
        guard let view = try await context.reader.view(association) else {
            throw LatticeError.notFound(association.id)
        }
        return .json(view.fullJSON)
    }
}
