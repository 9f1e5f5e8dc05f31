import TrellisAPI
import TrellisModel
import TrellisStore

enum DeleteServiceNetworkServiceAssociation: LatticeOperation {
    static let name = "DeleteServiceNetworkServiceAssociation"
    static let method = "DELETE"
    static let path = "/servicenetworkserviceassociations/{serviceNetworkServiceAssociationIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let identifier = try call.read { $0.serviceAssociationLabel() }
        let id = try call.id(identifier, of: ServiceAssociationKind.self)
        return try await context.write { session in
            var association = try await session.serviceAssociation(id, in: call.scope)
            if association.status == .deleteInProgress { return .json(association.deletedJSON) }
            guard association.status != .createInProgress else {
                throw LatticeError.conflict(id, "ServiceNetworkServiceAssociation \(id) is being created")
            }
            association.status = .deleteInProgress
            try await session.putWithCounterpart(association)
            return .json(association.deletedJSON)
        }
    }
}
