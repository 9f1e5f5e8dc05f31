import TrellisAPI
import TrellisModel
import TrellisStore

/// Changes match, priority and action, each if it is given.
enum UpdateRule: LatticeOperation {
    static let name = "UpdateRule"
    static let method = "PATCH"
    static let path = "/services/{serviceIdentifier}/listeners/{listenerIdentifier}/rules/{ruleIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read { reader in
            (
                service: reader.serviceLabel(), listener: reader.listenerLabel(),
                change: RuleChange(reader, identifier: reader.ruleLabel())
            )
        }
        let place = try call.listenerPlace(input.service, input.listener)
        return try await context.write(at: .service(place.service, call.scope)) { session in
            let listener = try await session.listener(place.listener, of: place.service, in: call.scope)
            var changes = RuleChanges(of: listener, in: session, limits: context.quotas)
            let rule = try await changes.carryOut(input.change, for: call, at: context.clock.now())
            return .json(RuleView(rule).updatedJSON)
        }
    }
}
