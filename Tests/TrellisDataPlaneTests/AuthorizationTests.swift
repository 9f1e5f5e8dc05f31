import Testing
import TrellisInvoke
import TrellisModel
import TrellisPolicy
import TrellisPrincipals
import TrellisRouting
import TrellisSignature

@testable import TrellisDataPlane

/// Requests with and without signatures through a network and a service with policies.
@Suite(.timeLimit(.minutes(5))) struct AuthorizationTests {
    static let key = "AKIAIOSFODNN7EXAMPLE"
    static let secret = SecretAccessKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    static let session = "arn:aws:sts::123456789012:assumed-role/Reader/alice"
    static let temporaryKey = "ASIAIOSFODNN7EXAMPLE"
    static let allowAll = #"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#
    static let serviceARN: String = Site.scope.arn(Site.id(1) as ServiceID)

    /// A root user whom nothing limits, and a session that may invoke `/session` only.
    static let callers = CallerSource.verified { { id, _ in caller(id) } }

    private static func caller(_ id: String) -> KnownCaller? {
        switch id {
        case key:
            return KnownCaller(
                credential: StoredCredential(secretAccessKey: secret), caller: .root(of: Site.scope.account),
                policies: .everything)
        case temporaryKey:
            var details = PolicyCaller.Details()
            details.tags = [
                "team": "blue", "x509Subject/CN": "alice", "x509Issuer/OU": "shop", "x509SAN/Name/CN": "a;b",
            ]
            details.organizationID = "o-a1b2c3d4e5"
            let policy = try? CompiledPolicy(
                parsing: #"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*/session"}}"#, as: .identityPolicy)
            return KnownCaller(
                credential: StoredCredential(
                    secretAccessKey: secret,
                    lifetime: .temporary(
                        token: SessionToken("token"),
                        expiration: SigningTime(
                            secondsSinceEpoch: FixedClock.time.millisecondsSinceEpoch / 1000 + 60))),
                caller: PolicyCaller(
                    kind: .assumedRole(roleARN: "arn:aws:iam::123456789012:role/Reader"), arn: session,
                    account: Site.scope.account, userID: "AROA:alice", details: details),
                policies: .policies([policy].compactMap(\.self)))
        default:
            return nil
        }
    }

    static func site(network: String? = nil, service: String? = nil) -> Site {
        var site = Site()
        var networkRecord = Site.network(1)
        var serviceRecord = Site.service(1, name: "shop")
        networkRecord.authType = network == nil ? .none : .awsIAM
        serviceRecord.authType = service == nil ? .none : .awsIAM
        site.apply([
            .putServiceNetwork(networkRecord), .putService(serviceRecord),
            .putAuthPolicy(policy(network ?? allowAll, of: .serviceNetwork(Site.id(1)))),
            .putAuthPolicy(policy(service ?? allowAll, of: .service(Site.id(1)))),
        ])
        return site
    }

    static func policy(_ statements: String, of resource: PolicyResource) -> AuthPolicyRecord {
        AuthPolicyRecord(
            resource: resource, scope: Site.scope, policy: #"{"Statement":[\#(statements)]}"#, createdAt: Site.epoch,
            lastUpdatedAt: Site.epoch)
    }

    /// A request as text, signed with a key.
    static func signed(
        _ path: String, key: String = key, secondsLater: Int64 = 0, headers: [(name: String, value: String)] = [],
        regionSet: String? = nil
    ) throws -> String {
        var signer = RequestSigner(
            credentials: ClientCredentials(
                accessKeyID: key, secretAccessKey: secret,
                sessionToken: key == temporaryKey ? SessionToken("token") : nil),
            region: regionSet ?? "us-east-1", service: "vpc-lattice-svcs")
        if regionSet != nil { signer.algorithm = .ecdsaP256SHA256 }
        var cache = SigningKeyCache()
        let request = try signer.sign(
            SignableRequest(method: "GET", target: path, headers: [("host", Site.host)] + headers), payload: .unsigned,
            at: SigningTime(
                secondsSinceEpoch: FixedClock.time.millisecondsSinceEpoch / 1000 + secondsLater), keys: &cache)
        return "GET \(path) HTTP/1.1\r\n" + request.headers.map { "\($0.name): \($0.value)\r\n" }.joined() + "\r\n"
    }

    static func denial(_ path: String, by who: String = "anonymous", _ reason: String) -> String {
        "AccessDeniedException: User: \(who) is not authorized to perform: vpc-lattice-svcs:Invoke on resource: "
            + "\(serviceARN)\(path) \(reason)"
    }

    @Test func policiesDecideForAnonymousCallers() async throws {
        let site = Self.site(
            network: Self.allowAll + #",{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*/forbidden"}"#,
            service: #"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*/open*"}"#)
        try await withDataPlane(site, callers: Self.callers) { running in
            #expect(try await running.get("/open?x=/closed").status == 200)
            let closed = try await running.get("/closed?x=/open")
            #expect(closed.status == 403)
            #expect(
                closed.body
                    == Self.denial(
                        "/closed", "because no service-based policy allows the vpc-lattice-svcs:Invoke action"))
            #expect(closed["content-type"] == "text/plain; charset=utf-8")
            #expect(closed["x-amzn-errortype"] == "AccessDeniedException")
            #expect(closed["x-amzn-requestid"] != nil)
            let forbidden = try await running.get("/forbidden")
            #expect(forbidden.body == Self.denial("/forbidden", "with an explicit deny in a network-based policy"))
            let entries = [try await running.log.next(), try await running.log.next(), try await running.log.next()]
            #expect(entries.map(\.authDeniedReason) == [nil, "Service", "Network"])
            #expect(entries.map(\.resolvedUser) == ["Anonymous", "Anonymous", "Anonymous"])
            #expect(entries.map(\.serviceARN) == [Self.serviceARN, Self.serviceARN, Self.serviceARN])
        }
    }

    @Test func aSessionIsShownToTheFunctionAndLimitedByItsOwnPolicies() async throws {
        let invoker = ImmediateInvoker()
        let site = Self.site(
            service: #"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/Reader"},"#
                + #""Action":"*","Resource":"*"}"#)
        try await withDataPlane(site, invoker: invoker, callers: Self.callers) { running in
            let allowed = try await running.exchange(try Self.signed("/session", key: Self.temporaryKey))
            #expect(allowed.status == 200, "\(allowed.body)")
            let event = try #require(invoker.invocations.first?.event)
            #expect(event.contains(#""type":"AWS_IAM","principal":"\#(Self.session)","principalOrgID":"o-a1b2c3d4e5""#))
            #expect(event.contains(#""sessionName":"alice""#))
            #expect(event.contains(#""x509IssuerOu":"shop","x509SanNameCn":"a;b","x509SubjectCn":"alice""#))
            #expect(event.contains(#"X509Issuer/OU=shop; X509SAN/NameCN=a\\;b; X509Subject/CN=alice"]"#))
            #expect(event.contains("team=blue"))
            #expect(!event.contains("x-amz-security-token"))
            let denied = try await running.exchange(try Self.signed("/other", key: Self.temporaryKey))
            #expect(
                denied.body
                    == Self.denial(
                        "/other", by: Self.session,
                        "because no identity-based policy allows the vpc-lattice-svcs:Invoke action"))
            let entry = try await running.log.next()
            #expect(entry.callerPrincipal == Self.session)
            // The root user is not the role.
            #expect(try await running.exchange(try Self.signed("/session")).status == 403)
        }
    }

    @Test func aSignatureForARegionSetIsGoodInEachOfThem() async throws {
        try await withDataPlane(Self.site(service: Self.allowAll), callers: Self.callers) { running in
            for set in ["*", "us-east-1", "eu-west-1,us-east-1", "us-*"] {
                let response = try await running.exchange(try Self.signed("/a?b=c", regionSet: set))
                #expect(response.status == 200, "\(set): \(response.body)")
            }
            let entry = try await running.log.next()
            #expect(entry.callerPrincipal == Site.scope.account.rootARN)
            let good = try Self.signed("/a", regionSet: "*")
            let bad: [(String, String)] = [
                (try Self.signed("/a", regionSet: "eu-*"), "InvalidSignatureException: Credential should be scoped"),
                (good.replacing("GET /a", with: "GET /b"), "InvalidSignatureException: The request signature"),
                (good.replacing("set: *", with: "set: us-*"), "InvalidSignatureException: The request signature"),
                (
                    good.replacing("x-amz-region-set: *\r\n", with: ""),
                    "IncompleteSignatureException: 'x-amz-region-set' is named as a SignedHeader"
                ),
                (
                    good.replacing("x-amz-region-set: *\r\n", with: "").replacing(";x-amz-region-set", with: ""),
                    "IncompleteSignatureException: 'x-amz-region-set' must be a 'SignedHeader'"
                ),
            ]
            for (request, text) in bad {
                let response = try await running.exchange(request)
                #expect(response.status == 403)
                #expect(response.body.hasPrefix(text), "\(response.body)")
            }
        }
    }

    @Test func aSignatureIsCheckedWhateverTheAuthTypeIs() async throws {
        for site in [Site(), Self.site(service: Self.allowAll)] {
            try await withDataPlane(site, callers: Self.callers) { running in
                let good = try Self.signed("/a?b=c")
                #expect(try await running.exchange(good).status == 200)
                let bad: [(String, String)] = [
                    (good.replacing("GET /a", with: "GET /b"), "InvalidSignatureException: The request signature"),
                    (good.replacing(Self.key, with: "AKIAOTHER"), "UnrecognizedClientException: "),
                    (
                        try Self.signed("/a", secondsLater: 301),
                        "InvalidSignatureException: Signature not yet current: "
                    ),
                    (try Self.signed("/a", secondsLater: -301), "InvalidSignatureException: Signature expired: "),
                    (
                        good.replacing("x-amz-content-sha256: UNSIGNED-PAYLOAD\r\n", with: ""),
                        "IncompleteSignatureException: "
                    ),
                    (
                        good.replacing("AWS4-HMAC-SHA256 ", with: "AWS4-ECDSA-P256-SHA256 "),
                        "IncompleteSignatureException: Credential must have exactly 4 slash-delimited elements"
                    ),
                    (
                        "GET /?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00 HTTP/1.1\r\nHost: \(Site.host)\r\n\r\n",
                        "IncompleteSignatureException: AWS query-string parameters must include"
                    ),
                    (
                        "GET /?a=b&%58-Amz-Signature=00 HTTP/1.1\r\nHost: \(Site.host)\r\n\r\n",
                        "IncompleteSignatureException: AWS query-string parameters must include"
                    ),
                    (
                        "GET / HTTP/1.1\r\nHost: \(Site.host)\r\nAuthorization: AWS4-HMAC-SHA256\r\n\r\n",
                        "IncompleteSignatureException: "
                    ),
                ]
                for (request, text) in bad {
                    let response = try await running.exchange(request)
                    #expect(response.status == 403)
                    #expect(response.body.hasPrefix(text), "\(response.body)")
                    #expect(response["x-amzn-errortype"].map { response.body.hasPrefix($0 + ": ") } == true)
                }
                let bearer = "GET / HTTP/1.1\r\nHost: \(Site.host)\r\nAuthorization: Bearer AWS4-x\r\n\r\n"
                #expect(try await running.exchange(bearer).status == 200)
                #expect(try await running.get("/?x=y&Xylophone=1&%41=2").status == 200)
            }
        }
    }

    @Test(arguments: [
        (#"{"StringEquals":{"vpc-lattice-svcs:RequestHeader/X-Team":"blue"}}"#, "/", "x-TEAM: blue\r\n", 200),
        (
            #"{"StringEquals":{"vpc-lattice-svcs:RequestHeader/x-team":"blue"}}"#, "/",
            "x-team: red\r\nx-team: blue\r\n", 200
        ),
        (#"{"ForAllValues:StringEquals":{"vpc-lattice-svcs:RequestHeader/a":"b"}}"#, "/", "a: b\r\na: c\r\n", 403),
        (#"{"StringEquals":{"vpc-lattice-svcs:RequestHeader/x-team":"blue"}}"#, "/", "", 403),
        (#"{"StringEquals":{"vpc-lattice-svcs:RequestQueryString/a":"b c"}}"#, "/?x=1&a=b%20c", "", 200),
        (#"{"StringEquals":{"vpc-lattice-svcs:RequestQueryString/a":"b c"}}"#, "/?a=1&A=b+c", "", 200),
        (#"{"StringEquals":{"vpc-lattice-svcs:RequestQueryString/a":"b"}}"#, "/a=b", "", 403),
        (#"{"StringEquals":{"vpc-lattice-svcs:RequestMethod":"GET"}}"#, "/", "", 200),
        (#"{"StringEquals":{"vpc-lattice-svcs:RequestPath":"/a"}}"#, "/a?b", "", 200),
        (#"{"NumericEquals":{"vpc-lattice-svcs:Port":80}}"#, "/", "", 200),
        (#"{"StringEquals":{"vpc-lattice-svcs:SourceVpc":"vpc-0a1b2c3d4e5f60718"}}"#, "/", "", 200),
        (#"{"StringEquals":{"vpc-lattice-svcs:SourceVpcOwnerAccount":"123456789012"}}"#, "/", "", 200),
        (#"{"ArnLike":{"vpc-lattice-svcs:ServiceArn":"arn:aws:vpc-lattice:*:*:service/svc-*1"}}"#, "/", "", 200),
        (#"{"ArnLike":{"vpc-lattice-svcs:ServiceNetworkArn":"arn:*:*:*:*:servicenetwork/*"}}"#, "/", "", 200),
        (#"{"IpAddress":{"aws:SourceIp":"127.0.0.0/8"},"Bool":{"aws:SecureTransport":false}}"#, "/", "", 200),
        (#"{"DateEquals":{"aws:CurrentTime":"2023-11-14T22:13:20Z"}}"#, "/", "", 200),
        (#"{"NumericEquals":{"aws:EpochTime":1700000000}}"#, "/", "", 200),
        (#"{"StringEquals":{"aws:RequestedRegion":"us-east-1"}}"#, "/", "", 200),
        (
            #"{"StringEquals":{"aws:UserAgent":"curl","aws:Referer":"r"}}"#, "/", "User-Agent: curl\r\nReferer: r\r\n",
            200
        ),
        (#"{"StringEquals":{"aws:PrincipalType":"Anonymous"}}"#, "/", "", 200),
        (#"{"Null":{"aws:PrincipalArn":"false"}}"#, "/", "", 403),
    ])
    func conditionKeys(condition: String, target: String, headers: String, status: Int) async throws {
        let site = Self.site(
            service: #"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":\#(condition)}"#)
        try await withDataPlane(site) { running in
            let response = try await running.exchange("GET \(target) HTTP/1.1\r\nHost: \(Site.host)\r\n\(headers)\r\n")
            #expect(response.status == status, "\(response.body)")
        }
    }

    @Test func awsIAMWithoutAPolicyRefusesEverybody() async throws {
        var site = Self.site(service: Self.allowAll)
        site.apply([.deleteAuthPolicy(.service(Site.id(1)))])
        try await withDataPlane(site, callers: Self.callers) { running in
            let anonymous = try await running.get()
            let root = try await running.exchange(try Self.signed("/"))
            #expect(anonymous.status == 403)
            #expect(root.status == 403)
        }
    }

    @Test func aCallerSourceWithoutVerificationTakesAnySignature() async throws {
        let site = Self.site(
            service: #"{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"*","Resource":"*"}"#)
        let source = CallerSource.unverified(.root(of: Site.scope.account), .everything)
        try await withDataPlane(site, callers: source) { running in
            let claimed = "GET / HTTP/1.1\r\nHost: \(Site.host)\r\nAuthorization: AWS4-HMAC-SHA256 x\r\n\r\n"
            let root = try await running.exchange(claimed)
            let anonymous = try await running.get()
            #expect(root.status == 200)
            #expect(anonymous.status == 403)
        }
    }
}
