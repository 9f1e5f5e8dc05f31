import TrellisAPI
import TrellisModel
import TrellisStore

/// A resource has one subscription for each kind of destination.
enum CreateAccessLogSubscription: LatticeOperation {
    static let name = "CreateAccessLogSubscription"
    static let method = "POST"
    static let path = "/accesslogsubscriptions"

    struct Input: ClientTokenInput {
        var clientToken: String?
        var resourceIdentifier: String
        var destinationARN: String
        var serviceNetworkLogType: ServiceNetworkLogType?
        var tags: [String: String]
    }

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let (input, kind) = try call.read { reader in
            let destination = reader.accessLogDestination()
            let input = Input(
                clientToken: reader.clientToken(),
                resourceIdentifier: reader.requiredString(
                    "resourceIdentifier", as: LatticeShapes.accessLogOwnerIdentifier),
                destinationARN: destination.arn, serviceNetworkLogType: reader.enumeration("serviceNetworkLogType"),
                tags: reader.tags())
            return (input, destination.kind)
        }
        let ownerKind = try AccessLogOwnerKind(of: input.resourceIdentifier)
        let ownerID = try ownerKind.id(input.resourceIdentifier, for: call)
        let logType = try logType(asked: input.serviceNetworkLogType, of: ownerKind)
        return try await context.create(AccessLogSubscriptionKind.self, for: call, input, status: 201) { session in
            let owner = try await ownerKind.owner(ownerID, in: session, call.scope)
            let id = AccessLogSubscriptionID(from: context.ids)
            try await session.take(kind, of: owner, in: call.scope, for: id)
            let now = context.clock.now()
            let subscription = AccessLogSubscriptionRecord(
                id: id, scope: call.scope, owner: owner, destinationARN: input.destinationARN,
                serviceNetworkLogType: logType, createdAt: now, lastUpdatedAt: now, tags: input.tags)
            try session.insert(subscription, at: .accessLogSubscription(id, in: call.scope))
            return subscription.createdJSON
        }
    }

    private static func logType(
        asked: ServiceNetworkLogType?, of owner: AccessLogOwnerKind
    ) throws -> ServiceNetworkLogType? {
        if owner.logsByType { return asked ?? .service }
        guard asked == nil else {
            throw LatticeError.invalid(
                "serviceNetworkLogType", "serviceNetworkLogType can be given for a service network only")
        }
        return nil
    }
}
