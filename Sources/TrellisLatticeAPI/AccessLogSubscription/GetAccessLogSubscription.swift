import TrellisAPI
import TrellisModel

enum GetAccessLogSubscription: LatticeOperation {
    static let name = "GetAccessLogSubscription"
    static let method = "GET"
    static let path = "/accesslogsubscriptions/{accessLogSubscriptionIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let identifier = try call.read { $0.accessLogSubscriptionLabel() }
        return .json(try await context.reader.accessLogSubscription(try call.id(identifier), in: call.scope).fullJSON)
    }
}
