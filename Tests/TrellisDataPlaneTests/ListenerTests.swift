import NIOCore
import NIOPosix
import Synchronization
import Testing
import TrellisInvoke
import TrellisModel
import TrellisRouting

@testable import TrellisDataPlane

@Suite(.timeLimit(.minutes(5))) struct ListenerTests {
    @Test func socketsFollowTheSnapshot() async throws {
        try await withDataPlane { running in
            var site = Site()
            func ports() async -> [Int] { await running.dataPlane.listenerStatuses().map(\.port) }
            #expect(await ports() == [80])

            site.apply([.putListener(Site.listener(2, of: 1, port: 9000, action: .fixedResponse(statusCode: 500)))])
            await running.dataPlane.apply(site.snapshot)
            #expect(await ports() == [80, 9000])
            let client = try await running.connect(port: 9000)
            try await client.send("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n")
            #expect(try await client.response().status == 500)
            let bound = try #require(await running.dataPlane.listenerStatuses().last?.boundPort)

            site.apply([.deleteListener(Site.id(2), service: Site.id(1))])
            await running.dataPlane.apply(site.snapshot)
            #expect(await ports() == [80])
            // The idle connection ends, and nobody listens any more.
            #expect(await client.rest() == "")
            await client.close()
            #expect(await RawClient.isRefused(at: bound, group: running.group))
            let response = try await running.get()
            #expect(response.status == 200)
        }
    }

    /// Requests see a snapshot when it was shown; its listeners are there when they have settled.
    @Test func aSnapshotIsSeenBeforeItsListenersSettle() async throws {
        var site = Site(action: .fixedResponse(statusCode: 404))
        site.apply([.putListener(Site.listener(2, of: 1, port: 9000, action: .fixedResponse(statusCode: 500)))])
        try await withDataPlane(site) { [site] running in
            var site = site
            let bound = try #require(await running.dataPlane.listenerStatuses().last?.boundPort)
            for status in [500, 404, 500] {
                let changes: [RecordChange] = [
                    .deleteListener(Site.id(2), service: Site.id(1)),
                    .putListener(Site.listener(1, of: 1, port: 80, action: .fixedResponse(statusCode: status))),
                ]
                site.apply(changes)
                await running.dataPlane.show(site.snapshot)
                #expect(try await running.get().status == status)
            }
            await running.dataPlane.settle()
            #expect(await running.dataPlane.listenerStatuses().map(\.port) == [80])
            #expect(await RawClient.isRefused(at: bound, group: running.group))
        }
    }

    @Test func aDeletedListenerFinishesWhatIsInFlight() async throws {
        let invoker = HeldInvoker()
        var configuration = DataPlaneConfiguration.onFreePorts
        configuration.times.drain = .minutes(1)
        try await withDataPlane(invoker: invoker, configuration: configuration) { running in
            var site = Site()
            let client = try await running.connect()
            try await client.send("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n")
            let call = try await invoker.next()
            site.apply([.deleteListener(Site.id(1), service: Site.id(1))])
            await running.dataPlane.apply(site.snapshot)
            call.answer(body: "in time")
            let response = try await client.response()
            #expect(response.body == "in time")
            #expect(response["connection"] == "close")
            #expect(await client.rest() == "")
            await client.close()
        }
    }

    @Test func theDrainLimitEndsWhatIsInFlight() async throws {
        let invoker = HeldInvoker()
        try await withDataPlane(invoker: invoker) { running in
            var site = Site()
            let client = try await running.connect()
            try await client.send("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n")
            _ = try await invoker.next()
            site.apply([.deleteListener(Site.id(1), service: Site.id(1))])
            await running.dataPlane.apply(site.snapshot)
            #expect(await client.rest() == "")
            #expect(try await running.log.next().responseCode == 0)
            await client.close()
        }
    }

    @Test func servicesShareAPort() async throws {
        var site = Site()
        site.apply([
            .putService(Site.service(2, name: "other")),
            .putServiceAssociation(Site.serviceAssociation(2, network: 1, service: 2)),
            .putListener(Site.listener(2, of: 2, port: 80, action: .fixedResponse(statusCode: 500))),
            .putListener(Site.listener(3, of: 2, port: 81, action: .fixedResponse(statusCode: 404))),
        ])
        try await withDataPlane(site) { running in
            #expect(await running.dataPlane.listenerStatuses().map(\.port) == [80, 81])
            let client = try await running.connect()
            for (host, status) in [("shop.localhost", 200), ("other.localhost", 500), ("shop.localhost", 200)] {
                try await client.send("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n")
                #expect(try await client.response().status == status)
            }
            await client.close()
            let wrongPort = try await running.exchange("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n", port: 81)
            #expect(wrongPort["x-trellis-reason"] == "service has no listener on this port")
        }
    }

    @Test func aPortThatIsTakenIsReportedAndTriedAgain() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let blocker = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
        let taken = try #require(blocker.localAddress?.port)
        var configuration = DataPlaneConfiguration.onFreePorts
        configuration.bindPort = { $0 == 9000 ? taken : 0 }
        configuration.times.bindRetry = .milliseconds(10)
        var site = Site()
        site.apply([.putListener(Site.listener(2, of: 1, port: 9000, action: .fixedResponse(statusCode: 500)))])
        try await withDataPlane(site, configuration: configuration) { running in
            let statuses = await running.dataPlane.listenerStatuses()
            #expect(statuses.map(\.port) == [80, 9000])
            #expect(statuses.first?.boundPort != nil)
            #expect(statuses.first?.error == nil)
            let failed = try #require(statuses.last)
            #expect(failed.boundPort == nil)
            #expect(failed.requestedPort == taken)
            #expect(failed.error?.contains("in use") == true)
            let response = try await running.get()
            #expect(response.status == 200)

            try await blocker.close()
            while await running.dataPlane.listenerStatuses().last?.boundPort == nil { await Task.yield() }
            let retried = try await running.exchange("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n", port: 9000)
            #expect(retried.status == 500)
        }
    }

    @Test func theNextSnapshotAlsoTriesAgain() async throws {
        let isBlocked = Mutex(true)
        var configuration = DataPlaneConfiguration.onFreePorts
        configuration.times.bindRetry = .hours(1)
        configuration.bindPort = { _ in isBlocked.withLock { $0 } ? 70_000 : 0 }
        try await withDataPlane(configuration: configuration) { running in
            let failed = try #require(await running.dataPlane.listenerStatuses().first)
            #expect(failed.error == "the port to bind is not between 0 and 65535")
            isBlocked.withLock { $0 = false }
            await running.dataPlane.apply(Site().snapshot)
            let bound = try #require(await running.dataPlane.listenerStatuses().first)
            #expect(bound.boundPort != nil)
            #expect(bound.error == nil)
        }
    }

    @Test(arguments: ["", "localhost", "300.0.0.1", "192.0.2.1"]) func addressesThatCannotBeBound(address: String)
        async throws
    {
        var configuration = DataPlaneConfiguration.onFreePorts
        configuration.bindAddress = address
        try await withDataPlane(configuration: configuration) { running in
            let status = try #require(await running.dataPlane.listenerStatuses().first)
            #expect(status.error?.isEmpty == false)
            #expect(status.boundPort == nil)
        }
    }

    /// HTTPS and TLS_PASSTHROUGH share a socket, as the client's server name tells them apart; HTTP needs one of its own.
    @Test func listenersByTLSShareAPort() async throws {
        let port = try await portNoClientGets()
        var configuration = DataPlaneConfiguration.onFreePorts
        configuration.bindPort = { $0 == 443 ? port : 0 }
        configuration.times.bindRetry = .hours(1)
        var site = Site.passingOn(to: [1])
        site.apply([.putListener(Site.listener(5, of: 2, port: 443, action: .fixedResponse(statusCode: 404)))])
        site.apply([.deleteListener(Site.id(3), service: Site.id(2))])
        let first = site
        try await withDataPlane(first, configuration: configuration) { running in
            func bound() async -> [ListenerProtocol] {
                await running.dataPlane.listenerStatuses().filter { $0.boundPort == port }.map(\.protocol)
            }
            #expect(await bound() == [.http])
            var site = first
            site.apply([
                .putListener(
                    Site.listener(5, of: 2, port: 443, protocol: .https, action: .fixedResponse(statusCode: 404)))
            ])
            for _ in 0..<10_000 where await bound() != [.https, .tlsPassthrough] {
                await running.dataPlane.apply(site.snapshot)
            }
            #expect(await bound() == [.https, .tlsPassthrough])
            site.apply([.deleteListener(Site.id(2), service: Site.id(1))])
            await running.dataPlane.apply(site.snapshot)
            #expect(await bound() == [.https])
            let client = try await running.connect(port: 443)
            await client.close()
            site.apply([.deleteListener(Site.id(5), service: Site.id(2))])
            await running.dataPlane.apply(site.snapshot)
            #expect(await bound() == [])
            #expect(await RawClient.isRefused(at: port, group: running.group))
        }
    }

    @Test(arguments: [(8000, 80, 8080), (8000, 1023, 9023), (8000, 1024, 1024), (8000, 8080, 8080), (0, 80, 80)])
    func portsBelow1024AreMoved(offset: Int, port: Int, bound: Int) {
        #expect(DataPlaneConfiguration.offset(offset)(port) == bound)
    }

    /// A free port below those that the system gives to clients, so that it stays free between two servers.
    private func portNoClientGets() async throws -> Int {
        var free: Int?
        for port in stride(from: 20_011, to: 30_000, by: 97)
        where free == nil && Self.portsInUse.withLock({ $0.insert(port).inserted }) {
            let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            guard let channel = try? await bootstrap.bind(host: "127.0.0.1", port: port).get() else { continue }
            try await channel.close()
            free = port
        }
        return try #require(free)
    }

    /// Each test has ports of its own.
    private static let portsInUse = Mutex<Set<Int>>([])

    @Test func ofTwoListenersThatWantOneSocketTheLowerPortGetsIt() async throws {
        let port = try await portNoClientGets()
        var configuration = DataPlaneConfiguration.onFreePorts
        configuration.bindPort = { _ in port }
        configuration.times.bindRetry = .hours(1)
        var site = Site()
        site.apply([.putListener(Site.listener(2, of: 1, port: 8080, action: .fixedResponse(statusCode: 500)))])
        let both = site.snapshot
        site.apply([.deleteListener(Site.id(1), service: Site.id(1))])
        let one = site.snapshot
        try await withDataPlane(configuration: configuration) { running in
            await running.dataPlane.apply(both)
            #expect(await running.dataPlane.listenerStatuses().map { $0.boundPort != nil } == [true, false])
            // When the first goes, the second takes its place. A process that is just being started still holds a copy of
            // the first socket, for the moment before its own program begins: so not always at the first attempt.
            for _ in 0..<10_000 where await running.dataPlane.listenerStatuses().map(\.boundPort) != [port] {
                await running.dataPlane.apply(one)
            }
            #expect(await running.dataPlane.listenerStatuses().map(\.boundPort) == [port])
        }
    }

    @Test func manySnapshotsAtOnceEndWithTheLast() async throws {
        try await withDataPlane(loops: 2) { running in
            var site = Site()
            var snapshots: [Snapshot] = []
            for port in 9001...9020 {
                site.apply([.putListener(Site.listener(2, of: 1, port: port, action: .fixedResponse(statusCode: 500)))])
                snapshots.append(site.snapshot)
            }
            for snapshot in snapshots { await running.dataPlane.apply(snapshot) }
            #expect(await running.dataPlane.listenerStatuses().map(\.port) == [80, 9020])
            await withTaskGroup(of: Void.self) { tasks in
                for snapshot in snapshots { tasks.addTask { await running.dataPlane.apply(snapshot) } }
            }
            await running.dataPlane.apply(site.snapshot)
            let statuses = await running.dataPlane.listenerStatuses()
            #expect(statuses.map(\.port) == [80, 9020])
            #expect(statuses.allSatisfy { $0.boundPort != nil })
        }
    }
}
