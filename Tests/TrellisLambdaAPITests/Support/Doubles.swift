import NIOCore
import Synchronization
import TrellisFunctionHost
import TrellisInvoke
import TrellisModel

/// A clock that moves one second at each look, so that every change has its own time.
final class SteppingClock: WallClock {
    private let seconds = Mutex<Int64>(1_762_337_472)

    func now() -> Timestamp {
        let second = seconds.withLock { seconds in
            seconds += 1
            return seconds
        }
        return Timestamp(millisecondsSinceEpoch: second * 1000 + 123)
    }
}

/// SplitMix64 from a fixed seed.
final class SeededRandom: RandomSource {
    private let state = Mutex<UInt64>(42)

    func next() -> UInt64 {
        state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }
    }
}

/// Answers every invocation with the outcome it was given, and keeps what it was asked.
final class ScriptedInvoker: FunctionInvoker {
    private let outcome: Mutex<InvocationOutcome>
    private let asked = Mutex<[Invocation]>([])
    private let chunks = Mutex<[String]>([])

    init() {
        outcome = Mutex(.success(Self.result("null")))
    }

    var invocations: [Invocation] { asked.withLock { $0 } }

    func answer(_ next: InvocationOutcome) {
        outcome.withLock { $0 = next }
    }

    /// Streams `chunks` before the outcome, to a caller that takes a streamed response.
    func stream(_ chunks: [String], then next: InvocationOutcome) {
        self.chunks.withLock { $0 = chunks }
        answer(next)
    }

    func invoke(_ invocation: Invocation, on eventLoop: any EventLoop) -> EventLoopFuture<InvocationOutcome> {
        eventLoop.preconditionInEventLoop()
        asked.withLock { $0.append(invocation) }
        if let stream = invocation.responseStream, case let script = chunks.withLock({ $0 }), !script.isEmpty {
            stream.begin(executedVersion: "7") {}
            for chunk in script { _ = stream.write(ByteBuffer(string: chunk)) }
        }
        return eventLoop.makeSucceededFuture(outcome.withLock { $0 })
    }

    static func result(_ payload: String, version: String = "$LATEST", log: String = "") -> InvocationResult {
        InvocationResult(
            payload: ByteBuffer(string: payload), executedVersion: version, logTail: ByteBuffer(string: log))
    }
}

/// A host that keeps as many environments as a test says.
final class ScriptedProvisioning: ProvisionedEnvironmentSource {
    private let environments = Mutex<[FunctionARN: ProvisionedEnvironments]>([:])

    func set(_ version: FunctionARN, _ value: ProvisionedEnvironments) {
        environments.withLock { $0[version] = value }
    }

    func provisionedEnvironments(of version: FunctionARN) async -> ProvisionedEnvironments {
        environments.withLock { $0[version] ?? .none }
    }
}
