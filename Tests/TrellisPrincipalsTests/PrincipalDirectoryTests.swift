import Testing
import TrellisModel
import TrellisPolicy
import TrellisPrincipals
import TrellisSignature

struct PrincipalDirectoryTests {
    static let all = #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#
    static let readOnly = #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s:Get","Resource":"*"}]}"#
    static let denied = #"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s:Get","Resource":"*"}]}"#

    private let account: AccountID
    private let seal = ServerSeal(.fresh(at: FixedClock.time, random: CountingRandom()))
    private let directory: PrincipalDirectory
    private let issuer: SessionIssuer

    init() throws {
        account = try #require(AccountID("123456789012"))
        directory = PrincipalDirectory(
            rootKeys: [RootKey(id: "AKIAROOT", secret: SecretAccessKey("root"), account: account)], seal: seal,
            organization: Organization(id: "o-a1b2c3d4e5", paths: ["o-a1b2c3d4e5/r-ab12/"]))
        issuer = SessionIssuer(seal: seal, clock: FixedClock(), random: CountingRandom(50))
    }

    private func role(_ name: String = "Reader", id: String = "AROA1", policy: String? = Self.all) -> RoleRecord {
        var role = RoleRecord(
            account: account, name: name, id: id, path: "/team/", trustPolicy: "", description: nil,
            maximumSessionSeconds: 3600, createdAt: FixedClock.time,
            tags: [IdentityTag(key: "Team", value: "role"), IdentityTag(key: "stage", value: "test")])
        if let policy { role.inlinePolicies["own"] = policy }
        return role
    }

    private func session(
        _ name: String = "Reader", id: String = "AROA1", fill: (inout SessionClaims) -> Void = { _ in }
    ) throws -> IssuedSession {
        try issuer.issue(.role(account: account, name: name, id: id, session: "alice"), seconds: 900, fill: fill)
    }

    private func find(_ session: IssuedSession) -> KnownCaller? {
        directory.caller(session.accessKeyID, SessionToken(session.sessionToken))
    }

    private func decision(_ known: KnownCaller?, _ action: String) throws -> Denial? {
        let known = try #require(known)
        return known.policies.denial(of: ActionRequest(caller: known.caller, action: action, resource: "*"))
    }

    @Test func aRootKeyMayDoEverything() throws {
        let known = try #require(directory.caller("AKIAROOT", nil))
        #expect(known.caller.arn == "arn:aws:iam::123456789012:root")
        #expect(known.caller.details.organizationID == "o-a1b2c3d4e5")
        #expect(try decision(known, "s:Put") == nil)
        #expect(directory.caller("AKIAOTHER", nil) == nil)
    }

