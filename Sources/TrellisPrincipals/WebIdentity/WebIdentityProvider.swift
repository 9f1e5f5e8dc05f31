package import TrellisModel

/// Where a provider's keys come from.
package protocol WebIdentityKeys: Sendable {
    /// The provider's keys; asked anew, as far as that makes sense, if the one that a token names is not among them.
    ///
    /// - Throws: If there are none to be had.
    func keys(containing keyID: String?) async throws -> JSONWebKeySet
}

/// An OpenID Connect provider whose tokens may be exchanged for sessions.
package struct WebIdentityProvider: Sendable {
    /// As its tokens spell it: `https://login.example.com/tenant`.
    package var issuer: String
    /// One of these has to be an audience of a token.
    package var audiences: Set<String>
    package var keys: any WebIdentityKeys

    package init(issuer: String, audiences: Set<String>, keys: any WebIdentityKeys) {
        self.issuer = issuer
        self.audiences = audiences
        self.keys = keys
    }

    /// The issuer as ARNs and condition keys name it: without its scheme.
    package var name: String {
        for scheme in ["https://", "http://"] where issuer.hasPrefix(scheme) {
            return String(issuer.dropFirst(scheme.count))
        }
        return issuer
    }

    package func arn(in account: AccountID) -> String { "arn:\(ARN.partition):iam::\(account):oidc-provider/\(name)" }

    /// Believes a token if its signature, times and audience hold.
    ///
    /// - Throws: ``WebTokenError``, or what ``WebIdentityKeys/keys(containing:)`` throws.
    package func verify(_ token: JSONWebToken, now: Timestamp) async throws {
        guard token.claims.issuer == issuer else { throw WebTokenError.wrongIssuer }
        try await keys.keys(containing: token.keyID).verify(token)
        try token.checkTimes(now: now.millisecondsSinceEpoch / 1000)
        guard !audiences.isDisjoint(with: token.claims.audiences) else { throw WebTokenError.wrongAudience }
    }
}
