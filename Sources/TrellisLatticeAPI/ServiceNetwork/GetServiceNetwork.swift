import TrellisAPI
import TrellisModel

enum GetServiceNetwork: LatticeOperation {
    static let name = "GetServiceNetwork"
    static let method = "GET"
    static let path = "/servicenetworks/{serviceNetworkIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let identifier = try call.read { $0.serviceNetworkLabel() }
        let found = try await call.locate(identifier, of: ServiceNetworkKind.self, in: context.reader)
        let network = try await context.reader.serviceNetwork(found.id, in: found.scope)
        return .json(network.fullJSON(try await context.reader.associationCounts(of: network.id, in: network.scope)))
    }
}
