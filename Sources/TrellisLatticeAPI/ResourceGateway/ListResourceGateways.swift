import TrellisAPI
import TrellisModel

enum ListResourceGateways: LatticeOperation {
    static let name = "ListResourceGateways"
    static let method = "GET"
    static let path = "/resourcegateways"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let page = try call.read { $0.page() }
        return try await page.answer(
            ResourceGatewayRecord.self, under: .all(.resourceGateway, in: call.scope), of: context.reader
        ) { $0.summaryJSON }
    }
}
