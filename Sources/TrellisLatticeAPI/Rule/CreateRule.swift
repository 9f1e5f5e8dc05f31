import TrellisAPI
import TrellisModel
import TrellisStore

enum CreateRule: LatticeOperation {
    static let name = "CreateRule"
    static let method = "POST"
    static let path = "/services/{serviceIdentifier}/listeners/{listenerIdentifier}/rules"

    struct Input: ClientTokenInput {
        var clientToken: String?
        var serviceIdentifier: String
        var listenerIdentifier: String
        var name: String
        var priority: Int
        var match: HTTPMatch
        var action: RuleActionInput
        var tags: [String: String]

        init(_ reader: InputReader) {
            clientToken = reader.clientToken()
            serviceIdentifier = reader.serviceLabel()
            listenerIdentifier = reader.listenerLabel()
            name = reader.requiredString("name", as: LatticeShapes.ruleName)
            priority = reader.requiredInteger("priority", in: LatticeShapes.rulePriority)
            match = reader.requiredRuleMatch("match")
            action = reader.requiredRuleAction("action")
            tags = reader.tags()
        }
    }

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read(Input.init)
        let place = try call.listenerPlace(input.serviceIdentifier, input.listenerIdentifier)
        let action = try input.action.resolved(for: call, field: "action")
        return try await context.create(
            RuleKind.self, for: call, input, status: 201, at: .service(place.service, call.scope)
        ) { session in
            let listener = try await session.listener(place.listener, of: place.service, in: call.scope)
            try listener.requireCanHaveRules()
            let now = context.clock.now()
            let rule = RuleRecord(
                id: RuleID(from: context.ids), listener: place.listener, service: place.service,
                scope: call.scope, name: input.name, priority: input.priority, match: input.match, action: action,
                createdAt: now, lastUpdatedAt: now, tags: input.tags)
            try await session.requireServable(action, by: listener.protocol, in: call.scope, field: "action")
            try await take(rule, in: session, limits: context.quotas)
            try session.insert(rule, at: .rule(rule.id, of: place.listener, of: place.service, in: call.scope))
            return RuleView(rule).createdJSON
        }
    }

    private static func take(_ rule: RuleRecord, in session: StoreSession, limits: LatticeQuotas) async throws {
        let keys = IndexKeys(rule.scope)
        try await session.take(
            keys.ruleName(rule.name, of: rule.listener), for: rule.id,
            orSay: "Listener \(rule.listener) already has a Rule with the name '\(rule.name)'")
        try await session.takePriority(rule.priority, for: rule)
        // The default rule does not count.
        try await session.requireRoom(
            for: .rulesPerListener, under: keys.ruleName("", of: rule.listener), limits: limits,
            resourceType: RuleKind.resourceType)
        try await session.replaceUses(at: rule.place, from: nil, to: rule.action, limits: limits)
    }
}

extension StoreSession {
    func takePriority(_ priority: Int, for rule: RuleRecord) async throws {
        try await take(
            IndexKeys(rule.scope).rulePriority(priority, of: rule.listener), for: rule.id,
            orSay: "Listener \(rule.listener) already has a Rule with priority \(priority)")
    }
}
