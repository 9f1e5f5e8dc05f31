import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import Testing
import TrellisInvoke
import TrellisModel
import TrellisRouting
import TrellisTraffic

@testable import TrellisDataPlane

/// A data plane on loopback with listeners on free ports.
struct RunningDataPlane: Sendable {
    let dataPlane: DataPlane
    let group: any EventLoopGroup
    let log: AccessLog

    /// Connects to a listener port.
    func connect(port: Int = 80, receiveBuffer: Int? = nil) async throws -> RawClient {
        let status = try #require(await dataPlane.listenerStatuses().first { $0.port == port })
        return try await RawClient.connect(
            port: try #require(status.boundPort), group: group, receiveBuffer: receiveBuffer)
    }

    /// Connects to the HTTPS listener on port 443 and agrees on HTTP/2.
    func connectHTTP2() async throws -> RawHTTP2Client {
        let status = try #require(await dataPlane.listenerStatuses().first { $0.port == 443 })
        return try await RawHTTP2Client.connect(
            port: try #require(status.boundPort), serverName: Site.host, group: group)
    }

    /// Sends one request on a new connection and reads one response.
    func exchange(_ request: String, port: Int = 80) async throws -> RawClient.Response {
        let client = try await connect(port: port)
        try await client.send(request)
        let response = try await client.response()
        await client.close()
        return response
    }

    /// `GET path` on a new connection.
    func get(_ path: String = "/", host: String = Site.host) async throws -> RawClient.Response {
        try await exchange("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
    }
}

/// The entries of an access log in order.
final class AccessLog: Sendable {
    private let stored = Mutex<[AccessLogEntry]>([])
    private let stream: AsyncStream<AccessLogEntry>
    private let continuation: AsyncStream<AccessLogEntry>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    func record(_ entry: AccessLogEntry) {
        stored.withLock { $0.append(entry) }
        continuation.yield(entry)
    }

    var entries: [AccessLogEntry] { stored.withLock { $0 } }

    /// Waits for the next entry that nobody has taken yet.
    func next() async throws -> AccessLogEntry {
        for await entry in stream { return entry }
        throw CancellationError()
    }
}

/// Runs a data plane with the site's snapshot while `body` runs, then shuts it down gracefully.
func withDataPlane(
    _ site: Site = Site(), invoker: any FunctionInvoker = ImmediateInvoker(), callers: CallerSource = .none,
    certificates: ServerCertificates? = nil, loops: Int = 1, journal: RequestJournal? = nil,
    configuration: DataPlaneConfiguration = .onFreePorts, seed: UInt64 = 1,
    _ body: @Sendable (RunningDataPlane) async throws -> Void
) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
    let clients = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let log = AccessLog()
    let dataPlane = DataPlane(
        configuration: configuration, invoker: invoker, callers: callers, certificates: certificates,
        eventLoopGroup: group, clock: FixedClock(), makeRandom: { SeededRandom(seed) }, onEntry: { log.record($0) },
        journal: journal, logger: .silent)
    let services = ServiceGroup(services: [dataPlane], gracefulShutdownSignals: [], logger: .silent)
    let snapshot = site.snapshot
    do {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await services.run() }
            await dataPlane.apply(snapshot)
            do {
                try await body(RunningDataPlane(dataPlane: dataPlane, group: clients, log: log))
            } catch {
                await services.triggerGracefulShutdown()
                throw error
            }
            await services.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    } catch {
        try await clients.shutdownGracefully()
        try await group.shutdownGracefully()
        throw error
    }
    try await clients.shutdownGracefully()
    try await group.shutdownGracefully()
}

extension DataPlaneConfiguration {
    /// Every listener on a free port; drains briefly, for tests that leave requests unanswered.
    static var onFreePorts: DataPlaneConfiguration {
        var configuration = DataPlaneConfiguration()
        configuration.bindPort = { _ in 0 }
        configuration.times.drain = .milliseconds(200)
        configuration.times.linger = .milliseconds(200)
        return configuration
    }
}

extension Logger {
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
