import TrellisAPI
import TrellisModel
import TrellisStore

enum DeleteAccessLogSubscription: LatticeOperation {
    static let name = "DeleteAccessLogSubscription"
    static let method = "DELETE"
    static let path = "/accesslogsubscriptions/{accessLogSubscriptionIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let identifier = try call.read { $0.accessLogSubscriptionLabel() }
        let id = try call.id(identifier, of: AccessLogSubscriptionKind.self)
        return try await context.write { session in
            session.remove(try await session.accessLogSubscription(id, in: call.scope))
            return .empty(status: 204)
        }
    }
}
