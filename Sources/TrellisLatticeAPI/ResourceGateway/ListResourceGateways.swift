import TrellisAPI
import TrellisModel

enum ListResourceGateways: LatticeOperation {
    static let name = "ListResourceGateways"
    static let method = "GET"
    static let path = "/resourcegateways"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let page = try call.read { $0.page() }
        let gateways = try await context.reader.list(
            ResourceGatewayRecord.self, under: .all(.resourceGateway, in: call.scope))
        return try await page.answer(gateways) { $0.summaryJSON }
    }
}

extension ResourceGatewayRecord: Listed { var tieBreaker: String { id.rawValue } }
