import TrellisAPI
import TrellisModel

/// The caller's own, and those that other accounts share with it.
enum ListServices: LatticeOperation {
    static let name = "ListServices"
    static let method = "GET"
    static let path = "/services"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let page = try call.read { $0.page() }
        let shared = try await context.reader.sharedServices(with: call)
        return try await page.answer(
            ServiceRecord.self, under: .all(.service, in: call.scope), of: context.reader,
            trailing: shared.map { ($0.id.rawValue, $0) }
        ) { $0.summaryJSON }
    }
}
