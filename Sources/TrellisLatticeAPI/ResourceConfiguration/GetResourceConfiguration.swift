import TrellisAPI
import TrellisModel

enum GetResourceConfiguration: LatticeOperation {
    static let name = "GetResourceConfiguration"
    static let method = "GET"
    static let path = "/resourceconfigurations/{resourceConfigurationIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let identifier = try call.read { $0.resourceConfigurationLabel() }
        let found = try await call.locate(identifier, of: ResourceConfigurationKind.self, in: context.reader)
        let configuration = try await context.reader.resourceConfiguration(found.id, in: found.scope)
        return .json(try await context.reader.view(configuration).fullJSON)
    }
}
