import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing
import TrellisAPI
import TrellisInvoke
import TrellisLambdaAPI
import TrellisModel
import TrellisStore

/// The worker over a store in memory, with time that passes by being looked at.
@Suite(.timeLimit(.minutes(5))) struct EventInvocationWorkerTests {
    private static let event = [(name: "X-Amz-Invocation-Type", value: "Event")]
    private static let requestID = "8a1c0000-0000-4000-8000-00000000beef"
    private static let failed = InvocationOutcome.functionError(
        ScriptedInvoker.result(#"{"errorMessage":"boom"}"#), .reported)
    private static let succeeded = InvocationOutcome.success(ScriptedInvoker.result("1"))

    private func server() async throws -> LambdaServer {
        let server = try LambdaServer()
        for name in ["f", "told"] { try await server.create(name) }
        return server
    }

    private func send(_ server: LambdaServer) async throws {
        let answer = await server.send(
            "POST", "/functions/f/invocations", bytes: Array("[7]".utf8), headers: Self.event)
        try #require(answer.status == 202)
    }

    private func worker(
        _ server: LambdaServer, _ invoker: SequencedInvoker,
        _ settings: EventInvocationSettings = EventInvocationSettings()
    ) -> EventInvocationWorker {
        EventInvocationWorker(
            queue: server.events, invoker: invoker, eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            random: SeededRandom(), timer: ImmediateTimer(),
            configuration: EventInvocationConfiguration(retryDelay: .zero), settings: { _ in settings },
            becameReady: {}, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    /// Runs a worker until the store holds no event.
    private func runUntilDone(_ server: LambdaServer, _ worker: EventInvocationWorker) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            for try await _ in server.store.watch(under: .root, from: Revision.zero.next) {
                guard try await events(in: server) == 0 else { continue }
                break
            }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    private func events(in server: LambdaServer) async throws -> Int {
        let all = try await server.store.range(under: .all(.eventInvocation, in: server.scope)).entries.count
        // While there are some, the worker may change them between two reads.
        if all == 0 {
            #expect(try await server.store.range(under: .all(.eventInvocationDue, in: server.scope)).entries.isEmpty)
        }
        return all
    }

    static let courses: [(outcomes: [InvocationOutcome], calls: Int)] = [
        ([succeeded], 1), ([failed, succeeded], 2), ([failed, failed, succeeded], 3),
        ([failed, failed, failed, succeeded], 3),
        ([.rejected(.throttled(reason: "x")), .rejected(.unavailable(reason: "x")), failed, succeeded], 4),
        // The store still has the function: the invoker does not know it yet.
        ([.rejected(.notFound), succeeded], 2),
    ]

    @Test(arguments: courses)
    func anEventRunsUntilItIsOver(_ row: (outcomes: [InvocationOutcome], calls: Int)) async throws {
        let server = try await server()
        try await send(server)
        let invoker = SequencedInvoker(row.outcomes)
        try await runUntilDone(server, worker(server, invoker))
        #expect(invoker.invocations.count == row.calls)
        #expect(Set(invoker.invocations.map(\.requestID)) == [Self.requestID])
        #expect(invoker.invocations.allSatisfy { String(buffer: $0.payload) == "[7]" && $0.clientContext == nil })
    }

    @Test func anEventOfAFunctionThatIsGoneIsDropped() async throws {
        let server = try await server()
        try await send(server)
        #expect(await server.send("DELETE", "/functions/f").status == 204)
        let invoker = SequencedInvoker([.rejected(.notFound)])
        try await runUntilDone(server, worker(server, invoker))
        #expect(invoker.invocations.count == 1)
    }

    static let destinations: [(outcomes: [InvocationOutcome], age: Int, condition: String, count: Int64)] = [
        ([succeeded], 21_600, "Success", 1),
        ([failed, failed, failed], 21_600, "RetriesExhausted", 3),
        ([], 0, "EventAgeExceeded", 0),
    ]

    @Test(arguments: destinations)
    func theDestinationIsInvoked(
        _ row: (outcomes: [InvocationOutcome], age: Int, condition: String, count: Int64)
    ) async throws {
        let server = try await server()
        try await send(server)
        let destination = try #require(FunctionARN(LambdaServer.arnPrefix + "told"))
        let invoker = SequencedInvoker(row.outcomes + [Self.succeeded])
        let settings = EventInvocationSettings(
            maximumEventAge: .seconds(row.age), onSuccess: destination, onFailure: destination)
        // The destination has settings of its own, and its success is told to nobody.
        let worker = EventInvocationWorker(
            queue: server.events, invoker: invoker, eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            random: SeededRandom(), timer: ImmediateTimer(),
            configuration: EventInvocationConfiguration(retryDelay: .zero),
            settings: { $0 == destination ? EventInvocationSettings() : settings }, becameReady: {},
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        try await runUntilDone(server, worker)
        let told = try #require(invoker.invocations.last)
        #expect(told.function == destination)
        #expect(told.requestID != Self.requestID)
        let record = try JSONValue(parsing: Array(told.payload.readableBytesView))
        #expect(record["requestContext"]?["condition"]?.text == row.condition)
        #expect(record["requestContext"]?["approximateInvokeCount"] == .integer(row.count))
        #expect(record["requestContext"]?["requestId"]?.text == Self.requestID)
        #expect(record["requestPayload"] == .array([7]))
    }

    @Test func aWorkerThatEndsLeavesWhatRunsToTheNext() async throws {
        let server = try await server()
        try await send(server)
        let hanging = SequencedInvoker([nil])
        let first = worker(server, hanging)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await first.run() }
            for await _ in hanging.calls { break }
            group.cancelAll()
            try await group.waitForAll()
        }
        #expect(try await events(in: server) == 1)
        hanging.finish()
        let next = try LambdaServer(store: server.store)
        let invoker = SequencedInvoker([Self.succeeded])
        try await runUntilDone(next, worker(next, invoker))
        #expect(invoker.invocations.map(\.requestID) == [Self.requestID])
    }
}

/// Every sleep is over at once.
private struct ImmediateTimer: Clock {
    var now: ContinuousClock.Instant { ContinuousClock().now }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {
        await Task.yield()
        try Task.checkCancellation()
    }
}

/// Answers invocations in turn, the last outcome again and again; `nil` is no answer before ``finish()``.
private final class SequencedInvoker: FunctionInvoker {
    let calls: AsyncStream<Void>
    private let called: AsyncStream<Void>.Continuation
    private let outcomes: [InvocationOutcome?]
    private let state = Mutex<(asked: [Invocation], hanging: [EventLoopPromise<InvocationOutcome>])>(([], []))

    init(_ outcomes: [InvocationOutcome?]) {
        self.outcomes = outcomes
        (calls, called) = AsyncStream.makeStream()
    }

    var invocations: [Invocation] { state.withLock { $0.asked } }

    func finish() {
        for promise in state.withLock({ $0.hanging }) { promise.succeed(.rejected(.unavailable(reason: "over"))) }
    }

    func invoke(_ invocation: Invocation, on eventLoop: any EventLoop) -> EventLoopFuture<InvocationOutcome> {
        let promise = eventLoop.makePromise(of: InvocationOutcome.self)
        let index = state.withLock { state in
            state.asked.append(invocation)
            return state.asked.count - 1
        }
        let outcome = outcomes.indices.contains(index) ? outcomes[index] : outcomes.last ?? nil
        if let outcome { promise.succeed(outcome) } else { state.withLock { $0.hanging.append(promise) } }
        called.yield()
        return promise.futureResult
    }
}
