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
        let ids = try await subscriptions(of: identifier, for: call, in: context)
        return try await page.answer(ids: ids) { id in
            guard let id = AccessLogSubscriptionID(id) else { return nil }
            let key = StoreKey.accessLogSubscription(id, in: call.scope)
            return try await context.reader.get(AccessLogSubscriptionRecord.self, at: key)?.fullJSON
        }
    }

    private static func subscriptions(
        of identifier: String, for call: APICall, in context: LatticeContext
    ) async throws -> [String] {
        let owner: String
        do {
            owner = try AccessLogOwnerKind(of: identifier).id(identifier, for: call)
        } catch LatticeError.notFound {
            return []
        }
        let prefix = IndexKeys(call.scope).accessLogSubscriptions(of: owner)
        return try await context.reader.list(IndexRecord.self, under: prefix).map(\.id)
    }
}
