import TrellisAPI
import TrellisModel
import TrellisPolicy
import TrellisStore

/// Keeps the text as it is given, after a look at whether it can be evaluated.
enum PutAuthPolicy: LatticeOperation {
    static let name = "PutAuthPolicy"
    static let method = "PUT"
    static let path = "/authpolicy/{resourceIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let (identifier, policy) = try call.read { reader in
            (reader.policyResourceLabel(), reader.requiredString("policy", as: LatticeShapes.authPolicy))
        }
        let resource = try call.policyResource(identifier)
        try PolicyGrammar.authPolicy.requireValid(policy)
        return try await context.write { session in
            let authType = try await session.authType(of: resource, in: call.scope)
            let key = StoreKey.authPolicy(of: resource, in: call.scope)
            let now = context.clock.now()
            let earlier = try await session.get(AuthPolicyRecord.self, at: key)
            let record = AuthPolicyRecord(
                resource: resource, scope: call.scope, policy: policy, createdAt: earlier?.createdAt ?? now,
                lastUpdatedAt: now)
            try session.put(record, at: key)
            return .json(.object(["policy": .string(policy), "state": .string(authType.policyState)]))
        }
    }
}
