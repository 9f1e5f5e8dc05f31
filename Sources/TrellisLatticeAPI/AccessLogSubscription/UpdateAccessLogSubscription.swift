import TrellisAPI
import TrellisModel
import TrellisStore

/// Changes the destination, and nothing else; it may be of another kind than before.
enum UpdateAccessLogSubscription: LatticeOperation {
    static let name = "UpdateAccessLogSubscription"
    static let method = "PATCH"
    static let path = "/accesslogsubscriptions/{accessLogSubscriptionIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let (identifier, destination) = try call.read { reader in
            (reader.accessLogSubscriptionLabel(), reader.accessLogDestination())
        }
        let id = try call.id(identifier, of: AccessLogSubscriptionKind.self)
        return try await context.write { session in
            var subscription = try await session.accessLogSubscription(id, in: call.scope)
            session.release(subscription.destinationARN, of: subscription)
            try await session.take(destination.kind, of: subscription.owner, in: call.scope, for: id)
            subscription.destinationARN = destination.arn
            subscription.lastUpdatedAt = context.clock.now()
            try session.put(subscription, at: .accessLogSubscription(id, in: call.scope))
            return .json(subscription.updatedJSON)
        }
    }
}
