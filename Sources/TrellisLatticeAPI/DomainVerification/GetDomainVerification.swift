import TrellisAPI
import TrellisModel

enum GetDomainVerification: LatticeOperation {
    static let name = "GetDomainVerification"
    static let method = "GET"
    static let path = "/domainverifications/{domainVerificationIdentifier}"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let identifier = try call.read { $0.domainVerificationLabel() }
        return .json(try await context.reader.domainVerification(try call.id(identifier), in: call.scope).fullJSON)
    }
}
