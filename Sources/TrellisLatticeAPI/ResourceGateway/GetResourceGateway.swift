import TrellisAPI
import TrellisModel

enum GetResourceGateway: LatticeOperation {
    static let name = "GetResourceGateway"
    static let method = "GET"
    static let path = "/resourcegateways/{resourceGatewayIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let identifier = try call.read { $0.resourceGatewayLabel() }
        return .json(try await context.reader.resourceGateway(try call.id(identifier), in: call.scope).fullJSON)
    }
}
