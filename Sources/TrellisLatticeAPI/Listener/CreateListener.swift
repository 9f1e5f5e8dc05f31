import TrellisAPI
import TrellisModel
import TrellisStore

/// Makes a listener together with its default rule, which shows the default action.
enum CreateListener: LatticeOperation {
    static let name = "CreateListener"
    static let method = "POST"
    static let path = "/services/{serviceIdentifier}/listeners"

    struct Input: ClientTokenInput {
        var clientToken: String?
        var serviceIdentifier: String
        var name: String
        var `protocol`: ListenerProtocol
        var port: Int
        var defaultAction: RuleActionInput
        var tags: [String: String]

        init(_ reader: InputReader) {
            clientToken = reader.clientToken()
            serviceIdentifier = reader.serviceLabel()
            name = reader.requiredString("name", as: LatticeShapes.listenerName)
            `protocol` = reader.requiredEnumeration("protocol", placeholder: .http)
            port = reader.integer("port", in: LatticeShapes.port) ?? `protocol`.defaultPort
            defaultAction = reader.requiredRuleAction("defaultAction")
            tags = reader.tags()
        }
    }

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read(Input.init)
        let service = try call.id(input.serviceIdentifier, of: ServiceKind.self)
        let action = try input.defaultAction.resolved(for: call, field: "defaultAction")
        return try await context.create(
            ListenerKind.self, for: call, input, status: 201, at: .service(service, call.scope)
        ) { session in
            try await session.liveService(service, in: call.scope).requireCanListen(by: input.protocol)
            try await session.requireServable(
                action, by: input.protocol, in: call.scope, field: "defaultAction")
            let now = context.clock.now()
            let listener = ListenerRecord(
                id: ListenerID(from: context.ids), service: service, scope: call.scope, name: input.name,
                protocol: input.protocol, port: input.port, defaultAction: action,
                defaultRule: RuleID(from: context.ids), createdAt: now, lastUpdatedAt: now, tags: input.tags)
            try await take(listener, in: session, limits: context.quotas)
            try session.insert(listener, at: .listener(listener.id, of: service, in: call.scope))
            return listener.createdJSON
        }
    }

    private static func take(
        _ listener: ListenerRecord, in session: StoreSession, limits: LatticeQuotas
    ) async throws {
        let keys = IndexKeys(listener.scope)
        try await session.take(
            keys.listenerName(listener.name, of: listener.service), for: listener.id,
            orSay: "Service \(listener.service) already has a Listener with the name '\(listener.name)'")
        try await session.take(
            keys.listenerPort(listener.port, of: listener.service), for: listener.id,
            orSay: "Service \(listener.service) already has a Listener on port \(listener.port)")
        try await session.requireRoom(
            for: .listenersPerService, under: keys.listenerName("", of: listener.service), limits: limits,
            resourceType: ListenerKind.resourceType)
        try await session.replaceUses(
            at: listener.defaultRulePlace, from: nil, to: listener.defaultAction, limits: limits)
    }
}
