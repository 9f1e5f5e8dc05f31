import NIOCore
import Synchronization
import TrellisInvoke
import TrellisModel

/// Answers every invocation in the same way, on the spot, and keeps what it was asked.
final class ImmediateInvoker: FunctionInvoker {
    private let answer: @Sendable (Invocation) -> InvocationOutcome
    private let asked = Mutex<[Invocation]>([])

    init(_ answer: @escaping @Sendable (Invocation) -> InvocationOutcome) {
        self.answer = answer
    }

    /// Answers with the function's name as the body.
    convenience init() {
        self.init {
            .json(#"{"statusCode":200,"headers":{"Content-Type":"text/plain"},"body":"\#($0.function.name)"}"#)
        }
    }

    var invocations: [Invocation] { asked.withLock { $0 } }

    func invoke(_ invocation: Invocation, on eventLoop: any EventLoop) -> EventLoopFuture<InvocationOutcome> {
        eventLoop.preconditionInEventLoop()
        asked.withLock { $0.append(invocation) }
        return eventLoop.makeSucceededFuture(answer(invocation))
    }
}

/// Keeps every invocation until the test answers it.
final class HeldInvoker: FunctionInvoker {
    struct Call: Sendable {
        let invocation: Invocation
        private let promise: EventLoopPromise<InvocationOutcome>

        init(_ invocation: Invocation, _ promise: EventLoopPromise<InvocationOutcome>) {
            self.invocation = invocation
            self.promise = promise
        }

        func answer(_ outcome: InvocationOutcome) {
            promise.succeed(outcome)
        }

        func answer(body: String) {
            answer(.json(#"{"statusCode":200,"body":"\#(body)"}"#))
        }
    }

    private let calls: AsyncStream<Call>
    private let continuation: AsyncStream<Call>.Continuation

    init() {
        (calls, continuation) = AsyncStream.makeStream()
    }

    func invoke(_ invocation: Invocation, on eventLoop: any EventLoop) -> EventLoopFuture<InvocationOutcome> {
        eventLoop.preconditionInEventLoop()
        let promise = eventLoop.makePromise(of: InvocationOutcome.self)
        continuation.yield(Call(invocation, promise))
        return promise.futureResult
    }

    /// Waits for the next invocation that nobody has taken yet.
    func next() async throws -> Call {
        for await call in calls { return call }
        throw CancellationError()
    }
}

extension InvocationOutcome {
    static func json(_ text: String) -> InvocationOutcome { .success(.payload(text)) }
}

extension InvocationResult {
    static func payload(_ text: String) -> InvocationResult {
        InvocationResult(payload: ByteBuffer(string: text), executedVersion: "$LATEST", logTail: ByteBuffer())
    }
}

extension Invocation {
    var event: String { String(buffer: payload) }
}

struct FixedClock: WallClock {
    /// A Tuesday: 2023-11-14T22:13:20.123Z.
    static let time = Timestamp(millisecondsSinceEpoch: 1_700_000_000_123)

    func now() -> Timestamp { Self.time }
}

/// SplitMix64 from a fixed seed.
final class SeededRandom: RandomSource {
    private let state: Mutex<UInt64>

    init(_ seed: UInt64 = 1) {
        state = Mutex(seed)
    }

    func next() -> UInt64 {
        state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }
}
