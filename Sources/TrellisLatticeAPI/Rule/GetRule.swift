import TrellisAPI
import TrellisModel

enum GetRule: LatticeOperation {
    static let name = "GetRule"
    static let method = "GET"
    static let path = "/services/{serviceIdentifier}/listeners/{listenerIdentifier}/rules/{ruleIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        .json(try await context.reader.ruleView(at: try call.readRulePlace()).fullJSON)
    }
}
