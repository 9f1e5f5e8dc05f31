import TrellisAPI
import TrellisModel
import TrellisStore

/// Changes match, priority and action, each if it is given.
enum UpdateRule: LatticeOperation {
    static let name = "UpdateRule"
    static let method = "PATCH"
    static let path = "/services/{serviceIdentifier}/listeners/{listenerIdentifier}/rules/{ruleIdentifier}"

    struct Input {
        var service: String
        var listener: String
        var rule: String
        var match: HTTPMatch?
        var priority: Int?
        var action: RuleActionInput?

        init(_ reader: InputReader) {
            service = reader.serviceLabel()
            listener = reader.listenerLabel()
            rule = reader.ruleLabel()
            match = reader.ruleMatch("match")
            priority = reader.integer("priority", in: LatticeShapes.rulePriority)
            action = reader.ruleAction("action")
        }
    }

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read(Input.init)
        let place = try call.rulePlace(input.service, input.listener, input.rule)
        let action = try input.action?.resolved(for: call, field: "action")
        return try await context.write { session in
            var rule = try await session.changeableRule(at: place, toBe: "updated")
            if let priority = input.priority, priority != rule.priority {
                try await session.takePriority(priority, for: rule)
                session.delete(IndexKeys(call.scope).rulePriority(rule.priority, of: rule.listener))
                rule.priority = priority
            }
            if let action {
                try await session.replaceUses(at: place, from: rule.action, to: action, limits: context.quotas)
                rule.action = action
            }
            if let match = input.match { rule.match = match }
            rule.lastUpdatedAt = context.clock.now()
            try session.put(rule, at: .rule(rule.id, of: rule.listener, of: rule.service, in: call.scope))
            return .json(RuleView(rule).updatedJSON)
        }
    }
}
