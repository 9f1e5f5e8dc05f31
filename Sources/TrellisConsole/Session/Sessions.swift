import Synchronization
import TrellisModel

/// Somebody who signed in.
package struct ConsoleSession: Hashable, Sendable {
    /// The value of the cookie.
    package var id: String
    /// In every form; a page of another site cannot know it.
    package var csrfToken: String

    package init(id: String, csrfToken: String) {
        self.id = id
        self.csrfToken = csrfToken
    }
}

/// Who is signed in; forgotten when the server stops.
final class Sessions: Sendable {
    /// A session ends when it is not used for so long.
    static let idleLimit: Duration = .seconds(12 * 3600)
    /// With more of them, the one that was not used for the longest time ends.
    static let maximumCount = 64

    private struct Entry {
        var session: ConsoleSession
        var usedAt: Timestamp
        var notice: Notice?
    }

    private struct State {
        var entries: [String: Entry] = [:]
        /// Nonces of links that were used, until they expire.
        var usedLinks: [String: Timestamp] = [:]
    }

    private let links: SignInLinks
    private let clock: any WallClock
    private let random: any RandomSource
    private let state = Mutex(State())

    init(links: SignInLinks, clock: any WallClock, random: any RandomSource) {
        self.links = links
        self.clock = clock
        self.random = random
    }

    /// - Returns: A new session; `nil` if the token is not genuine, too old, or was used before.
    func signIn(token: String) -> ConsoleSession? {
        let now = clock.now()
        guard let claim = links.claim(of: token, at: now) else { return nil }
        let session = ConsoleSession(
            id: random.hexadecimalDigits(words: 4), csrfToken: random.hexadecimalDigits(words: 4))
        return state.withLock { state in
            state.usedLinks = state.usedLinks.filter { $0.value > now }
            guard state.usedLinks.updateValue(claim.expiresAt, forKey: claim.nonce) == nil else { return nil }
            state.entries[session.id] = Entry(session: session, usedAt: now)
            if state.entries.count > Self.maximumCount,
                let oldest = state.entries.min(by: { $0.value.usedAt < $1.value.usedAt })
            {
                state.entries[oldest.key] = nil
            }
            return session
        }
    }

    /// The session of a cookie, used now.
    func session(_ id: String) -> ConsoleSession? {
        let now = clock.now()
        return state.withLock { state in
            guard let entry = state.entries[id] else { return nil }
            guard entry.usedAt.duration(to: now) < Self.idleLimit else {
                state.entries[id] = nil
                return nil
            }
            state.entries[id]?.usedAt = now
            return entry.session
        }
    }

    func signOut(_ session: ConsoleSession) {
        state.withLock { $0.entries[session.id] = nil }
    }

    /// Keeps a sentence for the next page.
    func keep(_ notice: Notice, for session: ConsoleSession) {
        state.withLock { $0.entries[session.id]?.notice = notice }
    }

    func takeNotice(for session: ConsoleSession) -> Notice? {
        state.withLock { state in
            defer { state.entries[session.id]?.notice = nil }
            return state.entries[session.id]?.notice
        }
    }
}
