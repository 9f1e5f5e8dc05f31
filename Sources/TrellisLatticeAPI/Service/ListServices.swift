import TrellisAPI
import TrellisModel

enum ListServices: LatticeOperation {
    static let name = "ListServices"
    static let method = "GET"
    static let path = "/services"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let page = try call.read { $0.page() }
        let services = try await context.reader.list(ServiceRecord.self, under: .all(.service, in: call.scope))
        return try await page.answer(services) { $0.summaryJSON }
    }
}
