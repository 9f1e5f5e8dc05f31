import TrellisAPI
import TrellisModel

enum GetService: LatticeOperation {
    static let name = "GetService"
    static let method = "GET"
    static let path = "/services/{serviceIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let identifier = try call.read { $0.serviceLabel() }
        let found = try await call.locate(identifier, of: ServiceKind.self, in: context.reader)
        return .json(try await context.reader.service(found.id, in: found.scope).fullJSON)
    }
}
