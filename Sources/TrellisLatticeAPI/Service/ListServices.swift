import TrellisAPI
import TrellisModel

/// The caller's own, and those that other accounts share with it.
enum ListServices: LatticeOperation {
    static let name = "ListServices"
    static let method = "GET"
    static let path = "/services"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let page = try call.read { $0.page() }
        let services = try await context.reader.list(ServiceRecord.self, under: .all(.service, in: call.scope))
        let shared = try await context.reader.sharedServices(with: call)
        return try await page.answer(services + shared) { $0.summaryJSON }
    }
}
