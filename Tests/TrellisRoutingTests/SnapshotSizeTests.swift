import Testing
import TrellisModel

@testable import TrellisRouting

@Suite struct SnapshotSizeTests {
    private static func changes(services: Int, rules: Int) -> [RecordChange] {
        var changes: [RecordChange] = [.putServiceNetwork(Records.network(1))]
        for service in 1...services {
            changes.append(.putService(Records.service(service, domain: "s\(service).example.com")))
            changes.append(.putServiceAssociation(Records.serviceAssociation(service, network: 1, service: service)))
            changes.append(.putListener(Records.listener(service, of: service, port: 80)))
            changes.append(.putTargetGroup(Records.group(service)))
            changes.append(.putTarget(Records.target("f\(service)", group: service)))
            for rule in 1...rules {
                let match = HTTPMatch(path: PathMatch(.exact("/\(rule)")))
                changes.append(
                    .putRule(
                        Records.rule(
                            service * 100 + rule, listener: service, service: service, priority: rule, match: match,
                            action: Records.forward((service, weight: 1)))))
            }
        }
        return changes
    }

    @Test func tenThousandServicesWithTenRulesEach() {
        var compiler = SnapshotCompiler()
        let snapshot = compiler.apply(Self.changes(services: 10_000, rules: 10))
        #expect(snapshot.bindings == [ListenerBinding(port: 80, protocol: .http)])
        for service in [1, 17, 5_000, 9_999, 10_000] {
            for host in ["service-\(service).localhost", "S\(service).example.com"] {
                #expect(snapshot.answer(host: host, TestRequest(target: "/7")) == "f\(service)")
                #expect(snapshot.answer(host: host, TestRequest(target: "/11")) == "404")
            }
        }
        #expect(snapshot.answer(host: "service-10001.localhost") == "unknown host")
        // However many names there are, a lookup looks through one short page.
        #expect(compiler.hosts.count == 30_000)
        #expect(compiler.hosts.longestPage <= 24)
    }

    @Test func aChangeLeavesEverythingElseAsItWas() throws {
        var compiler = SnapshotCompiler()
        let before = compiler.apply(Self.changes(services: 300, rules: 3))
        let after = compiler.apply([
            .putRule(
                Records.rule(
                    777_777, listener: 42, service: 42, priority: 9, match: HTTPMatch(path: PathMatch(.exact("/new")))))
        ])
        let binding = ListenerBinding(port: 80, protocol: .http)
        for service in 1...300 {
            let host = "service-\(service).localhost"
            let old = try before.resolve(host: host, on: binding, from: .unrestricted).get()
            let new = try after.resolve(host: host, on: binding, from: .unrestricted).get()
            #expect((old.service === new.service) == (service != 42))
            #expect(old.network === new.network)
        }
        #expect(after.answer(host: "service-42.localhost", TestRequest(target: "/new")) == "500")
    }

    @Test func aChangedTargetDoesNotTouchServices() throws {
        var compiler = SnapshotCompiler()
        let before = compiler.apply(Self.changes(services: 20, rules: 3))
        let after = compiler.apply([.putTarget(Records.target("f7", group: 7, draining: true))])
        let binding = ListenerBinding(port: 80, protocol: .http)
        let old = try before.resolve(host: "service-7.localhost", on: binding, from: .unrestricted).get()
        let new = try after.resolve(host: "service-7.localhost", on: binding, from: .unrestricted).get()
        #expect(old.service === new.service)
        #expect(after.answer(host: "service-7.localhost", TestRequest(target: "/1")) == "no target")
    }

    @Test func slotsAreUsedAgain() {
        var compiler = SnapshotCompiler()
        for round in 1...1_000 {
            _ = compiler.apply([.putService(Records.service(round)), .putTargetGroup(Records.group(round))])
            _ = compiler.apply([.deleteService(Records.id(round)), .deleteTargetGroup(Records.id(round))])
        }
        #expect(compiler.apply([.putService(Records.service(1))]).answer(host: "service-1.localhost") != "unknown host")
        #expect(compiler.services[Records.id(1)]?.slot.index == 0)
    }
}
