import TrellisAPI
import TrellisModel
import TrellisStore

enum DeleteServiceNetworkResourceAssociation: LatticeOperation {
    static let name = "DeleteServiceNetworkResourceAssociation"
    static let method = "DELETE"
    static let path = "/servicenetworkresourceassociations/{serviceNetworkResourceAssociationIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let identifier = try call.read { $0.resourceAssociationLabel() }
        let id = try call.id(identifier, of: ResourceAssociationKind.self)
        return try await context.write { session in
            var association = try await session.resourceAssociation(id, in: call.scope)
            if association.status == .deleteInProgress { return .json(association.deletedJSON) }
            guard association.status != .createInProgress else {
                throw LatticeError.conflict(id, "ServiceNetworkResourceAssociation \(id) is being created")
            }
            association.status = .deleteInProgress
            association.lastUpdatedAt = context.clock.now()
            try await session.putWithCounterpart(association)
            return .json(association.deletedJSON)
        }
    }
}
