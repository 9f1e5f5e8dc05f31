import Testing
import TrellisModel

@testable import TrellisRouting

@Suite struct ResolveTests {
    private static let generated = "service-1-00000000000000001.7d67968.vpc-lattice-svcs.us-east-1.on.aws"

    private func snapshot(_ changes: [RecordChange]) -> Snapshot {
        var compiler = SnapshotCompiler()
        return compiler.apply(changes)
    }

    /// Service 1 in network 1 with a listener on port 80 that answers 404.
    private static let base: [RecordChange] = [
        .putServiceNetwork(Records.network(1)),
        .putService(Records.service(1, domain: "Shop.Example.com")),
        .putListener(Records.listener(1, of: 1)),
        .putServiceAssociation(Records.serviceAssociation(1, network: 1, service: 1)),
    ]

    @Test(arguments: [
        (generated, "404"), (generated + ":8080", "404"), (generated.uppercased(), "404"),
        ("shop.example.com", "404"), ("SHOP.example.COM:80", "404"), ("service-1.localhost", "404"),
        ("service-1.localhost:8080", "404"), ("service-2.localhost", "unknown host"), ("localhost", "unknown host"),
        ("service-1", "unknown host"), ("", "unknown host"), (":", "unknown host"), ("[", "unknown host"),
        ("[::1]", "unknown host"), ("[::1]:80", "unknown host"), ("shop.example.com.", "unknown host"),
        ("service-1.localhost@x", "unknown host"),
    ])
    func hosts(host: String, answer: String) {
        #expect(snapshot(Self.base).answer(host: host) == answer)
    }

    @Test func theRouteNamesWhatWasPassed() throws {
        let snapshot = snapshot(
            Self.base + [.putVpcAssociation(Records.vpcAssociation(1, network: 1, vpc: "vpc-0a1b2c3d"))])
        let route = try snapshot.resolve(
            host: "service-1.localhost", on: ListenerBinding(port: 80, protocol: .http), from: .unrestricted
        ).get()
        #expect(route.service.arn == "arn:aws:vpc-lattice:us-east-1:123456789012:service/svc-00000000000000001")
        #expect(route.network.arn == "arn:aws:vpc-lattice:us-east-1:123456789012:servicenetwork/sn-00000000000000001")
        #expect(
            route.listener.arn == "arn:aws:vpc-lattice:us-east-1:123456789012:service/svc-00000000000000001/"
                + "listener/listener-00000000000000001")
        #expect(route.sourceVPC?.arn == "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-0a1b2c3d")
        #expect(route.service.idleTimeoutSeconds == 60)
        #expect(route.service.scope == Records.scope)
    }

    @Test func theSourceVPCIsUnknownUnlessTheNetworkHasExactlyOne() throws {
        let http = ListenerBinding(port: 80, protocol: .http)
        let none = try snapshot(Self.base).resolve(host: "service-1.localhost", on: http, from: .unrestricted).get()
        #expect(none.sourceVPC == nil)
        let two = try snapshot(
            Self.base + [
                .putVpcAssociation(Records.vpcAssociation(1, network: 1, vpc: "vpc-0a1b2c3d")),
                .putVpcAssociation(Records.vpcAssociation(2, network: 1, vpc: "vpc-00000002")),
            ]
        ).resolve(host: "service-1.localhost", on: http, from: .unrestricted).get()
        #expect(two.sourceVPC == nil)
    }

    @Test func aClientWithAVPCComesByTheNetworkOfThatVPC() throws {
        let snapshot = snapshot(
            Self.base + [
                .putServiceNetwork(Records.network(2)), .putNetwork(2, with: 1),
                .putVpcAssociation(Records.vpcAssociation(1, network: 1, vpc: "vpc-00000001")),
                .putVpcAssociation(Records.vpcAssociation(2, network: 2, vpc: "vpc-00000002")),
                .putVpcAssociation(
                    Records.vpcAssociation(3, network: 2, vpc: "vpc-00000003", status: .createInProgress)),
            ])
        let http = ListenerBinding(port: 80, protocol: .http)
        let route = try snapshot.resolve(host: "service-1.localhost", on: http, from: .vpc("vpc-00000002")).get()
        #expect(route.network.id == Records.id(2))
        #expect(route.sourceVPC?.id == "vpc-00000002")
        let missing = NotFoundReason.vpcNotAssociated.rawValue
        #expect(snapshot.answer(host: "service-1.localhost", from: .vpc("vpc-00000003")) == missing)
        let owner = AccountID(route.sourceVPC?.account ?? "")
        #expect(
            try snapshot.resolve(host: "service-1.localhost", on: http, from: .vpc("vpc-00000002", owner: owner)).get()
                .sourceVPC == route.sourceVPC)
        let other = SourceVPC.vpc("vpc-00000002", owner: AccountID("999999999999"))
        #expect(snapshot.answer(host: "service-1.localhost", from: other) == missing)
        #expect(snapshot.answer(host: "service-1.localhost", from: .vpc("vpc-00000009")) == missing)
        #expect(snapshot.answer(host: "service-1.localhost", from: .unknown) == missing)
    }

    @Test func theOldestAssociationCounts() throws {
        let snapshot = snapshot(
            Self.base + [
                .putServiceNetwork(Records.network(2)),
                .putServiceAssociation(Records.serviceAssociation(9, network: 2, service: 1, created: 0)),
            ])
        let http = ListenerBinding(port: 80, protocol: .http)
        let route = try snapshot.resolve(host: "service-1.localhost", on: http, from: .unrestricted).get()
        #expect(route.network.id == Records.id(2))
    }

    @Test func reasonsForNotFound() {
        func answer(_ change: RecordChange, port: Int = 80) -> String {
            snapshot(Self.base + [change]).answer(host: "service-1.localhost", port: port)
        }
        #expect(answer(.deleteService(Records.id(1))) == "unknown host")
        #expect(answer(.putService(Records.service(1, status: .createInProgress))) == "service not active")
        #expect(answer(.putService(Records.service(1, status: .deleteInProgress))) == "service not active")
        #expect(answer(.deleteServiceAssociation(Records.id(1))) == "service is in no service network")
        #expect(answer(.deleteServiceNetwork(Records.id(1))) == "service is in no service network")
        #expect(
            answer(
                .putServiceAssociation(
                    Records.serviceAssociation(1, network: 1, service: 1, status: .deleteInProgress)))
                == "service is in no service network")
        #expect(
            answer(.deleteListener(Records.id(1), service: Records.id(1))) == "service has no listener on this port")
        #expect(answer(.putListener(Records.listener(1, of: 1)), port: 81) == "service has no listener on this port")
        #expect(
            answer(.putListener(Records.listener(1, of: 1, protocol: .https))) == "service has no listener on this port"
        )
    }

    @Test func anUpdateInProgressLeavesTheAssociationInForce() {
        let snapshot = snapshot(
            Self.base + [
                .putVpcAssociation(
                    Records.vpcAssociation(1, network: 1, vpc: "vpc-00000001", status: .updateInProgress))
            ])
        #expect(snapshot.answer(host: "service-1.localhost", from: .vpc("vpc-00000001")) == "404")
    }
}
