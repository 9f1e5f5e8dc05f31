import Synchronization
package import TrellisModel
package import TrellisPolicy
package import TrellisSignature

/// A change of what callers are made of.
package enum PrincipalChange: Sendable {
    case role(RoleRecord)
    case user(UserRecord)
    case group(GroupRecord)
    case policy(PolicyRecord)
    case accessKey(AccessKeyRecord)
    case deletion(of: StoreKey)

    /// The kinds of records that callers depend on.
    package static let kinds: [RecordKind] = [.policy, .role, .group, .user, .accessKey]
}

/// A stored policy that cannot be evaluated; whoever has it may do nothing.
package struct UnreadablePolicy: Sendable {
    /// The ARN of the policy, or that of the role, user or group with the name of its inline policy behind it.
    package var owner: String
    package var reason: String
}

/// An account's own access key.
package struct RootKey: Sendable {
    package var id: String
    package var secret: SecretAccessKey
    package var account: AccountID

    package init(id: String, secret: SecretAccessKey, account: AccountID) {
        self.id = id
        self.secret = secret
        self.account = account
    }
}

/// Everybody who may sign a request, kept in memory and brought up to date by the store's changes.
///
/// Policies are compiled when they change. Whoever asks often does so through a ``PrincipalReader``.
package final class PrincipalDirectory: Sendable {
    fileprivate struct Role {
        var record: RoleRecord
        var inline: [CompiledPolicy]
    }

    fileprivate struct User {
        var record: UserRecord
        var inline: [CompiledPolicy]
    }

    fileprivate struct Group {
        var record: GroupRecord
        var inline: [CompiledPolicy]
    }

    fileprivate struct Tables {
        var roles: [StoreKey: Role] = [:]
        var users: [StoreKey: User] = [:]
        var userKeys: [String: StoreKey] = [:]
        var groups: [StoreKey: Group] = [:]
        /// By unique id.
        var groupKeys: [String: StoreKey] = [:]
        /// By ARN.
        var policies: [String: CompiledPolicy] = [:]
        var policyARNs: [StoreKey: String] = [:]
        /// By access key id.
        var accessKeys: [String: AccessKeyRecord] = [:]
    }

    private let tables = Mutex(Tables())
    private let changes = Atomic<UInt64>(0)
    private let rootKeys: [String: RootKey]
    private let seal: ServerSeal
    private let organization: Organization?
    private let onUnreadablePolicy: @Sendable (UnreadablePolicy) -> Void

    /// - Parameters:
    ///   - organization: Of all accounts of the server.
    ///   - onUnreadablePolicy: Told of each policy that cannot be evaluated, whenever it is read.
    package init(
        rootKeys: [RootKey], seal: ServerSeal, organization: Organization? = nil,
        onUnreadablePolicy: @escaping @Sendable (UnreadablePolicy) -> Void = { _ in }
    ) {
        self.onUnreadablePolicy = onUnreadablePolicy
        self.rootKeys = Dictionary(rootKeys.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        self.seal = seal
        self.organization = organization
    }

    /// Another number after every change.
    package var version: UInt64 { changes.load(ordering: .acquiring) }

    // MARK: Changes

    package func apply(_ changes: [PrincipalChange]) {
        guard !changes.isEmpty else { return }
        tables.withLock { tables in
            for change in changes { apply(change, to: &tables) }
        }
        self.changes.add(1, ordering: .releasing)
    }

    /// Takes these for all there are.
    package func replace(with changes: [PrincipalChange]) {
        var fresh = Tables()
        for change in changes { apply(change, to: &fresh) }
        tables.withLock { $0 = fresh }
        self.changes.add(1, ordering: .releasing)
    }

    private func apply(_ change: PrincipalChange, to tables: inout Tables) {
        switch change {
        case .role(let record):
            tables.roles[.role(record.name, of: record.account)] = Role(
                record: record, inline: compiled(record.inlinePolicies, of: record.arn))
        case .user(let record):
            let key = StoreKey.user(record.name, of: record.account)
            tables.users[key] = User(record: record, inline: compiled(record.inlinePolicies, of: record.arn))
            tables.userKeys[record.id] = key
        case .group(let record):
            let key = StoreKey.group(record.name, of: record.account)
            tables.groups[key] = Group(record: record, inline: compiled(record.inlinePolicies, of: record.arn))
            tables.groupKeys[record.id] = key
        case .policy(let record):
            let version = record.versions.first { $0.number == record.defaultVersion }
            tables.policies[record.arn] = compiled(version?.document ?? "", of: record.arn)
            tables.policyARNs[.policy(record.name, of: record.account)] = record.arn
        case .accessKey(let record):
            tables.accessKeys[record.id] = record
        case .deletion(let key):
            Self.delete(key, from: &tables)
        }
    }

    private static func delete(_ key: StoreKey, from tables: inout Tables) {
        if let user = tables.users.removeValue(forKey: key) {
            // A user that was renamed is there under its new name by now.
            if tables.userKeys[user.record.id] == key { tables.userKeys[user.record.id] = nil }
        } else if let group = tables.groups.removeValue(forKey: key) {
            if tables.groupKeys[group.record.id] == key { tables.groupKeys[group.record.id] = nil }
        } else if let arn = tables.policyARNs.removeValue(forKey: key) {
            tables.policies[arn] = nil
        } else if tables.roles.removeValue(forKey: key) == nil, let id = key.components.last {
            tables.accessKeys[String(id)] = nil
        }
    }

    private func compiled(_ documents: [String: String], of owner: String) -> [CompiledPolicy] {
        documents.sorted { $0.key < $1.key }.map { compiled($0.value, of: "\(owner)/\($0.key)") }
    }

    /// Documents are checked before they are stored.
    ///
    /// One that cannot be read all the same might deny anything, and so
    /// it denies everything.
    private func compiled(_ document: String, of owner: String) -> CompiledPolicy {
        do {
            return try CompiledPolicy(parsing: document, as: .identityPolicy)
        } catch {
            onUnreadablePolicy(UnreadablePolicy(owner: owner, reason: error.message))
            return .denyingEverything
        }
    }

    // MARK: Callers

    /// The owner of an access key.
    ///
    /// A session is known by its token alone, and only while its role or user is there.
    package func caller(_ accessKeyID: String, _ token: SessionToken?) -> KnownCaller? {
        if let root = rootKeys[accessKeyID] {
            return KnownCaller(
                credential: StoredCredential(secretAccessKey: root.secret), caller: rootCaller(root.account),
                policies: .everything)
        }
        if let token {
            guard let bytes = seal.openSession(token.reveal(), of: accessKeyID),
                let claims = SessionClaims(decoding: bytes)
            else { return nil }
            return caller(of: claims, token)
        }
        return tables.withLock { tables -> KnownCaller? in
            guard let key = tables.accessKeys[accessKeyID], key.isActive,
                let user = tables.userKeys[key.userID].flatMap({ tables.users[$0] }),
                let secret = seal.openAtRest(key.sealedSecret, of: key.id)
            else { return nil }
            return KnownCaller(
                credential: StoredCredential(secretAccessKey: SecretAccessKey(secret)),
                caller: self.caller(of: user.record, details: details(tags: user.record.tags)),
                policies: tables.policies(of: user))
        }
    }

    /// The root user of an account, with its organisation.
    package func rootCaller(_ account: AccountID, details: PolicyCaller.Details? = nil) -> PolicyCaller {
        PolicyCaller(
            kind: .account, arn: account.rootARN, account: account, userID: account.rawValue,
            details: details ?? self.details(tags: []))
    }

    private func caller(of claims: SessionClaims, _ token: SessionToken) -> KnownCaller? {
        let credential = StoredCredential(
            secretAccessKey: SecretAccessKey(claims.secret),
            lifetime: .temporary(token: token, expiration: SigningTime(secondsSinceEpoch: claims.expiresAt)))
        func known(_ caller: PolicyCaller, _ policies: IdentityPolicies) -> KnownCaller {
            KnownCaller(credential: credential, caller: caller, policies: policies, session: claims)
        }
        switch claims.subject {
        case .root(let account):
            return known(rootCaller(account, details: details(tags: [], of: claims)), .everything)
        case .user(_, let id):
            return tables.withLock { tables -> KnownCaller? in
                guard let user = tables.userKeys[id].flatMap({ tables.users[$0] }) else { return nil }
                return known(
                    self.caller(of: user.record, details: details(tags: user.record.tags, of: claims)),
                    tables.policies(of: user))
            }
        case .role(let account, let roleName, let id, let name):
            return tables.withLock { tables -> KnownCaller? in
                guard let role = tables.roles[.role(roleName, of: account)], role.record.id == id else { return nil }
                let own = role.inline + tables.attached(role.record.attachedPolicies)
                let session =
                    claims.policies.map { compiled($0, of: "a session of \(role.record.arn)") }
                    + tables.attached(claims.policyARNs)
                let limits = tables.boundary(role.record.permissionsBoundary)
                return known(
                    PolicyCaller(
                        roleSession: name, of: role.record, details: details(tags: role.record.tags, of: claims)),
                    .policies(own, limits: limits + (claims.isLimited ? [.session(session)] : [])))
            }
        }
    }

    private func caller(of user: UserRecord, details: PolicyCaller.Details) -> PolicyCaller {
        PolicyCaller(
            kind: .user(name: user.name), arn: user.arn, account: user.account, userID: user.id, details: details)
    }

    /// - Parameter tags: Of the user or role; session tags of the same key, whatever its case, take their place.
    private func details(tags: [IdentityTag], of claims: SessionClaims? = nil) -> PolicyCaller.Details {
        var details = PolicyCaller.Details()
        details.organizationID = organization?.id
        details.organizationPaths = organization?.paths ?? []
        let overridden = Set((claims?.tags ?? []).map { $0.key.lowercased() })
        let all = tags.filter { !overridden.contains($0.key.lowercased()) } + (claims?.tags ?? [])
        details.tags = Dictionary(all.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
        if let claims {
            details.sourceIdentity = claims.sourceIdentity
            details.federatedProvider = claims.federatedProvider
            details.tokenIssueTime = Timestamp(millisecondsSinceEpoch: claims.issuedAt * 1000)
            details.isMultiFactorAuthPresent = false
        }
        return details
    }

    /// A role as it is now.
    package func role(withARN text: String) -> RoleRecord? {
        guard let arn = ARN(text), let account = AccountID(arn.account),
            let name = arn.resource.split(separator: "/").last
        else { return nil }
        let role = tables.withLock { $0.roles[.role(String(name), of: account)]?.record }
        return role?.arn == text ? role : nil
    }

    /// Whether a managed policy can limit a session.
    package func hasPolicy(_ arn: String) -> Bool {
        AWSManagedPolicy.policy(arn) != nil || tables.withLock { $0.policies[arn] != nil }
    }
}

extension PrincipalDirectory.Tables {
    /// The compiled ones of managed policies; one that is not known says nothing.
    fileprivate func attached(_ arns: [String]) -> [CompiledPolicy] {
        arns.compactMap { policies[$0] ?? AWSManagedPolicy.policy($0) }
    }

    /// A user's own policies and those of its groups.
    fileprivate func policies(of user: PrincipalDirectory.User) -> IdentityPolicies {
        var policies = user.inline + attached(user.record.attachedPolicies)
        for id in user.record.groupIDs {
            guard let key = groupKeys[id], let group = groups[key] else { continue }
            policies += group.inline
            policies += attached(group.record.attachedPolicies)
        }
        return .policies(policies, limits: boundary(user.record.permissionsBoundary))
    }

    /// A boundary that is not known allows nothing.
    fileprivate func boundary(_ arn: String?) -> [PolicyLimit] {
        arn.map { [.boundary(attached([$0]))] } ?? []
    }
}

extension PolicyCaller {
    /// The caller `arn:aws:sts::<account>:assumed-role/<role without path>/<session>`.
    package convenience init(roleSession session: String, of role: RoleRecord, details: Details) {
        self.init(
            kind: .assumedRole(roleARN: role.arn), arn: role.sessionARN(session), account: role.account,
            userID: "\(role.id):\(session)", details: details)
    }
}

extension RoleRecord {
    package func sessionARN(_ session: String) -> String {
        "arn:\(ARN.partition):sts::\(account):assumed-role/\(name)/\(session)"
    }
}
