import TrellisAPI
import TrellisModel
import TrellisStore

enum DeleteServiceNetworkVpcAssociation: LatticeOperation {
    static let name = "DeleteServiceNetworkVpcAssociation"
    static let method = "DELETE"
    static let path = "/servicenetworkvpcassociations/{serviceNetworkVpcAssociationIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let identifier = try call.read { $0.vpcAssociationLabel() }
        let id = try call.id(identifier, of: VpcAssociationKind.self)
        return try await context.write { session in
            var association = try await session.vpcAssociation(id, in: call.scope)
            if association.status == .deleteInProgress { return .json(association.deletedJSON) }
            guard association.status != .createInProgress, association.status != .updateInProgress else {
                throw LatticeError.conflict(
                    id, "ServiceNetworkVpcAssociation \(id) is being changed: \(association.status.rawValue)")
            }
            association.status = .deleteInProgress
            association.lastUpdatedAt = context.clock.now()
            try await session.putWithCounterpart(association)
            return .json(association.deletedJSON)
        }
    }
}
