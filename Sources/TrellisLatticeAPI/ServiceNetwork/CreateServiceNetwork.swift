import TrellisAPI
import TrellisModel
import TrellisStore

enum CreateServiceNetwork: LatticeOperation {
    static let name = "CreateServiceNetwork"
    static let method = "POST"
    static let path = "/servicenetworks"

    struct Input: ClientTokenInput {
        var clientToken: String?
        var name: String
        var authType: AuthType
        var isSharingEnabled: Bool
        var tags: [String: String]

        init(_ reader: InputReader) {
            clientToken = reader.clientToken()
            name = reader.requiredString("name", as: LatticeShapes.serviceNetworkName)
            authType = reader.enumeration("authType") ?? .none
            isSharingEnabled = reader.object("sharingConfig")?.boolean("enabled") ?? true
            tags = reader.tags()
        }
    }

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read(Input.init)
        return try await context.create(ServiceNetworkKind.self, for: call, input, status: 201) { session in
            let keys = IndexKeys(call.scope)
            let id = ServiceNetworkID(from: context.ids)
            try await session.take(
                keys.serviceNetworkName(input.name), for: id,
                orSay: "A ServiceNetwork with the name '\(input.name)' already exists")
            try await session.requireRoom(
                for: .serviceNetworksPerRegion, under: keys.serviceNetworkName(""), limits: context.quotas,
                resourceType: ServiceNetworkKind.resourceType)
            let now = context.clock.now()
            let network = ServiceNetworkRecord(
                id: id, scope: call.scope, name: input.name, authType: input.authType,
                isSharingEnabled: input.isSharingEnabled, createdAt: now, lastUpdatedAt: now, tags: input.tags)
            try session.insert(network, at: .serviceNetwork(id, in: call.scope))
            return network.createdJSON
        }
    }
}
