import TrellisAPI
import TrellisModel

enum GetTargetGroup: LatticeOperation {
    static let name = "GetTargetGroup"
    static let method = "GET"
    static let path = "/targetgroups/{targetGroupIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let identifier = try call.read { $0.targetGroupLabel() }
        let group = try await context.reader.targetGroup(try call.id(identifier), in: call.scope)
        return .json(
            group.fullJSON(serviceARNs: try await context.reader.serviceARNs(of: group.id, in: call.scope)))
    }
}
