import NIOCore
import NIOEmbedded
import Synchronization
import Testing
import TrellisAccessLog
import TrellisModel
import TrellisRouting
import TrellisTraffic

@testable import TrellisDataPlane

@Suite struct AccessLogLineTests {
    static func subscription(
        _ number: Int, of owner: AccessLogOwner, to destination: String = "arn:aws:s3:::logs",
        type: ServiceNetworkLogType? = nil
    ) -> AccessLogSubscriptionRecord {
        AccessLogSubscriptionRecord(
            id: Site.id(number), scope: Site.scope, owner: owner, destinationARN: destination,
            serviceNetworkLogType: type, createdAt: Site.epoch, lastUpdatedAt: Site.epoch, tags: [:])
    }

    static let service = AccessLogOwner(Site.id(1) as ServiceID, arn: "arn:service")
    static let network = AccessLogOwner(Site.id(1) as ServiceNetworkID, arn: "arn:network")

    @Test func aLineGoesToTheSubscriptionsOfServiceAndNetwork() throws {
        var site = Site()
        site.apply([
            .putAccessLogSubscription(Self.subscription(1, of: Self.service)),
            .putAccessLogSubscription(Self.subscription(2, of: Self.network, type: .service)),
            .putAccessLogSubscription(Self.subscription(3, of: Self.network, type: .resource)),
        ])
        let receiver = RecordedLines(hasServerLog: true)
        let connection = try EmbeddedConnection(site, accessLogs: receiver)
        connection.get("/a?secret=1")
        connection.invoker.answer(0)
        connection.eventLoop.run()
        #expect(receiver.lines.isEmpty)
        connection.advance(.milliseconds(250))
        let lines = receiver.lines
        #expect(Set(lines.keys) == ["server", "als-00000000000000001", "als-00000000000000002"])
        #expect(Set(lines.values.flatMap(\.self)).count == 1)
        let line = try #require(lines["server"]?.first)
        #expect(line.contains(#""requestPath":"/a","#))
        #expect(line.contains(#""serviceArn":"arn:aws:vpc-lattice:us-east-1:123456789012:service/svc-"#))
        #expect(line.contains(#""responseCode":200,"#))
    }

    @Test func aFixedResponseIsLoggedWithItsService() throws {
        var site = Site(action: .fixedResponse(statusCode: 404))
        site.apply([.putAccessLogSubscription(Self.subscription(1, of: Self.service))])
        let receiver = RecordedLines(hasServerLog: false)
        let connection = try EmbeddedConnection(site, accessLogs: receiver)
        connection.get("/")
        connection.advance(.milliseconds(250))
        #expect(receiver.lines["als-00000000000000001"]?.count == 1)
    }

    @Test func withoutServiceOnlyTheServerLogHasALine() throws {
        var site = Site()
        site.apply([.putAccessLogSubscription(Self.subscription(1, of: Self.service))])
        let receiver = RecordedLines(hasServerLog: true)
        let connection = try EmbeddedConnection(site, accessLogs: receiver)
        connection.send("GET / HTTP/1.1\r\nHost: nobody.localhost\r\n\r\n")
        connection.send("nonsense\r\n\r\n")
        connection.advance(.milliseconds(250))
        #expect(receiver.lines.mapValues(\.count) == ["server": 2])
    }

    @Test func aSubscriptionThatIsGoneGetsNothing() throws {
        var site = Site()
        site.apply([.putAccessLogSubscription(Self.subscription(1, of: Self.service))])
        site.apply([.deleteAccessLogSubscription(Site.id(1))])
        let receiver = RecordedLines(hasServerLog: false)
        let connection = try EmbeddedConnection(site, accessLogs: receiver)
        connection.get("/")
        connection.invoker.answer(0)
        connection.advance(.milliseconds(250))
        #expect(receiver.lines.isEmpty)
    }

    @Test func linesOfTheEarlierDestinationStayTheirs() throws {
        var site = Site(action: .fixedResponse(statusCode: 404))
        site.apply([.putAccessLogSubscription(Self.subscription(1, of: Self.service))])
        let receiver = RecordedLines(hasServerLog: false)
        let connection = try EmbeddedConnection(site, accessLogs: receiver)
        connection.get("/before")
        site.apply([.putAccessLogSubscription(Self.subscription(1, of: Self.service, to: "arn:aws:s3:::others"))])
        connection.state.use(site.snapshot)
        connection.get("/after")
        connection.advance(.milliseconds(250))
        #expect(receiver.destinations.sorted() == ["arn:aws:s3:::logs", "arn:aws:s3:::others"])
    }

    @Test func aLargeChunkDoesNotWait() throws {
        let receiver = RecordedLines(hasServerLog: true)
        let connection = try EmbeddedConnection(Site(action: .fixedResponse(statusCode: 404)), accessLogs: receiver)
        let path = "/" + String(repeating: "a", count: 20_000)
        for _ in 1...3 { connection.get(path) }
        #expect(receiver.lines.isEmpty)
        connection.get(path)
        #expect(receiver.lines["server"]?.count == 4)
    }

    @Test func metricsCountByServiceAndTargetGroup() throws {
        var site = Site()
        let connection = try EmbeddedConnection(site)
        connection.get("/")
        var metrics = connection.state.collectMetrics()
        #expect(metrics.targetGroups.map(\.active) == [1])
        #expect(metrics.services.isEmpty)
        #expect(metrics.connections.active == 1)
        connection.invoker.answer(0)
        connection.eventLoop.run()
        connection.send("GET / HTTP/1.1\r\nHost: nobody.localhost\r\n\r\n")
        metrics = connection.state.collectMetrics()
        #expect(metrics.targetGroups.map(\.active) == [0])
        #expect(metrics.targetGroups.map(\.requests) == [1])
        #expect(metrics.services.map(\.responses) == [[0, 1, 0, 0, 0]])
        #expect(metrics.services.map { $0.time.counts.reduce(0, +) } == [1])
        #expect(metrics.connections.requestsWithoutService == 1)
        connection.get("/")
        connection.advance(.seconds(61))
        metrics = connection.state.collectMetrics()
        #expect(metrics.services.map(\.timeouts) == [1])
        #expect(metrics.services.map(\.responses) == [[0, 1, 0, 0, 1]])

        site.apply([.deleteService(Site.id(1)), .deleteTargetGroup(Site.id(1))])
        connection.state.use(site.snapshot)
        metrics = connection.state.collectMetrics()
        #expect(metrics.services.isEmpty)
        #expect(metrics.targetGroups.isEmpty)
    }
}

/// Keeps lines by the id of their subscription.
final class RecordedLines: AccessLogReceiver {
    let hasServerLog: Bool
    private let stored = Mutex<[(id: String, destination: String, lines: [String])]>([])

    init(hasServerLog: Bool) {
        self.hasServerLog = hasServerLog
    }

    var lines: [String: [String]] {
        stored.withLock { Dictionary($0.map { ($0.id, $0.lines) }, uniquingKeysWith: +) }
    }
    var destinations: [String] { stored.withLock { $0.map(\.destination) } }

    func receive(_ chunk: AccessLogChunk, from source: AccessLogSource) {
        let lines = String(buffer: chunk.bytes).split(separator: "\n").map(String.init)
        switch source {
        case .server: stored.withLock { $0.append(("server", "", lines)) }
        case .subscription(let log):
            stored.withLock { $0.append((log.record.id.rawValue, log.record.destinationARN, lines)) }
        }
    }
}
