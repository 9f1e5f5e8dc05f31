import TrellisAPI
import TrellisModel
import TrellisStore

/// Refused while a configuration uses the gateway; one that is being deleted still does.
enum DeleteResourceGateway: LatticeOperation {
    static let name = "DeleteResourceGateway"
    static let method = "DELETE"
    static let path = "/resourcegateways/{resourceGatewayIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let identifier = try call.read { $0.resourceGatewayLabel() }
        let id = try call.id(identifier, of: ResourceGatewayKind.self)
        return try await context.write { session in
            var gateway = try await session.resourceGateway(id, in: call.scope)
            if gateway.status == .deleteInProgress { return .json(gateway.deletedJSON) }
            guard gateway.status == .active else {
                throw LatticeError.conflict(
                    id, "ResourceGateway \(id) is being changed: \(gateway.status.rawValue)")
            }
            guard try await session.count(under: IndexKeys(call.scope).configurations(of: id)) == 0 else {
                throw LatticeError.conflict(id, "ResourceGateway \(id) has resource configuration(s) associated")
            }
            gateway.status = .deleteInProgress
            gateway.lastUpdatedAt = context.clock.now()
            try session.put(gateway, at: gateway.key)
            return .json(gateway.deletedJSON)
        }
    }
}
