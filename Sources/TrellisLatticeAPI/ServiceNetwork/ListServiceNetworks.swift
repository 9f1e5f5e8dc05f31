import TrellisAPI
import TrellisModel

enum ListServiceNetworks: LatticeOperation {
    static let name = "ListServiceNetworks"
    static let method = "GET"
    static let path = "/servicenetworks"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let page = try call.read { $0.page() }
        let networks = try await context.reader.list(
            ServiceNetworkRecord.self, under: .all(.serviceNetwork, in: call.scope))
        return try await page.answer(networks) { network in
            network.summaryJSON(try await context.reader.associationCounts(of: network.id, in: call.scope))
        }
    }
}
