import Testing
import TrellisModel

@testable import TrellisRouting

@Suite struct CompiledAccessLogTests {
    private static func subscription(
        _ number: Int, of owner: AccessLogOwner, type: ServiceNetworkLogType? = nil,
        to destination: String = "arn:aws:s3:::logs"
    ) -> AccessLogSubscriptionRecord {
        AccessLogSubscriptionRecord(
            id: Records.id(number), scope: Records.scope, owner: owner, destinationARN: destination,
            serviceNetworkLogType: type, createdAt: Records.at(number), lastUpdatedAt: Records.at(number), tags: [:])
    }

    private static let service = AccessLogOwner(Records.id(1) as ServiceID, arn: "arn:service")
    private static let network = AccessLogOwner(Records.id(1) as ServiceNetworkID, arn: "arn:network")

    private static func site() -> SnapshotCompiler {
        var compiler = SnapshotCompiler()
        _ = compiler.apply([
            .putServiceNetwork(Records.network(1)), .putService(Records.service(1)),
            .putServiceAssociation(Records.serviceAssociation(1, network: 1, service: 1)),
            .putListener(Records.listener(1, of: 1)),
        ])
        return compiler
    }

    private func logs(_ snapshot: Snapshot) throws -> (service: [CompiledAccessLog], network: [CompiledAccessLog]) {
        let route = try snapshot.resolve(
            host: "service-1.localhost", on: ListenerBinding(port: 80, protocol: .http), from: .unrestricted
        ).get()
        return (route.service.accessLogs, route.network.accessLogs)
    }

    @Test func theOldestComesFirst() throws {
        var compiler = Self.site()
        let snapshot = compiler.apply([
            .putAccessLogSubscription(Self.subscription(2, of: Self.service)),
            .putAccessLogSubscription(Self.subscription(1, of: Self.service)),
            .putAccessLogSubscription(Self.subscription(3, of: Self.network, type: .service)),
        ])
        let logs = try logs(snapshot)
        #expect(logs.service.map(\.record.id) == [Records.id(1), Records.id(2)])
        #expect(logs.network.map(\.record.id) == [Records.id(3)])
    }

    @Test func subscriptionsMayComeBeforeTheirOwner() throws {
        var compiler = SnapshotCompiler()
        _ = compiler.apply([.putAccessLogSubscription(Self.subscription(1, of: Self.service))])
        let snapshot = compiler.apply([
            .putServiceNetwork(Records.network(1)), .putService(Records.service(1)),
            .putServiceAssociation(Records.serviceAssociation(1, network: 1, service: 1)),
            .putListener(Records.listener(1, of: 1)),
        ])
        #expect(try logs(snapshot).service.count == 1)
    }

    @Test func theTrafficOfResourcesIsNotThatOfServices() throws {
        var compiler = Self.site()
        let configuration = AccessLogOwner(Records.id(1) as ResourceConfigurationID, arn: "arn:configuration")
        let snapshot = compiler.apply([
            .putAccessLogSubscription(Self.subscription(1, of: Self.network, type: .resource)),
            .putAccessLogSubscription(Self.subscription(2, of: configuration)),
        ])
        #expect(try logs(snapshot).network.isEmpty)
    }

    @Test func anotherDestinationIsAnotherLog() throws {
        var compiler = Self.site()
        let before = compiler.apply([.putAccessLogSubscription(Self.subscription(1, of: Self.service))])
        let old = try #require(try logs(before).service.first)
        let after = compiler.apply([
            .putAccessLogSubscription(Self.subscription(1, of: Self.service, to: "arn:aws:s3:::others"))
        ])
        let new = try #require(try logs(after).service.first)
        #expect(try logs(after).service.count == 1)
        #expect(new.record.destinationARN == "arn:aws:s3:::others")
        #expect(old.slot != new.slot)
        #expect(before.hasAccessLog(old.slot) && !after.hasAccessLog(old.slot) && after.hasAccessLog(new.slot))
        #expect(after.accessLogRevision > before.accessLogRevision)
    }

    @Test func nothingIsLeftOfASubscriptionThatIsGone() throws {
        var compiler = Self.site()
        _ = compiler.apply([.putAccessLogSubscription(Self.subscription(1, of: Self.service))])
        let key = StoreKey.accessLogSubscription(Records.id(1), in: Records.scope)
        let deletion = try #require(RecordChange(deletionOf: key))
        #expect(try logs(compiler.apply([deletion])).service.isEmpty)
        _ = compiler.apply([
            .putAccessLogSubscription(Self.subscription(1, of: Self.service)), .deleteService(Records.id(1)),
            .deleteListener(Records.id(1), service: Records.id(1)), .deleteServiceAssociation(Records.id(1)), deletion,
        ])
        #expect(compiler.services.isEmpty)
    }

    @Test func aSlotThatIsUsedAgainIsAnotherService() {
        var compiler = SnapshotCompiler()
        _ = compiler.apply([.putService(Records.service(1)), .putTargetGroup(Records.group(1))])
        let first = compiler.services[Records.id(1)]?.slot
        let snapshot = compiler.apply([
            .deleteService(Records.id(1)), .deleteTargetGroup(Records.id(1)),
        ])
        let next = compiler.apply([.putService(Records.service(2))])
        let second = compiler.services[Records.id(2)]?.slot
        #expect(first?.index == second?.index)
        #expect(first != second)
        if let first, let second {
            #expect(!snapshot.hasService(first) && !next.hasService(first) && next.hasService(second))
        }
    }
}
