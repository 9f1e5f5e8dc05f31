import Glibc
import Logging
import NIOCore
import NIOPosix
import Testing
import TrellisInvoke
import TrellisModel

@testable import TrellisFunctionHost

/// Event loops of a host without a supervisor: the test decides what becomes of the processes.
@Suite("Loops of a function host", .timeLimit(.minutes(5)))
struct HostLoopTests {
    struct Loops: Sendable {
        var group: HostLoopGroup
        var eventLoopGroup: MultiThreadedEventLoopGroup
        var launches: AsyncStream<FunctionLaunch>
        var directory: TemporaryDirectory

        init(_ configure: (inout FunctionHostConfiguration) -> Void = { _ in }) async throws {
            directory = try TemporaryDirectory()
            var configuration = FunctionHostConfiguration(
                dataDirectory: directory.path, searchPath: "/usr/bin:/bin")
            configure(&configuration)
            let (launches, continuation) = AsyncStream<FunctionLaunch>.makeStream()
            self.launches = launches
            eventLoopGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            group = HostLoopGroup(
                eventLoopGroup,
                services: HostServices(
                    configuration: configuration, clock: ManualClock(), random: SeededRandom(1),
                    threadPool: .singleton, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                    launches: continuation))
            for loop in group.loops { try await loop.eventLoop.submit { loop.open() }.get() }
        }

        var loop: HostLoop {
            get throws { try #require(group.loops.first) }
        }

        func run(_ version: FunctionVersion) throws -> EventLoopFuture<InvocationOutcome> {
            let loop = try loop
            let invocation = Invocation(
                function: version.function, payload: ByteBuffer(string: "{}"), requestID: "r", caller: .authorized)
            let pending = PendingInvocation(
                invocation: invocation, promise: loop.eventLoop.makePromise(of: InvocationOutcome.self))
            loop.eventLoop.execute { loop.run(pending, version) }
            return pending.promise.futureResult
        }

        func shutDown() async throws {
            let loop = try loop
            try await loop.eventLoop.flatSubmit { loop.shutDown(immediately: true) }.get()
            try await eventLoopGroup.shutdownGracefully()
        }

        func states() async throws -> [String] {
            let loop = try loop
            return try await loop.eventLoop.submit { loop.statuses.map(\.state) }.get()
        }
    }

    let version = FunctionVersion(
        id: 1, function: FunctionRecord.sample("f").arn, number: nil, configuration: FunctionRecord.sample("f").latest,
        owner: 0, concurrency: ScopeConcurrency(limit: 1))

    @Test("a call for a version that is already replaced still runs, and its environment is not forgotten")
    func replacedVersion() async throws {
        let loops = try await Loops()
        let outcome = try loops.run(version)
        var launches = loops.launches.makeAsyncIterator()
        let first = try #require(await launches.next())
        #expect(try await loops.states() == ["starting"])
        close(first.output)
        first.ended(.notStarted(.unavailable(reason: "no")))
        let second = try #require(await launches.next())
        #expect(try await loops.states() == ["busy"])
        close(second.output)
        second.ended(.notStarted(.unavailable(reason: "still no")))
        #expect(try await outcome.get().summary == #"unavailable(reason: "still no")"#)
        try await loops.shutDown()
    }

    @Test("a shutdown waits for a process that is just being started")
    func shutdownWhileStarting() async throws {
        let loops = try await Loops { $0.terminationGrace = .milliseconds(1) }
        let outcome = try loops.run(version)
        var launches = loops.launches.makeAsyncIterator()
        let launch = try #require(await launches.next())
        async let shutdown: Void = loops.shutDown()
        #expect(try await outcome.get().summary.contains("shutting down"))
        close(launch.output)
        launch.ended(.notStarted(.unavailable(reason: "cancelled")))
        try await shutdown
    }

    @Test("the init limit begins with the process, not with the preparation")
    func preparationTakesLong() async throws {
        let loops = try await Loops { $0.initTimeout = .nanoseconds(1) }
        let outcome = try loops.run(version)
        var launches = loops.launches.makeAsyncIterator()
        let launch = try #require(await launches.next())
        // Every timer of the past has fired after this one.
        try await loops.loop.eventLoop.scheduleTask(in: .milliseconds(20)) {}.futureResult.get()
        #expect(try await loops.states() == ["starting"])
        close(launch.output)
        launch.ended(.exited(status: 1))
        let again = try #require(await launches.next())
        close(again.output)
        again.ended(.exited(status: 2))
        #expect(try await outcome.get().summary.contains("exit status 2"))
        try await loops.shutDown()
    }
}
