import Synchronization
package import TrellisModel
package import TrellisPolicy
package import TrellisSignature

/// A change of what callers are made of.
package enum PrincipalChange: Sendable {
    case role(RoleRecord)
    case user(UserRecord)
    case policy(PolicyRecord)
    case accessKey(AccessKeyRecord)
    case deletion(of: StoreKey)

    /// The kinds of records that callers depend on.
    package static let kinds: [RecordKind] = [.policy, .role, .user, .accessKey]
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

    fileprivate struct Tables {
        var roles: [StoreKey: Role] = [:]
        var users: [StoreKey: User] = [:]
        var userKeys: [String: StoreKey] = [:]
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

    /// - Parameter organization: Of all accounts of the server.
    package init(rootKeys: [RootKey], seal: ServerSeal, organization: Organization? = nil) {
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
            for change in changes { Self.apply(change, to: &tables) }
        }
        self.changes.add(1, ordering: .releasing)
    }

    /// Takes these for all there are.
    package func replace(with changes: [PrincipalChange]) {
        var fresh = Tables()
        for change in changes { Self.apply(change, to: &fresh) }
        tables.withLock { $0 = fresh }
        self.changes.add(1, ordering: .releasing)
    }

    private static func apply(_ change: PrincipalChange, to tables: inout Tables) {
        switch change {
        case .role(let record):
            tables.roles[.role(record.name, of: record.account)] = Role(
                record: record, inline: compiled(record.inlinePolicies))
        case .user(let record):
            let key = StoreKey.user(record.name, of: record.account)
            tables.users[key] = User(record: record, inline: compiled(record.inlinePolicies))
            tables.userKeys[record.id] = key
        case .policy(let record):
            let document = record.versions.first { $0.number == record.defaultVersion }?.document
            tables.policies[record.arn] = document.flatMap(compiled)
            tables.policyARNs[.policy(record.name, of: record.account)] = record.arn
        case .accessKey(let record):
            tables.accessKeys[record.id] = record
        case .deletion(let key):
            delete(key, from: &tables)
        }
    }

    private static func delete(_ key: StoreKey, from tables: inout Tables) {
        if let user = tables.users.removeValue(forKey: key) {
            // A user that was renamed is there under its new name by now.
            if tables.userKeys[user.record.id] == key { tables.userKeys[user.record.id] = nil }
        } else if let arn = tables.policyARNs.removeValue(forKey: key) {
            tables.policies[arn] = nil
        } else if tables.roles.removeValue(forKey: key) == nil, let id = key.components.last {
            tables.accessKeys[String(id)] = nil
        }
    }

    private static func compiled(_ documents: [String: String]) -> [CompiledPolicy] {
        documents.sorted { $0.key < $1.key }.compactMap { compiled($0.value) }
    }

    /// Documents are checked before they are stored; one that cannot be read all the same allows nothing.
    private static func compiled(_ document: String) -> CompiledPolicy? {
        try? CompiledPolicy(parsing: document, as: .identityPolicy)
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
                policies: .policies(user.inline + tables.attached(user.record.attachedPolicies)))
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
                    .policies(user.inline + tables.attached(user.record.attachedPolicies)))
            }
        case .role(let account, let name, let id, let session):
            return tables.withLock { tables -> KnownCaller? in
                guard let role = tables.roles[.role(name, of: account)], role.record.id == id else { return nil }
                let own = role.inline + tables.attached(role.record.attachedPolicies)
                let limits = claims.policies.compactMap(Self.compiled) + tables.attached(claims.policyARNs)
                return known(
                    PolicyCaller(
                        roleSession: session, of: role.record, details: details(tags: role.record.tags, of: claims)),
                    .policies(own, limits: claims.isLimited ? [.session(limits)] : []))
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
