import TrellisAPI
import TrellisModel
import TrellisStore

/// Replaces the whole list of security groups of an active association.
enum UpdateServiceNetworkVpcAssociation: LatticeOperation {
    static let name = "UpdateServiceNetworkVpcAssociation"
    static let method = "PATCH"
    static let path = "/servicenetworkvpcassociations/{serviceNetworkVpcAssociationIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let (identifier, groups) = try call.read { reader in
            if !reader.has("securityGroupIds") { reader.reportMissing("securityGroupIds") }
            return (
                reader.vpcAssociationLabel(),
                reader.securityGroups(count: LatticeShapes.securityGroupsOnUpdate) ?? []
            )
        }
        let id = try call.id(identifier, of: VpcAssociationKind.self)
        return try await context.write { session in
            var association = try await session.vpcAssociation(id, in: call.scope)
            // The owner of a shared network may only delete what others have made.
            guard association.createdBy == call.caller.account else { throw call.denied(association.arn) }
            guard association.status == .active else {
                throw LatticeError.conflict(
                    id, "ServiceNetworkVpcAssociation \(id) is not ACTIVE but \(association.status.rawValue)")
            }
            association.securityGroups = groups
            association.status = .updateInProgress
            association.lastUpdatedAt = context.clock.now()
            try await session.putWithCounterpart(association)
            return .json(association.updatedJSON)
        }
    }
}
