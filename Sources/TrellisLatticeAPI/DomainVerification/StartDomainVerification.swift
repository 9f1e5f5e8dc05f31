import TrellisAPI
import TrellisModel
import TrellisStore

/// Says which TXT record shows that the domain is the caller's; a domain has one verification at a time.
enum StartDomainVerification: LatticeOperation {
    static let name = "StartDomainVerification"
    static let method = "POST"
    static let path = "/domainverifications"

    struct Input: ClientTokenInput {
        var clientToken: String?
        var domainName: String
        var tags: [String: String]

        init(_ reader: InputReader) {
            clientToken = reader.clientToken()
            if !reader.has("domainName") { reader.reportMissing("domainName") }
            domainName = reader.domain("domainName") ?? ""
            tags = reader.tags()
        }
    }

    static func respond(to call: APICall, in context: LatticeContext) async throws -> APIResponse {
        let input = try call.read(Input.init)
        guard let domain = DomainName(input.domainName) else {
            throw LatticeError.invalid("domainName", "'\(input.domainName)' is not a domain name")
        }
        return try await context.create(DomainVerificationKind.self, for: call, input, status: 201) { session in
            let keys = IndexKeys(call.scope)
            let id = DomainVerificationID(from: context.ids)
            try await session.take(
                keys.verifiedDomain(domain), for: id,
                orSay: "There is a DomainVerification of '\(domain)' already")
            try await session.requireRoom(
                for: .domainVerificationsPerRegion, under: keys.verifiedDomains, limits: context.quotas,
                resourceType: DomainVerificationKind.resourceType)
            let verification = DomainVerificationRecord(
                id: id, scope: call.scope, domainName: domain,
                recordName: "_\(context.random.hexadecimalDigits(words: 1)).\(domain)",
                recordValue: "vpc-lattice:\(context.random.hexadecimalDigits(words: 2))",
                status: .pending, createdAt: context.clock.now(), lastVerifiedAt: nil, tags: input.tags)
            try session.insert(verification, at: verification.key)
            return verification.startedJSON
        }
    }
}