    @Test func aSessionIsItsRoleWithItsOwnTags() throws {
        directory.apply([.role(role())])
        let known = try #require(
            find(
                try session { claims in
                    claims.tags = [IdentityTag(key: "team", value: "session")]
                    claims.sourceIdentity = "alice@example.com"
                }))
        #expect(known.caller.arn == "arn:aws:sts::123456789012:assumed-role/Reader/alice")
        #expect(known.caller.userID == "AROA1:alice")
        #expect(known.caller.kind == .assumedRole(roleARN: "arn:aws:iam::123456789012:role/team/Reader"))
        #expect(known.caller.details.tags == ["team": "session", "stage": "test"])
        #expect(known.caller.details.sourceIdentity == "alice@example.com")
        #expect(known.caller.details.tokenIssueTime == FixedClock.time)
    }

    @Test func aSessionNeedsItsTokenAndItsKey() throws {
        directory.apply([.role(role())])
        let session = try session()
        #expect(find(session) != nil)
        #expect(directory.caller(session.accessKeyID, nil) == nil)
        #expect(directory.caller("ASIAOTHER", SessionToken(session.sessionToken)) == nil)
        #expect(directory.caller(session.accessKeyID, SessionToken("")) == nil)
    }

    @Test func aSessionEndsWithItsRole() throws {
        let session = try session()
        #expect(find(session) == nil)
        directory.apply([.role(role())])
        #expect(find(session) != nil)
        // Another role under the same name.
        directory.apply([.role(role(id: "AROA2"))])
        #expect(find(session) == nil)
        directory.apply([.role(role())])
        directory.apply([.deletion(of: .role("reader", of: account))])
        #expect(find(session) == nil)
    }

    @Test func theRolesPoliciesAreThoseOfNow() throws {
        directory.apply([.role(role(policy: nil))])
        let session = try session()
        #expect(try decision(find(session), "s:Get") == Denial(layer: .identity, isExplicit: false))
        var changed = role(policy: nil)
        changed.attachedPolicies = ["arn:aws:iam::123456789012:policy/p", "arn:aws:iam::aws:policy/Unknown"]
        let policy = PolicyRecord(
            account: account, name: "p", id: "ANPA1", path: "/", description: nil, document: Self.readOnly,
            createdAt: FixedClock.time, tags: [])
        directory.apply([.policy(policy), .role(changed)])
        #expect(try decision(find(session), "s:Get") == nil)
        #expect(try decision(find(session), "s:Put") == Denial(layer: .identity, isExplicit: false))
        directory.apply([.deletion(of: .policy("p", of: account))])
        #expect(try decision(find(session), "s:Get") == Denial(layer: .identity, isExplicit: false))
        changed.attachedPolicies = ["arn:aws:iam::aws:policy/AdministratorAccess"]
        directory.apply([.role(changed)])
        #expect(try decision(find(session), "s:Put") == nil)
    }

    @Test(arguments: [
        (all, readOnly, nil as Denial?, Denial(layer: .session, isExplicit: false) as Denial?),
        (readOnly, all, nil, Denial(layer: .identity, isExplicit: false)),
        (all, denied, Denial(layer: .session, isExplicit: true), Denial(layer: .session, isExplicit: false)),
        (denied, all, Denial(layer: .identity, isExplicit: true), Denial(layer: .identity, isExplicit: false)),
    ])
    func aSessionsPolicyLimitsTheRoles(
        own: String, limit: String, get: Denial?, put: Denial?
    ) throws {
        directory.apply([.role(role(policy: own))])
        let session = try session { $0.policies = [limit] }
        #expect(try decision(find(session), "s:Get") == get)
        #expect(try decision(find(session), "s:Put") == put)
    }

    @Test func aLimitThatIsGoneAllowsNothing() throws {
        directory.apply([.role(role())])
        let session = try session { $0.policyARNs = ["arn:aws:iam::123456789012:policy/gone"] }
        #expect(try decision(find(session), "s:Get") == Denial(layer: .session, isExplicit: false))
    }

    @Test func aUsersKeyWorksWhileItIsActive() throws {
        var user = UserRecord(
            account: account, name: "Ann", id: "AIDA1", path: "/", createdAt: FixedClock.time, tags: [])
        user.inlinePolicies["own"] = Self.readOnly
        var key = AccessKeyRecord(
            account: account, id: "AKIAANN", userID: "AIDA1",
            sealedSecret: try #require(seal.sealAtRest("secret", for: "AKIAANN")), createdAt: FixedClock.time)
        directory.apply([.user(user), .accessKey(key)])
        let known = try #require(directory.caller("AKIAANN", nil))
        #expect(known.caller.kind == .user(name: "Ann"))
        #expect(known.credential.secretAccessKey == SecretAccessKey("secret"))
        #expect(try decision(known, "s:Get") == nil)
        #expect(try decision(known, "s:Put") == Denial(layer: .identity, isExplicit: false))

        // Renamed: the old name goes, the key stays.
        user.name = "Anna"
        directory.apply([.deletion(of: .user("ann", of: account)), .user(user)])
        #expect(directory.caller("AKIAANN", nil)?.caller.arn == "arn:aws:iam::123456789012:user/Anna")
        key.isActive = false
        directory.apply([.accessKey(key)])
        #expect(directory.caller("AKIAANN", nil) == nil)
        key.isActive = true
        directory.apply([.accessKey(key)])
        #expect(directory.caller("AKIAANN", nil) != nil)
        directory.apply([.deletion(of: .accessKey("AKIAANN", ofUser: "AIDA1", of: account))])
        #expect(directory.caller("AKIAANN", nil) == nil)
        directory.replace(with: [.user(user), .accessKey(key)])
        #expect(directory.caller("AKIAANN", nil) != nil)
        directory.apply([.deletion(of: .user("anna", of: account))])
        #expect(directory.caller("AKIAANN", nil) == nil)
    }

    private func user(_ policy: String? = nil, groups: [String] = []) throws -> [PrincipalChange] {
        var user = UserRecord(
            account: account, name: "Ann", id: "AIDA1", path: "/", createdAt: FixedClock.time, tags: [])
        user.inlinePolicies["own"] = policy
        user.groupIDs = groups
        let secret = try #require(seal.sealAtRest("secret", for: "AKIAANN"))
        return [
            .user(user),
            .accessKey(
                AccessKeyRecord(
                    account: account, id: "AKIAANN", userID: "AIDA1", sealedSecret: secret, createdAt: FixedClock.time)),
        ]
    }

    private func group(_ name: String = "Staff", policy: String? = nil, attached: [String] = []) -> GroupRecord {
        var group = GroupRecord(account: account, name: name, id: "AGPA1", path: "/", createdAt: FixedClock.time)
        group.inlinePolicies["own"] = policy
        group.attachedPolicies = attached
        return group
    }

    @Test func aUserMayWhatItsGroupsMay() throws {
        let nothing = Denial(layer: .identity, isExplicit: false)
        func ann(_ action: String) throws -> Denial? { try decision(directory.caller("AKIAANN", nil), action) }
        directory.apply(try user(groups: ["AGPA1"]))
        #expect(try ann("s:Get") == nothing)
        directory.apply([.group(group(policy: Self.readOnly))])
        #expect(try ann("s:Get") == nil)
        #expect(try ann("s:Put") == nothing)
        directory.apply([.group(group(attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]))])
        #expect(try ann("s:Put") == nil)
        directory.apply(try user(Self.all, groups: ["AGPA1"]) + [.group(group(policy: Self.denied))])
        #expect(try ann("s:Get") == Denial(layer: .identity, isExplicit: true))
        // Renamed: the old name goes, the members stay.
        directory.apply([.deletion(of: .group("staff", of: account)), .group(group("Crew", policy: Self.denied))])
        #expect(try ann("s:Get") == Denial(layer: .identity, isExplicit: true))
        directory.apply(try user(Self.all))
        #expect(try ann("s:Get") == nil)
        directory.apply(try user(groups: ["AGPA1"]) + [.deletion(of: .group("crew", of: account))])
        #expect(try ann("s:Get") == nothing)
    }

    @Test(arguments: [
        ("arn:aws:iam::123456789012:policy/p" as String?, nil as Denial?, Denial(layer: .boundary, isExplicit: false)),
        ("arn:aws:iam::aws:policy/AdministratorAccess", nil, nil),
        (
            "arn:aws:iam::123456789012:policy/none", Denial(layer: .boundary, isExplicit: false),
            Denial(layer: .boundary, isExplicit: false)
        ),
        (nil, nil, nil),
    ])
    func aBoundaryLimits(boundary: String?, get: Denial?, put: Denial?) throws {
        var role = role()
        role.permissionsBoundary = boundary
        let policy = PolicyRecord(
            account: account, name: "p", id: "ANPA1", path: "/", description: nil, document: Self.readOnly,
            createdAt: FixedClock.time, tags: [])
        directory.apply([.role(role), .policy(policy)])
        let session = try session()
        #expect(try decision(find(session), "s:Get") == get)
        #expect(try decision(find(session), "s:Put") == put)
        var changes = try user(Self.all)
        guard case .user(var user)? = changes.first else { return }
        user.permissionsBoundary = boundary
        changes[0] = .user(user)
        directory.apply(changes)
        #expect(try decision(directory.caller("AKIAANN", nil), "s:Get") == get)
        #expect(try decision(directory.caller("AKIAANN", nil), "s:Put") == put)
    }

    /// It may have denied anything.
    @Test func aPolicyThatCannotBeReadDeniesEverything() throws {
        let told = Told()
        let directory = PrincipalDirectory(rootKeys: [], seal: seal) { told.note($0) }
        let denied = Denial(layer: .identity, isExplicit: true)
        func decision() throws -> Denial? { try self.decision(directory.caller("AKIAANN", nil), "s:Get") }
        directory.apply(try user(Self.all))
        #expect(try decision() == nil)
        directory.apply(try user("{"))
        #expect(try decision() == denied)
        #expect(told.owners == ["arn:aws:iam::123456789012:user/Ann/own"])
        directory.apply(try user(Self.all, groups: ["AGPA1"]) + [.group(group(policy: "{}"))])
        #expect(try decision() == denied)
        var policy = PolicyRecord(
            account: account, name: "p", id: "ANPA1", path: "/", description: nil, document: Self.all,
            createdAt: FixedClock.time, tags: [])
        let attached = group(policy: Self.all, attached: [policy.arn])
        directory.apply([.group(attached), .policy(policy)])
        #expect(try decision() == nil)
        policy.defaultVersion = 7
        directory.apply([.policy(policy)])
        #expect(try decision() == denied)
        #expect(
            told.owners == [
                "arn:aws:iam::123456789012:user/Ann/own", "arn:aws:iam::123456789012:group/Staff/own", policy.arn,
            ])
    }

    @Test func aReaderSeesEveryChange() throws {
        directory.apply([.role(role())])
        let reader = PrincipalReader(directory, capacity: 2)
        let session = try session()
        let token = SessionToken(session.sessionToken)
        #expect(reader.find(session.accessKeyID, token) != nil)
        #expect(reader.find(session.accessKeyID, token) != nil)
        #expect(reader.find(session.accessKeyID, nil) == nil)
        #expect(reader.find(session.accessKeyID, SessionToken("other")) == nil)
        directory.apply([.deletion(of: .role("Reader", of: account))])
        #expect(reader.find(session.accessKeyID, token) == nil)
    }

    @Test func whatDoesNotFitIntoATokenIsRefused() throws {
        func issue(_ size: Int) throws -> IssuedSession {
            try session { $0.policies = [String(repeating: " ", count: size)] }
        }
        #expect(try issue(SessionIssuer.packedLimit).packedPolicySize == 100)
        #expect(try issue(SessionIssuer.packedLimit).sessionToken.utf8.count < 8192)
        #expect(throws: SessionTooLarge(percent: 101)) { try issue(SessionIssuer.packedLimit + 1) }
    }

    @Test(arguments: [
        ("o-a1b2c3d4e5", [], true), ("o-short", [], false), ("a1b2c3d4e5", [], false),
        ("o-a1b2c3d4e5", ["r-ab12/"], false), ("o-a1b2c3d4e5", ["o-a1b2c3d4e5/r-ab12/"], true),
    ])
    func organizationsHaveTheirForm(id: String, paths: [String], isRight: Bool) {
        #expect((Organization(id: id, paths: paths) != nil) == isRight)
    }
}
