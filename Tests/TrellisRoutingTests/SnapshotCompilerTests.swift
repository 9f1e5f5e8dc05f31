import Testing
import TrellisModel

@testable import TrellisRouting

@Suite struct SnapshotCompilerTests {
    /// Service 1 in network 1, port 80 to group 1 with function `one`.
    private static let base: [RecordChange] = [
        .putServiceNetwork(Records.network(1)), .putNetwork(1, with: 1), .putService(Records.service(1)),
        .putListener(Records.listener(1, of: 1, action: Records.forward((1, weight: 100)))),
        .putTargetGroup(Records.group(1)), .putTarget(Records.target("one", group: 1)),
        .putRule(
            Records.rule(1, listener: 1, service: 1, priority: 1, match: HTTPMatch(path: PathMatch(.exact("/500"))))),
    ]

    @Test func recordsMayComeInAnyOrder() {
        for offset in Self.base.indices {
            var compiler = SnapshotCompiler()
            var snapshot = Snapshot()
            for change in Self.base[offset...] + Self.base[..<offset] { snapshot = compiler.apply([change]) }
            #expect(snapshot.answer(host: "service-1.localhost") == "one")
            #expect(snapshot.answer(host: "service-1.localhost", TestRequest(target: "/500")) == "500")
        }
    }

    @Test func anOlderSnapshotDoesNotChange() {
        var compiler = SnapshotCompiler()
        let before = compiler.apply(Self.base)
        let after = compiler.apply([
            .putTarget(Records.target("one", group: 1, draining: true)),
            .deleteRule(Records.id(1), listener: Records.id(1), service: Records.id(1)),
        ])
        #expect(before.answer(host: "service-1.localhost") == "one")
        #expect(before.answer(host: "service-1.localhost", TestRequest(target: "/500")) == "500")
        #expect(after.answer(host: "service-1.localhost") == "no target")
        #expect(after.answer(host: "service-1.localhost", TestRequest(target: "/500")) == "no target")
    }

    @Test func everythingCanBeTakenAwayAgain() {
        var compiler = SnapshotCompiler()
        _ = compiler.apply(Self.base)
        let snapshot = compiler.apply([
            .deleteService(Records.id(1)), .deleteListener(Records.id(1), service: Records.id(1)),
            .deleteRule(Records.id(1), listener: Records.id(1), service: Records.id(1)),
            .deleteTarget(id: Records.functionARN("one"), targetGroup: Records.id(1)),
            .deleteTargetGroup(Records.id(1)), .deleteServiceNetwork(Records.id(1)),
            .deleteServiceAssociation(Records.id(1001)),
        ])
        #expect(snapshot.answer(host: "service-1.localhost") == "unknown host")
        #expect(snapshot.bindings.isEmpty)
        #expect(compiler.services.isEmpty)
        #expect(compiler.networks.isEmpty)
        #expect(compiler.groups.isEmpty)
        #expect(compiler.claims.isEmpty)
        #expect(compiler.hosts.count == 0)
    }

    @Test func aDeletedGroupIsNotMistakenForTheNextOneInItsSlot() {
        var compiler = SnapshotCompiler()
        let before = compiler.apply(Self.base)
        _ = compiler.apply([
            .putListener(Records.listener(1, of: 1)),
            .deleteTarget(id: Records.functionARN("one"), targetGroup: Records.id(1)),
            .deleteTargetGroup(Records.id(1)),
        ])
        let after = compiler.apply([
            .putTargetGroup(Records.group(2)), .putTarget(Records.target("one", group: 2)),
        ])
        guard
            case .success(let route) = before.resolve(
                host: "service-1.localhost", on: ListenerBinding(port: 80, protocol: .http), from: .unrestricted),
            case .forward(let forward) = route.listener.defaultAction, let choice = forward.choice(at: 0),
            let target = before.targetGroup(choice)?.target
        else {
            Issue.record("the first snapshot has no target")
            return
        }
        #expect(before.isRegistered(target, by: choice))
        #expect(!after.isRegistered(target, by: choice))
    }

    // MARK: Names

