import TrellisAPI
import TrellisModel
import TrellisStore

enum GetResourcePolicy: LatticeOperation {
    static let name = "GetResourcePolicy"
    static let method = "GET"
    static let path = "/resourcepolicy/{resourceArn}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let resource = try call.policyResource(try call.read { $0.policyResourceARNLabel() })
        try await context.reader.requirePresent(resource, in: call.scope)
        let record = try await context.reader.get(
            ResourcePolicyRecord.self, at: .resourcePolicy(of: resource, in: call.scope))
        return .json(.object(omittingNil: ["policy": .optional(record?.policy)]))
    }
}
