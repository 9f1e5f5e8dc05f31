import TrellisAPI
import TrellisModel
import TrellisStore

/// Replaces the default action, which the default rule shows too.
enum UpdateListener: LatticeOperation {
    static let name = "UpdateListener"
    static let method = "PATCH"
    static let path = "/services/{serviceIdentifier}/listeners/{listenerIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read { reader in
            (
                service: reader.serviceLabel(), listener: reader.listenerLabel(),
                action: reader.requiredRuleAction("defaultAction")
            )
        }
        let place = try call.listenerPlace(input.service, input.listener)
        let action = try input.action.resolved(for: call, field: "defaultAction")
        return try await context.write(at: .service(place.service, call.scope)) { session in
            var listener = try await session.listener(place.listener, of: place.service, in: call.scope)
            try await session.requireServable(
                action, by: listener.protocol, in: call.scope, field: "defaultAction")
            try await session.replaceUses(
                at: listener.defaultRulePlace, from: listener.defaultAction, to: action, limits: context.quotas)
            listener.defaultAction = action
            listener.lastUpdatedAt = context.clock.now()
            try session.put(listener, at: .listener(listener.id, of: listener.service, in: call.scope))
            return .json(listener.createdJSON)
        }
    }
}
