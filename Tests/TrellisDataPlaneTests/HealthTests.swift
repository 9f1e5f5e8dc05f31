import NIOCore
import NIOHPACK
import NIOPosix
import ServiceLifecycle
import Synchronization
import Testing
import TrellisModel
import TrellisRouting

@testable import TrellisDataPlane

@Suite struct HealthStateTests {
    private static func check(healthy: Int = 3, unhealthy: Int = 2) -> HealthCheck {
        var check = HealthCheck(defaultFor: .http, .http1)
        check.healthyThreshold = healthy
        check.unhealthyThreshold = unhealthy
        return check
    }

    /// `+` is a success, `-` a failure; below each the status after it.
    @Test(arguments: [
        (TargetCheckStatus.initial, "+", "h"), (.initial, "-", "i"), (.initial, "--", "iu"),
        (.initial, "-+-+", "ihhh"), (.healthy, "-+--", "hhhu"), (.healthy, "--", "hu"),
        (.unhealthy, "++-+++", "uuuuuh"), (.unhealthy, "+++", "uuh"), (.unhealthy, "----+", "uuuuu"),
        (.initial, "--+++-", "iuuuhh"),
    ])
    func statusAfterEach(start: TargetCheckStatus, results: String, expected: String) {
        var state = HealthState(start)
        var statuses = ""
        for result in results {
            let before = state.status
            let hasChanged = state.record(success: result == "+", by: Self.check())
            #expect(hasChanged == (before != state.status))
            statuses += state.status.letter
        }
        #expect(statuses == expected)
    }

    @Test func aRunHasNoEnd() {
        var state = HealthState()
        for _ in 0..<100_000 { _ = state.record(success: false, by: Self.check()) }
        #expect(state.status == .unhealthy)
        for _ in 0..<3 { _ = state.record(success: true, by: Self.check()) }
        #expect(state.status == .healthy)
    }
}

extension TargetCheckStatus {
    fileprivate var letter: String {
        switch self {
        case .initial: "i"
        case .healthy: "h"
        case .unhealthy: "u"
        }
    }
}

