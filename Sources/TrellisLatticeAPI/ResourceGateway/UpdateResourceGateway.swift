import TrellisAPI
import TrellisModel
import TrellisStore

/// Replaces the whole list of security groups of an active gateway; without a list nothing changes.
enum UpdateResourceGateway: LatticeOperation {
    static let name = "UpdateResourceGateway"
    static let method = "PATCH"
    static let path = "/resourcegateways/{resourceGatewayIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let (identifier, groups) = try call.read { reader in
            (
                reader.resourceGatewayLabel(),
                reader.securityGroups(count: LatticeShapes.gatewaySecurityGroupsOnUpdate)
            )
        }
        let id = try call.id(identifier, of: ResourceGatewayKind.self)
        return try await context.write { session in
            var gateway = try await session.resourceGateway(id, in: call.scope)
            guard gateway.status == .active else {
                throw LatticeError.conflict(
                    id, "ResourceGateway \(id) is not ACTIVE but \(gateway.status.rawValue)")
            }
            guard let groups else { return .json(gateway.updatedJSON) }
            gateway.securityGroups = groups
            gateway.status = .updateInProgress
            gateway.lastUpdatedAt = context.clock.now()
            try session.put(gateway, at: gateway.key)
            return .json(gateway.updatedJSON)
        }
    }
}
