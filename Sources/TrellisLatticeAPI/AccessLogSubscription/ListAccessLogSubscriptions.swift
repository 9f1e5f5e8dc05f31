import TrellisAPI
import TrellisModel

/// Needs a resource; one that is unknown has no subscriptions.
enum ListAccessLogSubscriptions: LatticeOperation {
    static let name = "ListAccessLogSubscriptions"
    static let method = "GET"
    static let path = "/accesslogsubscriptions"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let (identifier, page) = try call.read { reader in
            let name = "resourceIdentifier"
            let identifier = reader.queryString(name, as: LatticeShapes.accessLogOwnerIdentifier)
            // What is there but of another form is reported already.
            if reader.queryString(name) == nil { reader.reportMissing(name) }
            return (identifier ?? "", reader.page())
        }
        return try await page.answer(try await subscriptions(of: identifier, for: call, in: context)) { $0.fullJSON }
    }

    private static func subscriptions(
        of identifier: String, for call: APICall, in context: LatticeContext
    ) async throws -> [AccessLogSubscriptionRecord] {
        let owner: String
        do {
            owner = try AccessLogOwnerKind(of: identifier).id(identifier, for: call)
        } catch LatticeError.notFound {
            return []
        }
        return try await context.reader.accessLogSubscriptions(of: owner, in: call.scope)
    }
}
