import TrellisAPI
import TrellisModel
import TrellisStore

enum UpdateServiceNetwork: LatticeOperation {
    static let name = "UpdateServiceNetwork"
    static let method = "PATCH"
    static let path = "/servicenetworks/{serviceNetworkIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let (identifier, authType) = try call.read { reader in
            (reader.serviceNetworkLabel(), reader.requiredEnumeration("authType", placeholder: AuthType.none))
        }
        let id = try call.id(identifier, of: ServiceNetworkKind.self)
        return try await context.write { session in
            var network = try await session.serviceNetwork(id, in: call.scope)
            network.authType = authType
            network.lastUpdatedAt = context.clock.now()
            try session.put(network, at: .serviceNetwork(id, in: call.scope))
            return .json(network.updatedJSON)
        }
    }
}
