import TrellisAPI
import TrellisModel

enum ListListeners: LatticeOperation {
    static let name = "ListListeners"
    static let method = "GET"
    static let path = "/services/{serviceIdentifier}/listeners"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let (identifier, page) = try call.read { ($0.serviceLabel(), $0.page()) }
        let service = try await context.reader.service(try call.id(identifier), in: call.scope)
        let listeners = try await context.reader.list(
            ListenerRecord.self, under: .all(.listener, in: call.scope, under: service.id.rawValue))
        return try await page.answer(listeners) { $0.summaryJSON }
    }
}
