import TrellisAPI
import TrellisModel
import TrellisStore

/// Answers 200, unlike most create operations.
enum CreateServiceNetworkServiceAssociation: LatticeOperation {
    static let name = "CreateServiceNetworkServiceAssociation"
    static let method = "POST"
    static let path = "/servicenetworkserviceassociations"

    struct Input: ClientTokenInput {
        var clientToken: String?
        var serviceIdentifier: String
        var serviceNetworkIdentifier: String
        var tags: [String: String]

        init(_ reader: InputReader) {
            clientToken = reader.clientToken()
            serviceIdentifier = reader.requiredString("serviceIdentifier", as: LatticeShapes.serviceIdentifier)
            serviceNetworkIdentifier = reader.requiredString(
                "serviceNetworkIdentifier", as: LatticeShapes.serviceNetworkIdentifier)
            tags = reader.tags()
        }
    }

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read(Input.init)
        let serviceID = try call.id(input.serviceIdentifier, of: ServiceKind.self)
        let networkID = try call.id(input.serviceNetworkIdentifier, of: ServiceNetworkKind.self)
        return try await context.create(ServiceAssociationKind.self, for: call, input, status: 200) { session in
            let service = try await session.liveService(serviceID, in: call.scope)
            let network = try await session.serviceNetwork(networkID, in: call.scope)
            let association = ServiceAssociationRecord(
                id: ServiceAssociationID(random: context.random), scope: call.scope,
                createdBy: call.caller.account, serviceNetwork: networkID, service: serviceID,
                status: .createInProgress, createdAt: context.clock.now(), tags: input.tags)
            try await take(association, of: service, in: session, limits: context.quotas)
            try session.put(association, at: .serviceAssociation(association.id, in: call.scope))
            return ServiceAssociationView(association: association, service: service, network: network).createdJSON
        }
    }

    private static func take(
        _ association: ServiceAssociationRecord, of service: ServiceRecord, in session: StoreSession,
        limits: LatticeQuotas
    ) async throws {
        let keys = IndexKeys(association.scope)
        let network = association.serviceNetwork
        try await session.take(
            keys.serviceAssociation(of: network, with: service.id), for: association.id,
            orSay: "Service \(service.id) is already associated with ServiceNetwork \(network)")
        if let domain = service.customDomainName {
            try await session.take(
                keys.customDomain(domain, in: network), for: service.id,
                orSay: "ServiceNetwork \(network) already has a Service with the custom domain name '\(domain)'")
        }
        try await session.requireRoom(
            for: .serviceAssociationsPerServiceNetwork, under: keys.serviceAssociations(of: network), limits: limits,
            resourceType: ServiceAssociationKind.resourceType)
        try session.put(
            IndexRecord(association.id), at: keys.serviceAssociation(of: service.id, with: network))
    }
}
