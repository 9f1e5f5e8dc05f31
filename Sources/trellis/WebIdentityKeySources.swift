import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization
import TrellisModel
import TrellisPrincipals

/// The keys of a provider in a file, which is read again for a key that is not among them.
struct WebIdentityKeyFile: WebIdentityKeys {
    let path: String

    func keys(containing keyID: String?) async throws -> JSONWebKeySet {
        // Small and local: read each time, so that a changed file needs no restart.
        try JSONWebKeySet(parsing: Array(try Data(contentsOf: URL(fileURLWithPath: path))))
    }
}

/// The keys of a provider behind a URL, remembered, and asked for again at most every so often.
final class WebIdentityKeyURL: WebIdentityKeys {
    private static let longest = 1_048_576
    private static let timeout = TimeAmount.seconds(5)
    /// As long as keys are believed without asking.
    private static let lifetimeMilliseconds: Int64 = 3_600_000
    /// Between two requests for keys that are not there: who sends tokens cannot make this server ask more often.
    private static let pauseMilliseconds: Int64 = 10_000

    private struct State {
        var keys: JSONWebKeySet?
        var askedAt: Int64?
        var failedAt: Int64?
    }

    private let url: String
    private let clock: any WallClock
    private let state = Mutex(State())

    init(url: String, clock: any WallClock) {
        self.url = url
        self.clock = clock
    }

    func keys(containing keyID: String?) async throws -> JSONWebKeySet {
        let now = clock.now().millisecondsSinceEpoch
        let known = try state.withLock { state -> JSONWebKeySet? in
            if let failedAt = state.failedAt, now - failedAt < Self.pauseMilliseconds { throw KeysUnavailable() }
            let age = state.askedAt.map { now - $0 } ?? .max
            if let keys = state.keys, age < Self.lifetimeMilliseconds,
                keys.hasKey(keyID) || age < Self.pauseMilliseconds
            {
                return keys
            }
            state.askedAt = now
            return nil
        }
        if let known { return known }
        do {
            let keys = try await fetch()
            state.withLock { state in
                state.keys = keys
                state.failedAt = nil
            }
            return keys
        } catch {
            state.withLock { $0.failedAt = now }
            throw error
        }
    }

    private func fetch() async throws -> JSONWebKeySet {
        let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: Self.timeout)
        guard response.status == .ok else { throw KeysUnavailable() }
        let body = try await response.body.collect(upTo: Self.longest)
        return try JSONWebKeySet(parsing: Array(body.readableBytesView))
    }

    private struct KeysUnavailable: Error {}
}

/// A provider as the configuration file declares it.
struct DeclaredWebIdentityProvider: Hashable, Sendable {
    var issuer: String
    var audiences: [String]
    /// A path or a URL.
    var jwks: String

    func provider(clock: any WallClock) -> WebIdentityProvider {
        let isURL = jwks.hasPrefix("https://") || jwks.hasPrefix("http://")
        return WebIdentityProvider(
            issuer: issuer, audiences: Set(audiences),
            keys: isURL ? WebIdentityKeyURL(url: jwks, clock: clock) : WebIdentityKeyFile(path: jwks))
    }
}
