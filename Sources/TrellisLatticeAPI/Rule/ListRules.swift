import TrellisAPI
import TrellisModel

/// The default rule is in the list; it was created with its listener.
enum ListRules: LatticeOperation {
    static let name = "ListRules"
    static let method = "GET"
    static let path = "/services/{serviceIdentifier}/listeners/{listenerIdentifier}/rules"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read { (service: $0.serviceLabel(), listener: $0.listenerLabel(), page: $0.page()) }
        let place = try call.listenerPlace(input.service, input.listener)
        let listener = try await context.reader.listener(place.listener, of: place.service, in: call.scope)
        return try await input.page.answer(
            RuleRecord.self, under: .all(.rule, in: call.scope, under: place.service.rawValue, place.listener.rawValue),
            of: context.reader,
            leading: (listener.defaultRule.rawValue, RuleView(defaultRuleOf: listener).summaryJSON)
        ) { RuleView($0).summaryJSON }
    }
}
