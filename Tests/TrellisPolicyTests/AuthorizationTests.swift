import Testing
import TrellisModel
import TrellisPolicy

@Suite("Authorization over network, service and identity")
struct AuthorizationTests {
    /// What a layer's policy says.
    enum Says: CaseIterable {
        case open, nothing, silent, allow, deny

        func authPolicy() throws -> AuthPolicy {
            switch self {
            case .open: .none
            case .nothing: .iam(nil)
            case .silent: .iam(try policy("Allow", resource: "*/elsewhere"))
            case .allow: .iam(try policy("Allow", resource: "*"))
            case .deny: .iam(try policy("Deny", resource: "*"))
            }
        }

        private func policy(_ effect: String, resource: String) throws -> CompiledPolicy {
            try CompiledPolicy(
                parsing: document(effect: effect, resource: #""Resource":"\#(resource)""#), as: .authPolicy)
        }
    }

    static func identity(_ texts: String...) throws -> IdentityPolicies {
        .policies(try texts.map { try CompiledPolicy(parsing: $0, as: .identityPolicy) })
    }

    static let identityAllow = document(principal: nil)
    static let identityDeny = document(effect: "Deny", principal: nil)

    @Test("every combination of network and service, anonymous")
    func combinations() throws {
        for network in Says.allCases {
            for service in Says.allCases {
                let denial = Authorization(network: try network.authPolicy(), service: try service.authPolicy())
                    .denial(of: TestRequest(), identity: .policies([]))
                let expected: Denial? =
                    if network == .deny {
                        Denial(layer: .network, isExplicit: true)
                    } else if service == .deny {
                        Denial(layer: .service, isExplicit: true)
                    } else if network == .nothing || network == .silent {
                        Denial(layer: .network, isExplicit: false)
                    } else if service == .nothing || service == .silent {
                        Denial(layer: .service, isExplicit: false)
                    } else {
                        nil
                    }
                #expect(denial == expected, "\(network) \(service)")
            }
        }
    }

    @Test("a signed caller also needs an identity policy, unless nothing is asked")
    func identityLayer() throws {
        let guarded = Authorization(network: .none, service: try Says.allow.authPolicy())
        let open = Authorization(network: .none, service: .none)
        let request = TestRequest(Callers.user)
        #expect(guarded.denial(of: request, identity: .policies([])) == Denial(layer: .identity, isExplicit: false))
        #expect(guarded.denial(of: request, identity: try Self.identity(Self.identityAllow)) == nil)
        #expect(guarded.denial(of: request, identity: .everything) == nil)
        #expect(
            guarded.denial(of: request, identity: try Self.identity(Self.identityAllow, Self.identityDeny))
                == Denial(layer: .identity, isExplicit: true))
        #expect(open.denial(of: request, identity: .policies([])) == nil)
        #expect(!open.isNeeded)
        #expect(guarded.isNeeded)
    }

    @Test("an explicit deny of the identity is named before another layer's silence")
    func explicitDenyFirst() throws {
        let denial = Authorization(network: .iam(nil), service: .none)
            .denial(of: TestRequest(Callers.user), identity: try Self.identity(Self.identityDeny))
        #expect(denial == Denial(layer: .identity, isExplicit: true))
    }

    @Test(
        "messages",
        arguments: [
            (
                Denial(layer: .network, isExplicit: false), PolicyCaller.anonymous,
                "User: anonymous is not authorized to perform: vpc-lattice-svcs:Invoke on resource: R/ because no "
                    + "network-based policy allows the vpc-lattice-svcs:Invoke action"
            ),
            (
                Denial(layer: .identity, isExplicit: false), Callers.session,
                "User: \(Callers.sessionARN) is not authorized to perform: vpc-lattice-svcs:Invoke on resource: R/ "
                    + "because no identity-based policy allows the vpc-lattice-svcs:Invoke action"
            ),
            (
                Denial(layer: .service, isExplicit: true), PolicyCaller.anonymous,
                "User: anonymous is not authorized to perform: vpc-lattice-svcs:Invoke on resource: R/ with an explicit "
                    + "deny in a service-based policy"
            ),
        ])
    func messages(denial: Denial, caller: PolicyCaller, expected: String) {
        #expect(denial.message(caller: caller, action: "vpc-lattice-svcs:Invoke", resource: "R/") == expected)
    }

