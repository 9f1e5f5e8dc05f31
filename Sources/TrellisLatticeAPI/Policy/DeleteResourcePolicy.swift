import TrellisAPI
import TrellisModel
import TrellisStore

/// Stops the sharing of a resource; associations that were made while it was shared stay.
enum DeleteResourcePolicy: LatticeOperation {
    static let name = "DeleteResourcePolicy"
    static let method = "DELETE"
    static let path = "/resourcepolicy/{resourceArn}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let resource = try call.policyResource(try call.read { $0.policyResourceARNLabel() })
        return try await context.write { session in
            try await session.requirePresent(resource, in: call.scope)
            try await session.setResourcePolicy(nil, of: resource, in: call.scope)
            return .empty(status: 204)
        }
    }
}
