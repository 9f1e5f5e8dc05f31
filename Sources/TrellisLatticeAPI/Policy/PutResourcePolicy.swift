import TrellisAPI
import TrellisModel
import TrellisPolicy
import TrellisStore

enum PutResourcePolicy: LatticeOperation {
    static let name = "PutResourcePolicy"
    static let method = "PUT"
    static let path = "/resourcepolicy/{resourceArn}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let (identifier, policy) = try call.read { reader in
            (reader.policyResourceARNLabel(), reader.requiredString("policy", as: LatticeShapes.resourcePolicy))
        }
        let resource = try call.policyResource(identifier)
        try PolicyGrammar.resourcePolicy.requireValid(policy)
        return try await context.write { session in
            try await session.requirePresent(resource, in: call.scope)
            try await session.setResourcePolicy(policy, of: resource, in: call.scope)
            return .json(.object([:]))
        }
    }
}
