import TrellisAPI
import TrellisModel
import TrellisStore

/// Answers 200 with an empty object; configurations keep their domains, which are then not verified any more.
enum DeleteDomainVerification: LatticeOperation {
    static let name = "DeleteDomainVerification"
    static let method = "DELETE"
    static let path = "/domainverifications/{domainVerificationIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let identifier = try call.read { $0.domainVerificationLabel() }
        let id = try call.id(identifier, of: DomainVerificationKind.self)
        return try await context.write { session in
            let verification = try await session.domainVerification(id, in: call.scope)
            session.delete(IndexKeys(call.scope).verifiedDomain(verification.domainName))
            session.delete(verification.key)
            return .json(.object([:]))
        }
    }
}