/// Checks of real sockets; the pauses between them are the test's.
@Suite(.timeLimit(.minutes(5))) struct HealthCheckTests {
    @Test func aTargetIsCheckedUntilItIsGone() async throws {
        try await withHealthChecks { checks, target, pauses in
            var site = Site.forwarding(to: [target.port], checks: true)
            func status() -> TargetCheckStatus? {
                checks.status(of: "127.0.0.1", port: target.port, in: Site.id(1))
            }
            #expect(status() == nil)
            checks.apply(site.snapshot)
            #expect(status() == .initial)

            let connection = try await target.accept()
            let head = try await connection.text(through: "\r\n\r\n")
            #expect(head.hasPrefix("GET / HTTP/1.1\r\nhost: 127.0.0.1:\(target.port)\r\n"))
            #expect(head.contains("\r\nconnection: close\r\n"))
            try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            // The data plane ends the connection, whatever the target would like.
            #expect(await connection.rest() == "")
            #expect(try await pauses.next() == .seconds(30))
            #expect(status() == .healthy)

            for expected in [TargetCheckStatus.healthy, .unhealthy] {
                pauses.end()
                let connection = try await target.accept()
                _ = try await connection.text(through: "\r\n\r\n")
                try await connection.send("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
                _ = try await pauses.next()
                #expect(status() == expected)
            }

            site.apply([.putListener(Site.listener(1, of: 1, port: 80, action: .fixedResponse(statusCode: 404)))])
            checks.apply(site.snapshot)
            while status() != .initial { await Task.yield() }
            // As new, when a rule uses the group again.
            site.apply([.putListener(Site.listener(1, of: 1, port: 80, action: Site.forward((1, 1))))])
            checks.apply(site.snapshot)
            let again = try await target.accept()
            _ = try await again.text(through: "\r\n\r\n")
            try await again.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            _ = try await pauses.next()
            #expect(status() == .healthy)
            site.apply([.putTarget(Site.address(port: target.port, draining: true))])
            checks.apply(site.snapshot)
            #expect(status() == nil)
        }
    }

    @Test(arguments: [
        "nonsense\r\n\r\n", "", "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
    ])
    func whatIsNoSuccess(answer: String) async throws {
        try await withHealthChecks { checks, target, pauses in
            let site = Site.forwarding(to: [target.port], checks: true)
            checks.apply(site.snapshot)
            for expected in [TargetCheckStatus.initial, .unhealthy] {
                let connection = try await target.accept()
                _ = try await connection.text(through: "\r\n\r\n")
                await connection.sendIgnoringErrors(ByteBuffer(string: answer))
                await connection.close()
                _ = try await pauses.next()
                #expect(checks.status(of: "127.0.0.1", port: target.port, in: Site.id(1)) == expected)
                pauses.end()
            }
        }
    }

    @Test func aTargetThatSaysNothingInTimeFails() async throws {
        try await withHealthChecks { checks, target, pauses in
            var site = Site.forwarding(to: [target.port], checks: true)
            var group = Site.networkGroup(checks: true)
            group.config?.healthCheck?.timeoutSeconds = 5
            group.config?.healthCheck?.unhealthyThreshold = 1
            site.apply([.putTargetGroup(group)])
            checks.apply(site.snapshot)
            _ = try await pauses.next()
            #expect(checks.status(of: "127.0.0.1", port: target.port, in: Site.id(1)) == .unhealthy)
        }
    }

    @Test func thePathOfTheCheckIsAskedFor() async throws {
        try await withHealthChecks { checks, target, pauses in
            var site = Site.forwarding(to: [target.port], checks: true)
            var group = Site.networkGroup(checks: true)
            group.config?.healthCheck?.path = "/health?deep=1"
            site.apply([.putTargetGroup(group)])
            checks.apply(site.snapshot)
            let connection = try await target.accept()
            #expect(try await connection.text(through: "\r\n\r\n").hasPrefix("GET /health?deep=1 HTTP/1.1\r\n"))
            try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            #expect(await connection.rest() == "")
            _ = try await pauses.next()
            #expect(checks.status(of: "127.0.0.1", port: target.port, in: Site.id(1)) == .healthy)
        }
    }

    @Test(arguments: [("200", TargetCheckStatus.healthy), ("500", .initial)])
    func checksByHTTP2(code: String, expected: TargetCheckStatus) async throws {
        try await withHealthChecks { checks, target, pauses in
            var site = Site.forwarding(to: [target.port], version: .http2, checks: true)
            var group = Site.networkGroup(version: .http2, checks: true)
            group.config?.healthCheck?.protocolVersion = .http2
            group.config?.healthCheck?.timeoutSeconds = 120
            site.apply([.putTargetGroup(group)])
            checks.apply(site.snapshot)
            let connection = try await HTTP2Target(try await target.accept())
            let (stream, fields, isEnd) = try await connection.headers()
            #expect(isEnd)
            #expect(fields[":method"] == ["GET"])
            #expect(fields[":path"] == ["/"])
            #expect(fields["user-agent"] == ["Trellis-HealthChecker"])
            try await connection.sendHeaders(stream, [(":status", code)], isEnd: true)
            _ = try await pauses.next()
            #expect(checks.status(of: "127.0.0.1", port: target.port, in: Site.id(1)) == expected)
            await connection.waitForEnd()
            await connection.close()
        }
    }

    @Test func requestsGoToTheHealthy() async throws {
        try await withHealthChecks { checks, target, pauses in
            let other = try await TargetServer(group: MultiThreadedEventLoopGroup.singleton)
            let site = Site.forwarding(to: [target.port, other.port], checks: true)
            try await withDataPlane(site) { running in
                let group = try #require(site.snapshot.networkGroups[Site.id(1)])
                for target in group.targets where target.endpoint.port == other.port { target.health.status = .healthy }
                let client = try await running.connect()
                try await client.send(ForwardTests.get)
                let connection = try await other.accept()
                for index in 0..<4 {
                    _ = try await connection.text(through: "\r\n\r\n")
                    try await connection.send(ForwardTests.ok)
                    #expect(try await client.response().status == 200)
                    if index < 3 { try await client.send(ForwardTests.get) }
                }
                await client.close()
            }
            await other.close()
        }
    }
}

/// The pauses between checks, which last until the test ends them.
final class Pauses: Sendable {
    private let begun: AsyncStream<Duration>
    private let begin: AsyncStream<Duration>.Continuation
    private let lasting = Mutex<[AsyncStream<Void>.Continuation]>([])

    init() {
        (begun, begin) = AsyncStream.makeStream()
    }

    func sleep(_ duration: Duration) async throws {
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        lasting.withLock { $0.append(end) }
        begin.yield(duration)
        for await _ in ended { return }
        throw CancellationError()
    }

    /// Waits for the next pause to begin.
    func next() async throws -> Duration {
        for await duration in begun { return duration }
        throw CancellationError()
    }

    func end() {
        let ended = lasting.withLock { lasting in
            defer { lasting = [] }
            return lasting
        }
        for pause in ended { pause.yield() }
    }
}

func withHealthChecks(
    _ body: @Sendable (HealthChecks, TargetServer, Pauses) async throws -> Void
) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let pauses = Pauses()
    let checks = HealthChecks(
        eventLoopGroup: group, configuration: .onFreePorts, sleep: { try await pauses.sleep($0) }, logger: .silent)
    let services = ServiceGroup(services: [checks], gracefulShutdownSignals: [], logger: .silent)
    do {
        let target = try await TargetServer(group: group)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await services.run() }
            do {
                try await body(checks, target, pauses)
            } catch {
                await services.triggerGracefulShutdown()
                throw error
            }
            await services.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        await target.close()
    } catch {
        try await group.shutdownGracefully()
        throw error
    }
    try await group.shutdownGracefully()
}
