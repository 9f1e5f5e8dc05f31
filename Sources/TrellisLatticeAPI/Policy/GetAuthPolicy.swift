import TrellisAPI
import TrellisModel
import TrellisStore

/// Without a policy the answer is 200 and empty.
enum GetAuthPolicy: LatticeOperation {
    static let name = "GetAuthPolicy"
    static let method = "GET"
    static let path = "/authpolicy/{resourceIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let resource = try call.policyResource(try call.read { $0.policyResourceLabel() })
        let authType = try await context.reader.authType(of: resource, in: call.scope)
        let record = try await context.reader.get(
            AuthPolicyRecord.self, at: .authPolicy(of: resource, in: call.scope))
        return .json(
            .object(omittingNil: [
                "policy": .optional(record?.policy), "state": record.map { _ in .string(authType.policyState) },
                "createdAt": record.map { .time($0.createdAt) },
                "lastUpdatedAt": record.map { .time($0.lastUpdatedAt) },
            ]))
    }
}
