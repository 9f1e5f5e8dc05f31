import Synchronization
import Testing
import TrellisModel

@testable import TrellisFunctionHost

/// Gives every process credentials that tell which one it is.
private final class CountedCredentials: Sendable {
    private let count = Mutex(0)

    func next() -> FunctionCredentials {
        let number = count.withLock { count in
            count += 1
            return count
        }
        return FunctionCredentials(accessKeyID: "ASIA\(number)", secretAccessKey: "secret", sessionToken: "token")
    }
}

@Suite("Environments go before their credentials end", .timeLimit(.minutes(3)))
struct CredentialAgeTests {
    private static let code = """
        import os
        def handler(event, context):
            return os.environ["AWS_ACCESS_KEY_ID"]
        """

    @Test("an environment that is used all the time is replaced by the wall clock, not before")
    func replaced() async throws {
        // Python compares deadlines with the machine's clock, which is behind this one.
        let clock = ManualClock(SystemClock().now().millisecondsSinceEpoch)
        let credentials = CountedCredentials()
        try await RunningHost.run(loops: 1, clock: clock) { configuration in
            configuration.roleCredentials = { _, _ in credentials.next() }
        } _: { running in
            try await running.python(Self.code)
            #expect(try await running.invoke().summary == #"200 "ASIA1""#)
            clock.advance(by: .seconds(11 * 3600 - 60))
            #expect(try await running.invoke().summary == #"200 "ASIA1""#)
            clock.advance(by: .seconds(60))
            #expect(try await running.invoke().summary == #"200 "ASIA2""#)
            #expect(try await running.invoke().summary == #"200 "ASIA2""#)
            clock.advance(by: .seconds(11 * 3600))
            #expect(try await running.invoke().summary == #"200 "ASIA3""#)
        }
    }
}
