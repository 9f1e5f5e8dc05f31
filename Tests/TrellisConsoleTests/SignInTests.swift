import Synchronization
import Testing
import TrellisAPI
import TrellisModel
import TrellisSignature

@testable import TrellisConsole

@Suite struct SignInTests {
    private let links = SignInLinks(secret: SecretAccessKey("secret"), processID: 7)
    private let now = Timestamp(millisecondsSinceEpoch: 1_764_000_000_000)

    @Test func aTokenHoldsForTenMinutes() {
        let token = links.makeToken(at: now, random: CountingRandom())
        #expect(links.claim(of: token, at: now) != nil)
        #expect(links.claim(of: token, at: now.advanced(by: .seconds(599))) != nil)
        #expect(links.claim(of: token, at: now.advanced(by: .seconds(600))) == nil)
    }

    @Test func tokensOfOthersAreNone() {
        let token = links.makeToken(at: now, random: CountingRandom())
        let otherSecret = SignInLinks(secret: SecretAccessKey("other"), processID: 7)
        let otherProcess = SignInLinks(secret: SecretAccessKey("secret"), processID: 8)
        #expect(otherSecret.claim(of: token, at: now) == nil)
        #expect(otherProcess.claim(of: token, at: now) == nil)
        var parts = token.split(separator: ".").map(String.init)
        parts[0] = "9999999999"
        #expect(links.claim(of: parts.joined(separator: "."), at: now) == nil)
    }

    @Test(arguments: ["", ".", "..", "1.2.3", "a.b.c", "9999999999.\(String(repeating: "0", count: 32))."])
    func brokenTokensAreNone(token: String) {
        #expect(links.claim(of: token, at: now) == nil)
    }

    @Test func aLinkWorksOnceAndASessionEndsUnused() throws {
        let clock = HeldClock(now)
        let random = CountingRandom()
        let sessions = Sessions(links: links, clock: clock, random: random)
        let token = links.makeToken(at: now, random: random)
        let session = try #require(sessions.signIn(token: token))
        #expect(sessions.signIn(token: token) == nil)
        clock.advance(by: .seconds(11 * 3600))
        #expect(sessions.session(session.id) == session)
        clock.advance(by: .seconds(11 * 3600))
        #expect(sessions.session(session.id) == session)
        clock.advance(by: .seconds(12 * 3600))
        #expect(sessions.session(session.id) == nil)
        // The nonce is forgotten, but the token is too old.
        #expect(sessions.signIn(token: token) == nil)
    }

    @Test func sessionsAreBounded() throws {
        let clock = HeldClock(now)
        let random = CountingRandom()
        let sessions = Sessions(links: links, clock: clock, random: random)
        let made = try (0...Sessions.maximumCount).map { _ in
            clock.advance(by: .milliseconds(1))
            return try #require(sessions.signIn(token: links.makeToken(at: clock.now(), random: random)))
        }
        #expect(sessions.session(made[0].id) == nil)
        #expect(made.dropFirst().allSatisfy { sessions.session($0.id) != nil })
    }

    // MARK: Requests

    private func refuses(_ method: String, _ headers: [(String, String)], host: String = "127.0.0.1") -> Bool {
        let request = ConsoleRequest(
            method: method, target: "/console", headers: APIHeaders(headers.map { (name: $0.0, value: $0.1) })
        ) { _ in throw CancellationError() }
        return RequestGuard(host: host).refusal(of: request) != nil
    }

    @Test(arguments: [
        ("127.0.0.1:7071", false), ("localhost:7071", false), ("LOCALHOST", false), ("[::1]:7071", false),
        ("console.localhost:7071", false), ("10.0.0.7", false), ("evil.example", true), ("evil.example:7071", true),
        ("localhost.evil.example", true), ("127.0.0.1.evil.example", true), ("", true), ("notlocalhost", true),
    ]) func hosts(host: String, isRefused: Bool) {
        #expect(refuses("GET", [("host", host)]) == isRefused)
    }

    @Test func ownNameIsNoForeignHost() {
        #expect(!refuses("GET", [("host", "ops.example:7071")], host: "ops.example"))
        #expect(refuses("GET", []))
    }

    @Test(arguments: [
        ([], false), ([("origin", "http://localhost:7071")], false), ([("origin", "http://localhost:8080")], true),
        ([("origin", "null")], true), ([("origin", "https://localhost:7071")], true),
        ([("sec-fetch-site", "same-origin")], false), ([("sec-fetch-site", "same-site")], true),
        ([("sec-fetch-site", "cross-site")], true), ([("sec-fetch-site", "none")], true),
    ]) func originsOfForms(headers: [(String, String)], isRefused: Bool) {
        #expect(refuses("POST", [("host", "localhost:7071")] + headers) == isRefused)
    }

    @Test func cookiesOfPortsAreKeptApart() {
        let headers = APIHeaders([
            ("host", "localhost:7071"), ("cookie", "a=b; trellis_console_7071=x; trellis_console=y"),
        ])
        #expect(RequestGuard.cookieName(headers) == "trellis_console_7071")
        #expect(RequestGuard.cookie("trellis_console_7071", in: headers) == "x")
        #expect(RequestGuard.cookie("absent", in: headers) == nil)
    }
}

/// A clock that the test moves.
final class HeldClock: WallClock {
    private let time: Mutex<Timestamp>

    init(_ time: Timestamp) { self.time = Mutex(time) }

    func now() -> Timestamp { time.withLock { $0 } }

    func advance(by duration: Duration) { time.withLock { $0 = $0.advanced(by: duration) } }
}

/// Never the same twice.
final class CountingRandom: RandomSource {
    private let count = Mutex<UInt64>(0)

    func next() -> UInt64 {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
