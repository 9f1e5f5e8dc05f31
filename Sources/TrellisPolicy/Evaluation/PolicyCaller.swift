package import TrellisModel

/// Who makes a request, with everything that policies can ask about them.
///
/// Made once for each access key or session, not for each request.
///
/// - Source: reference identity.md, "Condition keys for Lattice requests", rows of the caller.
package final class PolicyCaller: Sendable {
    package enum Kind: Hashable, Sendable {
        case anonymous
        /// The root user of an account.
        case account
        case user(name: String)
        /// A session of a role; the role's ARN is the one with its path.
        case assumedRole(roleARN: String)
        case federatedUser
        /// An AWS service, on behalf of a resource if that is known.
        case service(name: String, sourceARN: String?, sourceAccount: AccountID?)
    }

    /// What only some callers have.
    package struct Details: Sendable {
        package var organizationID: String?
        /// For example `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/`.
        package var organizationPaths: [String] = []
        /// Tags of the user or role, overridden by session tags.
        package var tags: [String: String] = [:]
        package var sourceIdentity: String?
        /// The ARN of an identity provider.
        package var federatedProvider: String?
        package var tokenIssueTime: Timestamp?
        /// Of temporary credentials.
        package var isMultiFactorAuthPresent: Bool?
        package var multiFactorAuthAgeSeconds: Int?

        package init() {}
    }

    package let kind: Kind
    /// As messages and targets see it: of the root user, a user, or a session; `anonymous` for anonymous callers.
    package let arn: String
    package let account: AccountID?
    /// `AIDA…`, `AROA…:<session name>`, the account id of a root user.
    package let userID: String
    package let details: Details
    private let tagsByKey: [String: String]

    package init(kind: Kind, arn: String, account: AccountID?, userID: String, details: Details = Details()) {
        self.kind = kind
        self.arn = arn
        self.account = account
        self.userID = userID
        self.details = details
        // Keys that differ in case only are one key to a policy; the first in order has it.
        tagsByKey =
            details.tags.isEmpty
            ? [:]
            : Dictionary(
                details.tags.sorted { $0.key < $1.key }.map { ($0.key.asciiLowercased, $0.value) },
                uniquingKeysWith: { first, _ in first })
    }

    package static let anonymous = PolicyCaller(
        kind: .anonymous, arn: "anonymous", account: nil, userID: "anonymous")

    package static func root(of account: AccountID) -> PolicyCaller {
        PolicyCaller(kind: .account, arn: account.rootARN, account: account, userID: account.rawValue)
    }

    package static func service(
        _ name: String, sourceARN: String? = nil, sourceAccount: AccountID? = nil
    ) -> PolicyCaller {
        PolicyCaller(
            kind: .service(name: name, sourceARN: sourceARN, sourceAccount: sourceAccount), arn: name, account: nil,
            userID: name)
    }

    package var isAnonymous: Bool { kind == .anonymous }

    /// The role's ARN for a session.
    var principalARN: String {
        if case .assumedRole(let roleARN) = kind { roleARN } else { arn }
    }
}

// MARK: - Principals

extension PolicyCaller {
    /// Whether a `Principal` element lets the caller in, or a `NotPrincipal` element leaves it in.
    ///
    /// A caller is several principals at once: its account, its role, its session. One of them in `Principal` is
    /// enough. `NotPrincipal` decides for the stricter reading of both effects: it spares a caller from a Deny only if
    /// all of them are listed, and keeps a caller out of an Allow as soon as one is.
    func isMeant(by element: PolicyStatement.Element<PrincipalPattern>, effect: PolicyStatement.Effect) -> Bool {
        switch element {
        case .including(let patterns):
            patterns.contains(where: matches)
        case .excluding(let patterns):
            switch effect {
            case .allow: !patterns.contains(where: matches)
            case .deny: !isWhollyNamed(by: patterns)
            }
        }
    }

    private func matches(_ pattern: PrincipalPattern) -> Bool {
        switch pattern {
        case .everyone: true
        case .account(let account): self.account?.rawValue == account
        case .arn(let arn): kind != .anonymous && (self.arn == arn || principalARN == arn)
        case .service(let name): if case .service(name, _, _) = kind { true } else { false }
        case .federated(let provider): details.federatedProvider == provider
        case .canonicalUser: false
        }
    }

    private func isWhollyNamed(by patterns: [PrincipalPattern]) -> Bool {
        if patterns.contains(.everyone) { return true }
        let isAccountNamed = account.map { patterns.contains(.account($0.rawValue)) } ?? true
        return switch kind {
        case .anonymous: false
        case .account: isAccountNamed
        case .user, .federatedUser: isAccountNamed && patterns.contains(.arn(arn))
        case .assumedRole(let roleARN):
            isAccountNamed && patterns.contains(.arn(arn)) && patterns.contains(.arn(roleARN))
        case .service(let name, _, _): patterns.contains(.service(name))
        }
    }
}

// MARK: - Condition keys

extension PolicyCaller {
    /// Visits the values of a key of the caller until `visit` answers `false`; none for a key that it does not have.
    func forEachValue(of key: ConditionKey, _ visit: (UnsafeBufferPointer<UInt8>) -> Bool) {
        if key == .principalOrgPaths {
            for path in details.organizationPaths where !path.withBytes(visit) { return }
        } else if let value = value(of: key) {
            _ = value.withBytes(visit)
        }
    }

    private func value(of key: ConditionKey) -> String? {
        switch key {
        case .principalARN: isPerson ? principalARN : nil
        case .principalAccount: account?.rawValue
        case .principalType: typeName
        case .principalOrgID: details.organizationID
        case .principalTag(let key): tagsByKey[key]
        case .userID: userID
        case .username: if case .user(let name) = kind { name } else { nil }
        case .tokenIssueTime: details.tokenIssueTime?.iso8601Seconds
        case .multiFactorAuthPresent: details.isMultiFactorAuthPresent.map(String.init)
        case .multiFactorAuthAge: details.multiFactorAuthAgeSeconds.map(String.init)
        case .sourceIdentity: details.sourceIdentity
        case .federatedProvider: details.federatedProvider
        case .principalIsAWSService: isService ? "true" : "false"
        case .principalServiceName: if case .service(let name, _, _) = kind { name } else { nil }
        case .sourceARN: if case .service(_, let arn, _) = kind { arn } else { nil }
        case .sourceAccount: if case .service(_, _, let account) = kind { account?.rawValue } else { nil }
        default: nil
        }
    }

    private var isService: Bool { if case .service = kind { true } else { false } }

    private var isPerson: Bool { !isAnonymous && !isService }

    private var typeName: String? {
        switch kind {
        case .anonymous: "Anonymous"
        case .account: "Account"
        case .user: "User"
        case .assumedRole: "AssumedRole"
        case .federatedUser: "FederatedUser"
        case .service: nil
        }
    }
}