    @Test func theOldestServiceInForceOwnsASharedName() {
        var compiler = SnapshotCompiler()
        let older = Records.service(1, name: "shop", scope: Records.otherScope, created: 1)
        let newer = Records.service(2, name: "shop", created: 2)
        let network: [RecordChange] = [
            .putServiceNetwork(Records.network(1)), .putNetwork(1, with: 1), .putNetwork(1, with: 2),
            .putListener(Records.listener(1, of: 1, action: .fixedResponse(statusCode: 404))),
            .putListener(Records.listener(2, of: 2, action: .fixedResponse(statusCode: 500))),
        ]
        var snapshot = compiler.apply(network + [.putService(newer), .putService(older)])
        #expect(snapshot.answer(host: "shop.localhost") == "404")

        var leaving = older
        leaving.status = .deleteInProgress
        snapshot = compiler.apply([.putService(leaving)])
        #expect(snapshot.answer(host: "shop.localhost") == "500")
        snapshot = compiler.apply([.putService(older)])
        #expect(snapshot.answer(host: "shop.localhost") == "404")
        snapshot = compiler.apply([.deleteService(older.id)])
        #expect(snapshot.answer(host: "shop.localhost") == "500")
        snapshot = compiler.apply([.deleteService(newer.id)])
        #expect(snapshot.answer(host: "shop.localhost") == "unknown host")
    }

    // MARK: Bindings

    @Test func bindingsFollowTheListenersOfActiveServices() {
        var compiler = SnapshotCompiler()
        let http = { ListenerBinding(port: $0, protocol: .http) }
        var snapshot = compiler.apply([
            .putService(Records.service(1)), .putService(Records.service(2)),
            .putListener(Records.listener(1, of: 1, port: 80)), .putListener(Records.listener(2, of: 2, port: 80)),
            .putListener(Records.listener(3, of: 2, port: 9000)),
            .putListener(Records.listener(4, of: 2, port: 443, protocol: .https)),
        ])
        let https = ListenerBinding(port: 443, protocol: .https)
        #expect(snapshot.bindings == [http(80), https, http(9000)])
        snapshot = compiler.apply([.deleteListener(Records.id(2), service: Records.id(2))])
        #expect(snapshot.bindings == [http(80), https, http(9000)])
        snapshot = compiler.apply([.putService(Records.service(1, status: .deleteInProgress))])
        #expect(snapshot.bindings == [https, http(9000)])
        snapshot = compiler.apply([.deleteService(Records.id(2))])
        #expect(snapshot.bindings.isEmpty)
    }

    // MARK: Targets

    @Test(arguments: [
        ([Records.target("a", group: 1)], "a"),
        ([Records.target("a", group: 1, draining: true)], "no target"),
        ([], "no target"),
        ([Records.target("b", group: 1, registered: 2), Records.target("a", group: 1, registered: 3)], "b"),
        ([Records.target("b", group: 1, draining: true), Records.target("a", group: 1, registered: 3)], "a"),
    ])
    func theTargetIsTheOldestThatDoesNotDrain(targets: [TargetRecord], answer: String) {
        var compiler = SnapshotCompiler()
        let changes = Self.base.filter { if case .putTarget = $0 { false } else { true } }
        let snapshot = compiler.apply(changes + targets.map(RecordChange.putTarget))
        #expect(snapshot.answer(host: "service-1.localhost") == answer)
    }

    @Test(arguments: [
        Records.group(1, status: .createInProgress), Records.group(1, status: .deleteInProgress),
        Records.group(1, type: .ip),
    ])
    func groupsThatHaveNoFunctionToCall(group: TargetGroupRecord) {
        var compiler = SnapshotCompiler()
        let snapshot = compiler.apply(Self.base + [.putTargetGroup(group)])
        #expect(snapshot.answer(host: "service-1.localhost") == "no target")
    }

    @Test func aTargetThatIsNoFunctionIsNotServed() {
        var compiler = SnapshotCompiler()
        let target = TargetRecord(
            id: "10.0.0.1", targetGroup: Records.id(1), scope: Records.scope, registeredAt: Records.at(0),
            isDraining: false)
        let changes = Self.base.filter { if case .putTarget = $0 { false } else { true } }
        #expect(compiler.apply(changes + [.putTarget(target)]).answer(host: "service-1.localhost") == "no target")
    }

    @Test func targetsOfOneIdAreToldApartByTheirPorts() {
        var compiler = SnapshotCompiler()
        func target(_ port: Int) -> TargetRecord {
            TargetRecord(
                id: "10.0.0.1", port: port, targetGroup: Records.id(1), scope: Records.scope,
                registeredAt: Records.at(0), isDraining: false)
        }
        _ = compiler.apply([
            .putTargetGroup(Records.group(1, type: .ip)), .putTarget(target(80)), .putTarget(target(81)),
        ])
        _ = compiler.apply([.deleteTarget(id: "10.0.0.1", port: 80, targetGroup: Records.id(1))])
        #expect(compiler.groups[Records.id(1)]?.targets.values.map(\.port) == [81])
    }

