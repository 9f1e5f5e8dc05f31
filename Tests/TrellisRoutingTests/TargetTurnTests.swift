import Testing
import TrellisModel

@testable import TrellisRouting

/// Whose turn it is, and what becomes of targets that change.
@Suite struct TargetTurnTests {
    private static let vpc = "vpc-0a1b2c3d"

    private static func group(type: TargetGroupType = .ip, checks: Bool) -> TargetGroupRecord {
        var group = Records.group(1, type: type)
        var check = HealthCheck(defaultFor: .http, .http1)
        check.isEnabled = checks
        group.config = TargetGroupConfig(
            port: 80, protocol: .http, protocolVersion: .http1, ipAddressType: .ipv4, vpc: vpc, healthCheck: check)
        return group
    }

    private static func target(_ id: String, port: Int = 80, draining: Bool = false) -> RecordChange {
        .putTarget(
            TargetRecord(
                id: id, port: port, targetGroup: Records.id(1), scope: Records.scope, registeredAt: Records.at(0),
                isDraining: draining))
    }

    /// In use by a listener, with three targets.
    private static func compiler(checks: Bool) -> SnapshotCompiler {
        var compiler = SnapshotCompiler()
        _ = compiler.apply([
            .putService(Records.service(1)),
            .putListener(Records.listener(1, of: 1, action: Records.forward((1, weight: 1)))),
            .putTargetGroup(group(checks: checks)), target("10.0.0.1"), target("10.0.0.2"), target("10.0.0.3"),
        ])
        return compiler
    }

    private static func turns(_ group: CompiledTargetGroup, from start: Int, count: Int) -> [String] {
        var turn = start
        return (0..<count).compactMap { _ in
            let next = group.target(atTurn: turn)
            turn = next?.nextTurn ?? 0
            return next.map { String($0.target.id.suffix(1)) }
        }
    }

    @Test(arguments: [
        // Nothing is checked: all in turn, whatever the cells say.
        (false, [TargetCheckStatus.initial, .unhealthy, .initial], 0, "123123"),
        (false, [.initial, .initial, .initial], 2, "312312"),
        (true, [.healthy, .healthy, .healthy], 0, "123123"),
        (true, [.healthy, .unhealthy, .healthy], 0, "131313"),
        (true, [.healthy, .initial, .healthy], 1, "313131"),
        (true, [.unhealthy, .unhealthy, .healthy], 0, "333333"),
        // None is healthy: all of them are used.
        (true, [.unhealthy, .unhealthy, .unhealthy], 0, "123123"),
        (true, [.initial, .unhealthy, .initial], 0, "123123"),
    ])
    func inTurn(checks: Bool, statuses: [TargetCheckStatus], start: Int, expected: String) throws {
        var compiler = Self.compiler(checks: checks)
        let group = try #require(compiler.apply([]).networkGroups[Records.id(1)])
        for (target, status) in zip(group.targets, statuses) { target.health.status = status }
        #expect(Self.turns(group, from: start, count: 6).joined() == expected)
    }

    @Test func nobodysTurn() throws {
        var compiler = SnapshotCompiler()
        let group = try #require(
            compiler.apply([.putTargetGroup(Self.group(checks: true))]).networkGroups[Records.id(1)])
        #expect(group.target(atTurn: 0) == nil)
        #expect(!group.isInUse)
        #expect(!group.checksHealth)
    }

    @Test func aTurnBeyondTheTargetsThatAreLeft() throws {
        var compiler = Self.compiler(checks: false)
        let snapshot = compiler.apply([.deleteTarget(id: "10.0.0.3", port: 80, targetGroup: Records.id(1))])
        let group = try #require(snapshot.networkGroups[Records.id(1)])
        #expect(Self.turns(group, from: 3, count: 3) == ["2", "1", "2"])
        #expect(group.target(atTurn: -1) == nil)
    }

    @Test func whatWasFoundOutLastsAsLongAsTheTarget() throws {
        var compiler = Self.compiler(checks: true)
        func group(_ changes: [RecordChange]) throws -> CompiledTargetGroup {
            try #require(compiler.apply(changes).networkGroups[Records.id(1)])
        }
        for target in try group([]).targets { target.health.status = .healthy }
        let grown = try group([Self.target("10.0.0.4")])
        #expect(grown.targets.map(\.health.status) == [.healthy, .healthy, .healthy, .initial])
        let shrunk = try group([Self.target("10.0.0.1", draining: true)])
        #expect(shrunk.targets.map(\.id) == ["10.0.0.2", "10.0.0.3", "10.0.0.4"])
        let back = try group([Self.target("10.0.0.1")])
        #expect(back.targets.first?.health.status == .initial)
        let unused = try group([.putListener(Records.listener(1, of: 1))])
        #expect(!unused.checksHealth)
    }

    @Test func instancesAreWhereTheTableSays() throws {
        let addresses = TargetAddresses(["i-00000001": wellFormed(IPAddress("10.1.2.3"))])
        var compiler = SnapshotCompiler(addresses: addresses)
        let snapshot = compiler.apply([
            .putTargetGroup(Self.group(type: .instance, checks: false)), Self.target("i-00000001", port: 8080),
            Self.target("i-00000002"),
        ])
        let group = try #require(snapshot.networkGroups[Records.id(1)])
        #expect(group.targets.map(\.endpoint.addressAndPort) == ["10.1.2.3:8080"])
        #expect(group.targetsWithoutAddress == ["i-00000002"])
    }

    @Test func revisionsMoveForNetworkGroupsOnly() {
        var compiler = SnapshotCompiler()
        let before = compiler.apply([.putTargetGroup(Records.group(2)), .putTarget(Records.target("f", group: 2))])
        #expect(before.networkRevision == 0)
        #expect(before.networkGroups.isEmpty)
        let after = compiler.apply([.putTargetGroup(Self.group(checks: true))])
        #expect(after.networkRevision > 0)
        let gone = compiler.apply([.deleteTargetGroup(Records.id(1))])
        #expect(gone.networkRevision > after.networkRevision)
        #expect(gone.networkGroups.isEmpty)
    }
}
