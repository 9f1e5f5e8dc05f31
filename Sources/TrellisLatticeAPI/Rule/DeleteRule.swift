import TrellisAPI
import TrellisModel
import TrellisStore

enum DeleteRule: LatticeOperation {
    static let name = "DeleteRule"
    static let method = "DELETE"
    static let path = "/services/{serviceIdentifier}/listeners/{listenerIdentifier}/rules/{ruleIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let place = try call.readRulePlace()
        return try await context.write(at: .service(place.service, call.scope)) { session in
            session.remove(try await session.changeableRule(at: place, toBe: "deleted"))
            return .empty(status: 204)
        }
    }
}
