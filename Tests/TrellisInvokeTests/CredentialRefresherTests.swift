import Logging
import Synchronization
import Testing
import TrellisModel
import TrellisSignature

@testable import TrellisInvoke

@Suite struct CredentialRefresherTests {
    /// A clock on which every sleep is over at once, and that remembers what was asked for.
    private final class FastTimer: Clock {
        struct Instant: InstantProtocol {
            var offset = Duration.zero
            func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
            func duration(to other: Instant) -> Duration { other.offset - offset }
            static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
        }

        private let slept = Mutex<[Duration]>([])
        var now: Instant { Instant() }
        var minimumResolution: Duration { .zero }
        var pauses: [Duration] { slept.withLock(\.self) }

        func sleep(until deadline: Instant, tolerance: Duration?) async throws {
            slept.withLock { $0.append(deadline.offset) }
        }
    }

    private static func issued(_ id: String, seconds: Int64?) -> IssuedCredentials {
        IssuedCredentials(
            credentials: ClientCredentials(accessKeyID: id, secretAccessKey: SecretAccessKey("s")),
            expiration: seconds.map { StoppedClock.now.advanced(by: .seconds($0)) })
    }

    /// Runs until credentials without end come, and returns what was published and how long each pause was.
    private static func run(_ script: [Result<IssuedCredentials, CredentialError>]) async -> ([String], [Duration]) {
        let rest = Mutex(script[...])
        let published = Mutex<[String]>([])
        let timer = FastTimer()
        let refresher = CredentialRefresher(
            selection: .standardChain,
            issue: { _ async throws(CredentialError) in
                let next = rest.withLock { $0.popFirst() }
                return try (next ?? .failure(CredentialError("the script is over"))).get()
            }, clock: StoppedClock(), timer: timer,
            publish: { _, state in
                published.withLock {
                    switch state {
                    case .available(let credentials): $0.append(credentials.accessKeyID)
                    case .missing(let error): $0.append("missing: \(error)")
                    }
                }
            }, logger: Logger(label: "test"))
        await refresher.run(after: await refresher.look(isFirst: true))
        return (published.withLock(\.self), timer.pauses)
    }

    @Test func credentialsAreReplacedBeforeTheyEnd() async {
        let (published, pauses) = await Self.run([
            .success(Self.issued("a", seconds: 3600)), .success(Self.issued("b", seconds: 400)),
            .success(Self.issued("c", seconds: -5)), .success(Self.issued("d", seconds: nil)),
        ])
        #expect(published == ["a", "b", "c", "d"])
        // Five minutes before the end, at half of a short life, and not at once for what is over already.
        #expect(pauses == [.seconds(3300), .seconds(200), .seconds(1)])
    }

    @Test func aFailureIsTriedAgainAndKeepsWhatThereIs() async {
        let failure = Result<IssuedCredentials, CredentialError>.failure(CredentialError("no"))
        let (published, pauses) = await Self.run(
            [.success(Self.issued("a", seconds: 3600))] + Array(repeating: failure, count: 8)
                + [.success(Self.issued("b", seconds: nil))])
        #expect(published == ["a", "b"])
        #expect(pauses == [3300, 1, 2, 4, 8, 16, 32, 60, 60].map { .seconds($0) })
    }

    @Test func withoutCredentialsTheReasonIsKnown() async {
        let (published, pauses) = await Self.run([
            .failure(CredentialError("first")), .failure(CredentialError("second")),
            .success(Self.issued("a", seconds: nil)),
        ])
        #expect(published == ["missing: first", "missing: second", "a"])
        #expect(pauses == [.seconds(1), .seconds(2)])
    }
}
