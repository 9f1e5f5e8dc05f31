import FoundationEssentials
package import TrellisModel

/// What temporary credentials stand for; it travels sealed in the session token, and no server keeps it.
package struct SessionClaims: Codable, Equatable, Sendable {
    package enum Subject: Codable, Equatable, Sendable {
        /// A session of a role; the id tells it from a later role of the same name.
        case role(account: AccountID, name: String, id: String, session: String)
        case user(account: AccountID, id: String)
        case root(account: AccountID)
    }

    package var subject: Subject
    package var secret: String
    /// Seconds since 1970.
    package var issuedAt: Int64
    /// Seconds since 1970; from then on the session is over.
    package var expiresAt: Int64
    /// Session tags, also those that came along from the session before.
    package var tags: [IdentityTag] = []
    /// The keys of ``tags`` that go on into sessions assumed by this one.
    package var transitiveTagKeys: [String] = []
    package var sourceIdentity: String?
    /// The ARN of the identity provider of a web identity.
    package var federatedProvider: String?
    /// Documents that limit the role's own policies; none of these and of ``policyARNs`` is no limit.
    package var policies: [String] = []
    package var policyARNs: [String] = []

    package init(subject: Subject, secret: String, issuedAt: Int64, expiresAt: Int64) {
        self.subject = subject
        self.secret = secret
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
    }

    package var isLimited: Bool { !policies.isEmpty || !policyARNs.isEmpty }

    package var transitiveTags: [IdentityTag] {
        let keys = Set(transitiveTagKeys.map { $0.lowercased() })
        return tags.filter { keys.contains($0.key.lowercased()) }
    }

    package var isOfRole: Bool { if case .role = subject { true } else { false } }
}

extension SessionClaims {
    private enum CodingKeys: String, CodingKey {
        case subject = "s"
        case secret = "k"
        case issuedAt = "i"
        case expiresAt = "e"
        case tags = "t"
        case transitiveTagKeys = "v"
        case sourceIdentity = "o"
        case federatedProvider = "f"
        case policies = "p"
        case policyARNs = "a"
    }

    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return Array(try encoder.encode(self))
    }

    /// - Returns: `nil` for what is not such JSON, which nothing is that this server has sealed.
    init?(decoding bytes: [UInt8]) {
        guard let claims = try? JSONDecoder().decode(SessionClaims.self, from: Data(bytes)) else { return nil }
        self = claims
    }
}
