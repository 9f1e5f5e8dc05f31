/// What the server knows of an access key id that a request names.
package struct StoredCredential: Sendable {
    package enum Lifetime: Sendable {
        /// A user's or the account's own key: a request with a session token is refused.
        case longTerm
        /// A session's key: the request must carry this token, and the session ends at `expiration`.
        case temporary(token: SessionToken, expiration: SigningTime)
    }

    package var secretAccessKey: SecretAccessKey
    package var lifetime: Lifetime

    package init(secretAccessKey: SecretAccessKey, lifetime: Lifetime = .longTerm) {
        self.secretAccessKey = secretAccessKey
        self.lifetime = lifetime
    }
}

/// What a client signs with.
package struct ClientCredentials: Sendable {
    package var accessKeyID: String
    package var secretAccessKey: SecretAccessKey
    /// Present for temporary credentials.
    package var sessionToken: SessionToken?

    package init(accessKeyID: String, secretAccessKey: SecretAccessKey, sessionToken: SessionToken? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }
}
