import TrellisAPI
import TrellisModel
import TrellisStore

/// Changes 1 to 10 rules of a listener in one transaction; what cannot be changed is reported and does not keep the rest.
///
/// - Source: API page of BatchUpdateRule. That the failure code is the name of the error that UpdateRule answers is
///   chosen.
enum BatchUpdateRule: LatticeOperation {
    static let name = "BatchUpdateRule"
    static let method = "PATCH"
    static let path = "/services/{serviceIdentifier}/listeners/{listenerIdentifier}/rules"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read { reader in
            (
                service: reader.serviceLabel(), listener: reader.listenerLabel(),
                changes: reader.requiredObjects("rules", count: LatticeShapes.ruleUpdates).map { rule in
                    RuleChange(
                        rule, identifier: rule.requiredString("ruleIdentifier", as: LatticeShapes.ruleIdentifier))
                }
            )
        }
        let place = try call.listenerPlace(input.service, input.listener)
        return try await context.write { session in
            let listener = try await session.listener(place.listener, of: place.service, in: call.scope)
            var changes = RuleChanges(of: listener, in: session, limits: context.quotas)
            let outcomes = try await changes.carryOut(input.changes, for: call, at: context.clock.now())
            return answer(outcomes, to: input.changes)
        }
    }

    private static func answer(
        _ outcomes: [Result<RuleRecord, LatticeError>], to changes: [RuleChange]
    ) -> APIResponse {
        var successful: [JSONValue] = []
        var unsuccessful: [JSONValue] = []
        for (outcome, change) in zip(outcomes, changes) {
            switch outcome {
            case .success(let rule):
                successful.append(RuleView(rule).updatedJSON)
            case .failure(let error):
                let wireError = LatticeErrorTable().wireError(for: error)
                unsuccessful.append(
                    .object([
                        "ruleIdentifier": .string(change.identifier), "failureCode": .string(wireError.type),
                        "failureMessage": .string(wireError.message),
                    ]))
            }
        }
        return .json(.object(["successful": .array(successful), "unsuccessful": .array(unsuccessful)]))
    }
}
