import TrellisAPI
import TrellisModel

enum ListListeners: LatticeOperation {
    static let name = "ListListeners"
    static let method = "GET"
    static let path = "/services/{serviceIdentifier}/listeners"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let (identifier, page) = try call.read { ($0.serviceLabel(), $0.page()) }
        let service = try await context.reader.service(try call.id(identifier), in: call.scope)
        return try await page.answer(
            ListenerRecord.self, under: .all(.listener, in: call.scope, under: service.id.rawValue),
            of: context.reader
        ) { $0.summaryJSON }
    }
}
