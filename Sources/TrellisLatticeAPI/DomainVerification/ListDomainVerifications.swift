import TrellisAPI
import TrellisModel

enum ListDomainVerifications: LatticeOperation {
    static let name = "ListDomainVerifications"
    static let method = "GET"
    static let path = "/domainverifications"

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let page = try call.read { $0.page() }
        return try await page.answer(
            DomainVerificationRecord.self, under: .all(.domainVerification, in: call.scope), of: context.reader
        ) { $0.fullJSON }
    }
}
