import TrellisAPI
import TrellisModel
import TrellisStore

/// Configuration or network may be another account's, if it is shared; the other one is the caller's own.
///
/// A child cannot be associated by itself, and not every configuration with a network that can be shared.
enum CreateServiceNetworkResourceAssociation: LatticeOperation {
    static let name = "CreateServiceNetworkResourceAssociation"
    static let method = "POST"
    static let path = "/servicenetworkresourceassociations"

    struct Input: ClientTokenInput {
        var clientToken: String?
        var configurationIdentifier: String
        var serviceNetworkIdentifier: String
        var isPrivateDNSEnabled: Bool
        var tags: [String: String]

        init(_ reader: InputReader) {
            clientToken = reader.clientToken()
            configurationIdentifier = reader.requiredString(
                "resourceConfigurationIdentifier", as: LatticeShapes.resourceConfigurationIdentifier)
            serviceNetworkIdentifier = reader.requiredString(
                "serviceNetworkIdentifier", as: LatticeShapes.serviceNetworkIdentifier)
            isPrivateDNSEnabled = reader.boolean("privateDnsEnabled") ?? false
            tags = reader.tags()
        }
    }

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read(Input.init)
        return try await context.create(ResourceAssociationKind.self, for: call, input, status: 201) { session in
            let (configuration, network) = try await input.resources(of: call, in: session)
            try configuration.requireAssociable(with: network)
            let now = context.clock.now()
            let association = ResourceAssociationRecord(
                id: ResourceAssociationID(from: context.ids), scope: call.scope, createdBy: call.caller.account,
                serviceNetwork: network.id, resourceConfiguration: configuration.id,
                isPrivateDNSEnabled: input.isPrivateDNSEnabled, status: .createInProgress, createdAt: now,
                lastUpdatedAt: now, tags: input.tags, serviceNetworkScope: network.scope,
                resourceConfigurationScope: configuration.scope)
            for copy in [association, association.counterpart].compactMap(\.self) {
                try await take(copy, in: session, limits: context.quotas)
            }
            try session.insertWithCounterpart(association)
            return association.createdJSON
        }
    }

    private static func take(
        _ association: ResourceAssociationRecord, in session: StoreSession, limits: LatticeQuotas
    ) async throws {
        let keys = IndexKeys(association.scope)
        let network = association.serviceNetwork
        let configuration = association.resourceConfiguration
        try await session.take(
            keys.resourceAssociation(of: network, with: configuration), for: association.id,
            orSay: "ResourceConfiguration \(configuration) is already associated with ServiceNetwork \(network)")
        try await session.requireRoom(
            for: .resourceConfigurationsPerServiceNetwork, under: keys.resourceAssociations(of: network),
            limits: limits, resourceType: ResourceAssociationKind.resourceType)
        try session.put(IndexRecord(association.id), at: keys.resourceAssociation(of: configuration, with: network))
    }
}

extension CreateServiceNetworkResourceAssociation.Input {
    fileprivate func resources(
        of call: APICall, in session: StoreSession
    ) async throws -> (ResourceConfigurationRecord, ServiceNetworkRecord) {
        let configuration = try await call.locate(
            configurationIdentifier, of: ResourceConfigurationKind.self, in: session)
        let network = try await call.locate(serviceNetworkIdentifier, of: ServiceNetworkKind.self, in: session)
        guard configuration.scope == call.scope || network.scope == call.scope else {
            throw LatticeError.invalid(
                "resourceConfigurationIdentifier",
                "Either the resource configuration or the service network must be one of your own account")
        }
        return (
            try await session.liveResourceConfiguration(configuration.id, in: configuration.scope),
            try await session.serviceNetwork(network.id, in: network.scope)
        )
    }
}

extension ResourceConfigurationRecord {
    fileprivate func requireAssociable(with network: ServiceNetworkRecord) throws {
        guard type != .child else {
            throw LatticeError.invalid(
                "resourceConfigurationIdentifier",
                "ResourceConfiguration \(id) is of type CHILD; its group is associated instead")
        }
        guard allowsShareableServiceNetwork ?? true || !network.isSharingEnabled else {
            throw LatticeError.invalid(
                "serviceNetworkIdentifier",
                "ServiceNetwork \(network.id) is shareable and ResourceConfiguration \(id) does not allow that")
        }
    }
}