    @Test func theTargetRevisionGrowsOnlyWhenATargetIsLost() {
        var compiler = SnapshotCompiler()
        let start = compiler.apply(Self.base).targetRevision
        #expect(compiler.apply([.putTarget(Records.target("one", group: 1))]).targetRevision == start)
        #expect(compiler.apply([.putTargetGroup(Records.group(1, version: .v1))]).targetRevision == start)
        #expect(compiler.apply([.putTarget(Records.target("one", group: 1, draining: true))]).targetRevision > start)
        let drained = compiler.apply([]).targetRevision
        #expect(compiler.apply([.putTarget(Records.target("one", group: 1))]).targetRevision == drained)
        #expect(compiler.apply([.deleteTargetGroup(Records.id(1))]).targetRevision > drained)
    }

    /// A record from a store that somebody has edited must not bring the process down later.
    @Test(arguments: [Int.min, -1, 0, Int.max]) func numbersOutOfRangeAreBroughtIntoIt(number: Int) throws {
        var compiler = SnapshotCompiler()
        let snapshot = compiler.apply(
            Self.base + [
                .putService(Records.service(1, idleTimeout: number)),
                .putListener(
                    Records.listener(
                        1, of: 1, port: 80, action: Records.forward((1, weight: number), (2, weight: number)))),
                .putRule(
                    Records.rule(
                        1, listener: 1, service: 1, priority: number, match: HTTPMatch(path: PathMatch(.exact("/500"))),
                        action: .fixedResponse(statusCode: number))),
            ])
        let route = try snapshot.resolve(
            host: "service-1.localhost", on: ListenerBinding(port: 80, protocol: .http), from: .unrestricted
        ).get()
        #expect((1...86_400).contains(route.service.idleTimeoutSeconds))
        #expect(snapshot.answer(host: "service-1.localhost", TestRequest(target: "/500")) == "500")
        guard case .forward(let forward) = route.listener.defaultAction else {
            Issue.record("the default action does not forward")
            return
        }
        #expect((0...1998).contains(forward.totalWeight))
    }

    // MARK: Deletions from keys

    @Test func deletionsAreReadFromKeys() {
        let scope = Records.scope
        let service: ServiceID = Records.id(1)
        let listener: ListenerID = Records.id(2)
        let group: TargetGroupID = Records.id(4)
        func described(_ key: StoreKey) -> String? { RecordChange(deletionOf: key).map { "\($0)" } }
        func described(_ change: RecordChange) -> String { "\(change)" }

        #expect(described(.service(service, in: scope)) == described(.deleteService(service)))
        #expect(
            described(.listener(listener, of: service, in: scope))
                == described(.deleteListener(listener, service: service)))
        #expect(
            described(.rule(Records.id(3), of: listener, of: service, in: scope))
                == described(.deleteRule(Records.id(3), listener: listener, service: service)))
        #expect(described(.targetGroup(group, in: scope)) == described(.deleteTargetGroup(group)))
        let function = Records.functionARN("one") + ":live"
        #expect(
            described(.target(function, port: 0, of: group, in: scope))
                == described(.deleteTarget(id: function, targetGroup: group)))
        #expect(
            described(.target("a/b%@c", port: 80, of: group, in: scope))
                == described(.deleteTarget(id: "a/b%@c", port: 80, targetGroup: group)))
        #expect(
            described(.serviceNetwork(Records.id(5), in: scope)) == described(.deleteServiceNetwork(Records.id(5))))
        #expect(
            described(.vpcAssociation(Records.id(6), in: scope)) == described(.deleteVpcAssociation(Records.id(6))))
        #expect(
            described(.serviceAssociation(Records.id(7), in: scope))
                == described(.deleteServiceAssociation(Records.id(7))))
    }

    @Test(arguments: [
        "/", "", "/123456789012", "/123456789012/us-east-1/service", "/123456789012/us-east-1/service/x",
        "/123456789012/us-east-1/name/service/x", "/123456789012/us-east-1/function/f",
        "/123456789012/us-east-1/listener/svc-00000000000000001", "/123456789012/us-east-1/target/tg-1/x@0",
        "/123456789012/us-east-1/target/tg-00000000000000001/x",
        "/123456789012/us-east-1/target/tg-00000000000000001/@0",
        "/123456789012/us-east-1/rule/svc-00000000000000001/listener-00000000000000001",
    ])
    func keysThatAreNoRecordsOfTraffic(path: String) {
        #expect(RecordChange(deletionOf: StoreKey(path: path)) == nil)
    }
}
