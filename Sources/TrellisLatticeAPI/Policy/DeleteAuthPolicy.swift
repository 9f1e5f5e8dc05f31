import TrellisAPI
import TrellisModel
import TrellisStore

/// Succeeds whatever the auth type is, and whether there is a policy or not; with AWS_IAM every request is denied then.
enum DeleteAuthPolicy: LatticeOperation {
    static let name = "DeleteAuthPolicy"
    static let method = "DELETE"
    static let path = "/authpolicy/{resourceIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let resource = try call.policyResource(try call.read { $0.policyResourceLabel() })
        return try await context.write { session in
            _ = try await session.authType(of: resource, in: call.scope)
            session.delete(.authPolicy(of: resource, in: call.scope))
            return .empty(status: 204)
        }
    }
}
