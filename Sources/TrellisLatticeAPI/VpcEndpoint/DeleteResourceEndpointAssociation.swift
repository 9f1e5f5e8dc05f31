import TrellisAPI
import TrellisModel
import TrellisStore

/// Takes the configuration off the endpoint for good: the declaration does not bring it back.
enum DeleteResourceEndpointAssociation: LatticeOperation {
    static let name = "DeleteResourceEndpointAssociation"
    static let method = "DELETE"
    static let path = "/resourceendpointassociations/{resourceEndpointAssociationIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let identifier = try call.read { $0.resourceEndpointAssociationLabel() }
        let id = try call.id(identifier, of: ResourceEndpointAssociationKind.self)
        return try await context.write { session in
            let records = try await session.vpcEndpoints(in: call.scope)
            guard var record = records.first(where: { $0.association == id }),
                let view = try await session.view(record)
            else { throw LatticeError.notFound(id) }
            record.isDisassociated = true
            try session.put(record, at: .vpcEndpoint(record.endpoint.id, in: call.scope))
            return .json(view.deletedJSON)
        }
    }
}
