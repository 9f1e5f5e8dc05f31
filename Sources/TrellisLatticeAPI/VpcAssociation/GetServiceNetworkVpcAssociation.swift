import TrellisAPI
import TrellisModel

enum GetServiceNetworkVpcAssociation: LatticeOperation {
    static let name = "GetServiceNetworkVpcAssociation"
    static let method = "GET"
    static let path = "/servicenetworkvpcassociations/{serviceNetworkVpcAssociationIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let identifier = try call.read { $0.vpcAssociationLabel() }
        let association = try await context.reader.vpcAssociation(try call.id(identifier), in: call.scope)
        guard let view = try await context.reader.view(association) else {
            throw LatticeError.notFound(association.id)
        }
        return .json(view.fullJSON)
    }
}
