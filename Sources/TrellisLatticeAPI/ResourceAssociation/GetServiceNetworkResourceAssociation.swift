import TrellisAPI
import TrellisModel

enum GetServiceNetworkResourceAssociation: LatticeOperation {
    static let name = "GetServiceNetworkResourceAssociation"
    static let method = "GET"
    static let path = "/servicenetworkresourceassociations/{serviceNetworkResourceAssociationIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let identifier = try call.read { $0.resourceAssociationLabel() }
        let association = try await context.reader.resourceAssociation(try call.id(identifier), in: call.scope)
        guard let view = try await context.reader.view(association) else {
            throw LatticeError.notFound(association.id)
        }
        return .json(view.fullJSON)
    }
}
