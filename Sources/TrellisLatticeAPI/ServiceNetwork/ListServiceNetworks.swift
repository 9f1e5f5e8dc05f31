import TrellisAPI
import TrellisModel

/// The caller's own, and those that other accounts share with it.
enum ListServiceNetworks: LatticeOperation {
    static let name = "ListServiceNetworks"
    static let method = "GET"
    static let path = "/servicenetworks"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let page = try call.read { $0.page() }
        let shared = try await context.reader.sharedServiceNetworks(with: call)
        return try await page.answer(
            ServiceNetworkRecord.self, under: .all(.serviceNetwork, in: call.scope), of: context.reader,
            trailing: shared.map { ($0.id.rawValue, $0) }
        ) { network in
            network.summaryJSON(try await context.reader.associationCounts(of: network.id, in: network.scope))
        }
    }
}
