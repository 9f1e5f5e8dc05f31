import Testing
import TrellisModel
import TrellisStore

@testable import TrellisLatticeAPI

/// A store that the API has filled, and what is found after something in it was broken.
@Suite struct ConsistencyTests {
    private func findings(_ world: TestWorld, _ change: ([StoreEntry]) -> [StoreEntry] = { $0 }) async throws
        -> [String]
    {
        var check = ConsistencyCheck(
            LatticeConsistency.records,
            freeKeys: LatticeConsistency.freeKeys + [FreeKeys(path: "function") { _ in [] }]
                + [FreeKeys(path: "function-policy") { _ in [] }])
        for entry in change(try await world.store.range(under: .root).entries) { check.note(entry) }
        return check.result().map(\.description)
    }

    @Test func everyKindOfLatticeIsDeclared() {
        let others: Set<RecordKind> = [
            .function, .functionVersion, .functionAlias, .functionPolicy, .functionConcurrency, .functionEventInvoke,
            .provisionedConcurrency, .eventInvocation, .eventInvocationDue, .layer, .layerVersion, .layerPolicy,
            .role, .roleIndex, .policy, .policyIndex, .policyAttachment, .policyBoundary, .user, .userIndex, .group,
            .groupIndex, .groupMember, .accessKey, .trustAnchor, .rolesAnywhereProfile, .revocationList,
            .certificateSubject,
        ]
        let declared = Set(LatticeConsistency.records.map { $0.kind })
        #expect(declared == Set(RecordKind.allCases).subtracting(others))
    }

