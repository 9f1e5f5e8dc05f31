import TrellisAPI
import TrellisModel
import TrellisPolicy
import TrellisPrincipals

/// A session for whoever has a token of an identity provider; the request itself is not signed.
///
/// - Source: reference identity.md §5 and §5.2; the words are those of the STS API reference and of recorded refusals.
enum AssumeRoleWithWebIdentity {
    static let name = "AssumeRoleWithWebIdentity"

    static func respond(
        _ parameters: QueryItems, in context: STSContext, conditions: RequestConditions
    ) async throws -> [XMLElement] {
        let (input, text) = try parameters.read { parameters in
            (SessionRequest(parameters), parameters.required("WebIdentityToken", as: .webIdentityToken))
        }
        let token = try parse(text)
        guard let (account, _) = RoleRecord.identifier(inARN: input.roleARN) else {
            throw STSError.validation("\(input.roleARN) is invalid")
        }
        guard let provider = context.providers.first(where: { $0.issuer == token.claims.issuer }) else {
            throw STSError.invalidIdentityToken(
                "No OpenIDConnect provider found in your account for \(token.claims.issuer)")
        }
        try await verify(token, provider, now: context.clock.now())

        let tags = try sessionTags(of: token)
        let keys = conditions.keys.merging(conditionKeys(of: token, provider, input, tags)) { $1 }
        guard let role = try await input.role(in: context), let trust = try? TrustPolicy(role.trustPolicy) else {
            throw notAuthorized
        }
        let caller = caller(token, provider, account)
        let actions = ["sts:AssumeRoleWithWebIdentity"] + (tags.isEmpty ? [] : ["sts:TagSession"])
        for action in actions {
            let request = ActionRequest(caller: caller, action: action, resource: role.arn, keys: keys)
            guard case .allowed = trust.verdict(on: request) else { throw notAuthorized }
        }
        try input.checkPolicies(in: context, role: role)
        let seconds = try input.lifetime(of: role, isChained: false)
        let answer = try input.issue(role, seconds: seconds, in: context) { claims in
            claims.federatedProvider = provider.arn(in: account)
            claims.tags = tags
            claims.transitiveTagKeys = token.claims.tags?.transitiveTagKeys ?? []
        }
        return answer + [
            XMLElement("SubjectFromWebIdentityToken", token.claims.subject),
            XMLElement("Provider", provider.arn(in: account)),
            XMLElement("Audience", audience(of: token, provider)),
        ]
    }

    private static let notAuthorized = STSError.accessDenied(
        "Not authorized to perform sts:AssumeRoleWithWebIdentity")

    private static func parse(_ text: String) throws(STSError) -> JSONWebToken {
        do {
            return try JSONWebToken(parsing: text)
        } catch .unsupportedAlgorithm(let name) {
            throw .invalidIdentityToken("The ID Token's algorithm \(name.prefix(32)) is not supported.")
        } catch {
            throw .invalidIdentityToken("The ID Token provided is not a valid JWT.")
        }
    }

    private static func verify(
        _ token: JSONWebToken, _ provider: WebIdentityProvider, now: Timestamp
    ) async throws(STSError) {
        do {
            try await provider.verify(token, now: now)
        } catch let error as WebTokenError {
            throw refusal(error)
        } catch {
            throw .idpCommunication("Couldn't retrieve verification key from your identity provider.")
        }
    }

    private static func refusal(_ error: WebTokenError) -> STSError {
        switch error {
        case .expired(let expiry, let now):
            .expiredIdentityToken(
                "Token expired: current date/time \(now) must be before the expiration date/time \(expiry)")
        case .notYetValid: .invalidIdentityToken("The ID Token is not valid yet.")
        case .wrongAudience: .invalidIdentityToken("Incorrect token audience")
        case .unknownKey:
            .invalidIdentityToken("Couldn't retrieve verification key from your identity provider.")
        case .wrongSignature, .wrongIssuer: .invalidIdentityToken("The ID Token's signature is not valid.")
        case .malformed, .unsupportedAlgorithm:
            .invalidIdentityToken("The ID Token provided is not a valid JWT.")
        }
    }

    private static func caller(
        _ token: JSONWebToken, _ provider: WebIdentityProvider, _ account: AccountID
    ) -> PolicyCaller {
        var details = PolicyCaller.Details()
        details.federatedProvider = provider.arn(in: account)
        return PolicyCaller(
            kind: .federatedUser, arn: provider.arn(in: account), account: nil,
            userID: "\(provider.name):\(token.claims.subject)", details: details)
    }

    private static func audience(of token: JSONWebToken, _ provider: WebIdentityProvider) -> String {
        token.claims.authorizedParty ?? token.claims.audiences.first { provider.audiences.contains($0) } ?? ""
    }

    private static func conditionKeys(
        of token: JSONWebToken, _ provider: WebIdentityProvider, _ input: SessionRequest, _ tags: [IdentityTag]
    ) -> [String: [String]] {
        let name = provider.name.asciiLowercased
        var keys = [
            "\(name):sub": [token.claims.subject], "\(name):aud": [audience(of: token, provider)],
            "\(name):oaud": token.claims.audiences, "sts:rolesessionname": [input.sessionName],
        ]
        if let party = token.claims.authorizedParty { keys["\(name):azp"] = [party] }
        if !tags.isEmpty { keys["aws:tagkeys"] = tags.map(\.key) }
        for tag in tags { keys["aws:requesttag/\(tag.key.asciiLowercased)"] = [tag.value] }
        return keys
    }

    /// - Throws: InvalidIdentityToken for tags that no session can have.
    private static func sessionTags(of token: JSONWebToken) throws(STSError) -> [IdentityTag] {
        let claim = token.claims.tags?.principalTags ?? [:]
        let tags = claim.sorted { $0.key < $1.key }.map { IdentityTag(key: $0.key, value: $0.value.first ?? "") }
        let keys = Set(tags.map { $0.key.lowercased() })
        let isRight =
            tags.count <= IAMLimits.tags && keys.count == tags.count && claim.values.allSatisfy { $0.count == 1 }
            && tags.allSatisfy { tag in
                IAMShape.tagKey.accepts(tag.key) && IAMShape.tagValue.accepts(tag.value)
                    && !tag.key.lowercased().hasPrefix("aws:")
            } && (token.claims.tags?.transitiveTagKeys ?? []).allSatisfy { keys.contains($0.lowercased()) }
        guard isRight else { throw .invalidIdentityToken("The ID Token's session tags are not valid.") }
        return tags
    }
}