    @Test("an explanation names what decided and why the others did not")
    func explanation() throws {
        let statements = [
            #"{"Sid":"p","Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"*","Resource":"*"}"#,
            #"{"Effect":"Allow","Principal":"*","Action":"vpc-lattice-svcs:Connect","Resource":"*"}"#,
            #"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*/x"}"#,
            #"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","#
                + #""Condition":{"StringEquals":{"aws:PrincipalType":"User"}}}"#,
            #"{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"vpc-lattice-svcs:Connect","#
                + #""Resource":"*/x","#
                + #""Condition":{"StringEquals":{"aws:PrincipalType":["User","Account"]},"#
                + #""NumericLessThan":{"aws:MultiFactorAuthAge":"9"},"Null":{"aws:PrincipalArn":"true"}}}"#,
            #"{"Sid":"last","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}"#,
        ]
        let policy = try CompiledPolicy(
            parsing: #"{"Statement":[\#(statements.joined(separator: ","))]}"#, as: .authPolicy)
        let explanation = Authorization(network: .iam(nil), service: .iam(policy))
            .explain(TestRequest(), identity: .policies([]))
        #expect(explanation.denial == Denial(layer: .service, isExplicit: true))
        #expect(
            explanation.description == """
                denied by a statement of the service policy
                network: there is no policy, so nothing is allowed
                service: statement 0 'p' (Allow) is about other principals
                service: statement 1 (Allow) is about other actions
                service: statement 2 (Allow) is about other resources
                service: statement 3 (Allow) has the condition StringEquals aws:PrincipalType "User", \
                which does not hold: the request has "Anonymous"
                service: statement 4 (Allow) is about other principals; is about other actions; \
                is about other resources; has the condition StringEquals aws:PrincipalType "User", "Account", \
                which does not hold: the request has "Anonymous"; \
                has the condition NumericLessThan aws:MultiFactorAuthAge "9", which does not hold: \
                the request has no value for it
                service: statement 5 'last' (Deny) applies
                identity: nothing to pass
                """)
    }

    /// What each of the caller's own layers says, and who is blamed.
    @Test(arguments: [
        ("allow", "allow", "allow", nil),
        ("allow", "silent", "allow", Denial(layer: .boundary, isExplicit: false)),
        ("allow", "allow", "silent", Denial(layer: .session, isExplicit: false)),
        ("silent", "silent", "silent", Denial(layer: .identity, isExplicit: false)),
        ("silent", "allow", "deny", Denial(layer: .session, isExplicit: true)),
        ("allow", "deny", "deny", Denial(layer: .boundary, isExplicit: true)),
        ("deny", "deny", "silent", Denial(layer: .identity, isExplicit: true)),
        ("allow", "allow", "none", Denial(layer: .session, isExplicit: false)),
    ])
    func limitsOfACaller(identity: String, boundary: String, session: String, expected: Denial?) throws {
        func policies(_ what: String) throws -> [CompiledPolicy] {
            guard what != "none" else { return [] }
            let effect = what == "deny" ? "Deny" : "Allow"
            let resource = what == "silent" ? "*/elsewhere" : "*"
            return [
                try CompiledPolicy(
                    parsing: document(effect: effect, principal: nil, resource: #""Resource":"\#(resource)""#),
                    as: .identityPolicy)
            ]
        }
        let own = IdentityPolicies.policies(
            try policies(identity),
            limits: [.boundary(try policies(boundary)), .session(try policies(session))])
        let request = TestRequest(Callers.session)
        #expect(own.denial(of: request) == expected)
        let allowed = AuthPolicy.iam(try CompiledPolicy(parsing: document(), as: .authPolicy))
        let authorization = Authorization(network: .none, service: allowed)
        #expect(authorization.denial(of: request, identity: own) == expected)
        let explanation = authorization.explain(request, identity: own)
        #expect(explanation.denial == expected)
        #expect(explanation.layers.map(\.layer) == PolicyLayer.allCases)
        // Nobody asks an anonymous caller for policies of their own.
        #expect(authorization.denial(of: TestRequest(), identity: own) == nil)
    }

    @Test(arguments: [
        (Denial(layer: .boundary, isExplicit: false), "because no permissions boundary allows the a:B action"),
        (Denial(layer: .boundary, isExplicit: true), "with an explicit deny in a permissions boundary"),
        (Denial(layer: .session, isExplicit: false), "because no session policy allows the a:B action"),
        (Denial(layer: .session, isExplicit: true), "with an explicit deny in a session policy"),
    ])
    func messagesOfLimits(denial: Denial, end: String) {
        #expect(
            denial.message(caller: Callers.session, action: "a:B", resource: "R/")
                == "User: \(Callers.sessionARN) is not authorized to perform: a:B on resource: R/ \(end)")
    }
}