    @Test func whatTheAPIMakesIsConsistentAtEveryStep() async throws {
        let world = try TestWorld()
        let example = try await ServedExample(world)
        let shared = try await SharedExample(example)
        #expect(try await findings(world) == [])
        _ = await world.send(
            "POST", "/services", #"{"name":"with-token","clientToken":"t","customDomainName":"a.example.com"}"#)
        try await world.settle()
        for (method, path, body) in [
            ("PATCH", "/services/{service}/listeners/{listener}/rules/{rule}", #"{"priority":7}"#),
            (
                "PATCH", "/services/{service}/listeners/{listener}",
                #"{"defaultAction":{"forward":{"targetGroups":[{"targetGroupIdentifier":"{group}"}]}}}"#
            ),
            (
                "PATCH", "/accesslogsubscriptions/{accessLog}",
                #"{"destinationArn":"arn:aws:firehose:us-west-2:111122223333:deliverystream/x"}"#
            ),
            ("POST", "/targetgroups/{addresses}/deregistertargets", #"{"targets":[{"id":"10.0.0.1","port":81}]}"#),
            ("DELETE", "/services/{service}/listeners/{listener}", ""),
            ("DELETE", "/servicenetworkserviceassociations/{sharedServiceAssociation}", ""),
            ("DELETE", "/servicenetworkvpcassociations/{sharedVpcAssociation}", ""),
            ("DELETE", "/authpolicy/{network}", ""), ("DELETE", "/resourcepolicy/{networkARN}", ""),
            ("DELETE", "/servicenetworkserviceassociations/{serviceAssociation}", ""),
            ("DELETE", "/servicenetworkvpcassociations/{vpcAssociation}", ""),
            ("DELETE", "/services/{service}", ""), ("DELETE", "/targetgroups/{group}", ""),
            ("DELETE", "/accesslogsubscriptions/{accessLog}", ""), ("DELETE", "/servicenetworks/{network}", ""),
            ("PATCH", "/resourcegateways/{gateway}", #"{"securityGroupIds":["sg-01234567"]}"#),
            ("PATCH", "/resourceconfigurations/{configuration}", #"{"portRanges":["80"]}"#),
            ("DELETE", "/resourceendpointassociations/{endpointAssociation}", ""),
            ("DELETE", "/servicenetworkresourceassociations/{resourceAssociation}", ""),
            ("DELETE", "/servicenetworkresourceassociations/{sharedResourceAssociation}", ""),
            ("DELETE", "/domainverifications/{verification}", ""),
            ("DELETE", "/resourceconfigurations/{child}", ""),
            ("DELETE", "/resourceconfigurations/{resourceGroup}", ""),
            ("DELETE", "/resourceconfigurations/{configuration}", ""),
            ("DELETE", "/resourcegateways/{gateway}", ""),
        ] {
            let reply = await shared.send(method, path, body)
            #expect(reply.status < 300, "\(method) \(path): \(String(describing: reply.json))")
            #expect(try await findings(world) == [], "\(method) \(path)")
            try await world.settle()
            #expect(try await findings(world) == [], "\(method) \(path), completed")
        }
    }

    /// Each key of a consistent store, taken away, is missed by somebody.
    @Test func everyKeyIsMissed() async throws {
        let world = try TestWorld()
        let example = try await ServedExample(world)
        let domain = await world.send("POST", "/services", #"{"name":"domain","customDomainName":"A.example.com"}"#)
        _ = try await world.associate(service: domain.id, with: example.network)
        _ = try await SharedExample(example)
        try await world.settle()
        let entries = try await world.store.range(under: .root).entries
        #expect(entries.contains { $0.key.path.contains("custom-domain") })
        // Targets and auth policies have no key besides their own, and the function records are not looked at here.
        let alone = ["/target/", "/auth-policy/", "/function"]
        for entry in entries where !alone.contains(where: entry.key.path.contains) {
            let found = try await findings(world) { $0.filter { $0.key != entry.key } }
            #expect(!found.isEmpty, "nobody misses \(entry.key)")
        }
    }

    @Test func everyForeignKeyIsSeen() async throws {
        let world = try TestWorld()
        let example = try await ServedExample(world)
        let gateway = example.expanded("{gateway}")
        let scope = "/\(TestWorld.account)/\(TestWorld.region)"
        let other = try IndexRecord(ServiceID("svc-0123456789abcdef0").unsafelyRequired).encodedEntry
        for (key, words) in [
            ("\(scope)/name/service/other", "belongs to no record"),
            ("\(scope)/index/target-group-use/\(example.group)/rule-0123456789abcdef0", "belongs to no record"),
            ("\(scope)/name/service/service", "has another value"),
            ("\(scope)/service/svc-0123456789abcdef0", "cannot be read"),
            ("\(scope)/index/client-token/CreateService/t", "cannot be read"),
            ("\(scope)/index/gateway-configuration/\(gateway)/rcfg-0123456789abcdef0", "belongs to no record"),
            ("/444455556666/\(TestWorld.region)/index/shared/\(example.network)", "belongs to no record"),
            ("\(scope)/vpc-endpoint/vpce-0123456789abcdef9", "cannot be read"),
            ("/declared/vpc-endpoints", "cannot be read"),
            ("\(scope)/sevrice/svc-0123456789abcdef0", "is of a kind that is not known"),
            ("/declared/others", "is not under an account and a Region"),
            ("/service/x", "is not under an account and a Region"),
            ("/12345/us-east-1/service/svc-0123456789abcdef0", "is not under an account and a Region"),
        ] {
            let found = try await findings(world) { entries in
                entries.filter { $0.key.path != key }
                    + [StoreEntry(key: StoreKey(path: key), value: other, revision: Revision(1))]
            }
            #expect(found.count == 1, "\(found)")
            #expect(found.first?.hasPrefix(key) == true && found.first?.contains(words) == true, "\(found)")
        }
    }

    @Test func recordUnderAnotherKeyOrInAnotherRegionIsSeen() async throws {
        let world = try TestWorld()
        _ = try await world.makeService()
        try await world.settle()
        let found = try await findings(world) { entries in
            entries.map { entry in
                var entry = entry
                if entry.key.path.contains("/service/svc-") {
                    entry.key = StoreKey(path: entry.key.path.replacing("us-west-2", with: "eu-west-1"))
                }
                return entry
            }
        }
        #expect(found.contains { $0.contains("/eu-west-1/service/") && $0.contains("holds the record of") })
        #expect(found.contains { $0.contains("/us-west-2/name/service/service: belongs to no record") })
    }

    @Test func progressThatDoesNotEndIsSeen() async throws {
        let world = try TestWorld()
        let stuck = try await world.makeService("stuck")
        world.clock.advance(by: ConsistencyCheck.longestProgress)
        _ = try await world.makeService("later")
        #expect(try await findings(world) == [])
        world.clock.advance(by: .seconds(1))
        _ = try await world.makeNetwork()
        let found = try await findings(world)
        #expect(found.count == 1)
        #expect(found.first?.contains("\(stuck): is stuck in CREATE_IN_PROGRESS") == true)
    }
}

extension IndexRecord {
    fileprivate var encodedEntry: [UInt8] { get throws { try StoredRecordCoding.encode(self) } }
}
