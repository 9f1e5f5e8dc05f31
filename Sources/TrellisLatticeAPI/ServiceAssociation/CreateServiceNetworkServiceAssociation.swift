import TrellisAPI
import TrellisModel
import TrellisStore

/// Answers 200, unlike most create operations.
///
/// Service or network may be another account's, if it is shared; the other one is the caller's own.
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
        return try await context.create(ServiceAssociationKind.self, for: call, input, status: 200) { session in
            let foundService = try await call.locate(input.serviceIdentifier, of: ServiceKind.self, in: session)
            let foundNetwork = try await call.locate(
                input.serviceNetworkIdentifier, of: ServiceNetworkKind.self, in: session)
            guard foundService.scope == call.scope || foundNetwork.scope == call.scope else {
                throw LatticeError.invalid(
                    "serviceIdentifier", "Either the service or the service network must be one of your own account")
            }
            let service = try await session.liveService(foundService.id, in: foundService.scope)
            let network = try await session.serviceNetwork(foundNetwork.id, in: foundNetwork.scope)
            let association = ServiceAssociationRecord(
                id: ServiceAssociationID(from: context.ids), scope: call.scope,
                createdBy: call.caller.account, serviceNetwork: network.id, service: service.id,
                status: .createInProgress, createdAt: context.clock.now(), tags: input.tags,
                serviceNetworkScope: network.scope, serviceScope: service.scope)
            for copy in [association, association.counterpart].compactMap(\.self) {
                try await take(copy, of: service, in: session, limits: context.quotas)
            }
            try session.insertWithCounterpart(association)
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
