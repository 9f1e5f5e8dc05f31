import TrellisInvoke
import TrellisModel
import TrellisSignature

/// What the standard chain finds, looked up when it is asked for first, and again in good time before it ends.
actor CachedCredentials {
    /// Credentials are replaced this long before they end.
    private static let margin = Duration.seconds(300)

    private let issue: @Sendable () async throws -> IssuedCredentials?
    private let clock: any WallClock
    private var issued: IssuedCredentials?

    init(chain: CredentialChain, clock: any WallClock) {
        self.init(clock: clock) { try await chain.issue(.standardChain) }
    }

    init(clock: any WallClock, issue: @escaping @Sendable () async throws -> IssuedCredentials?) {
        self.clock = clock
        self.issue = issue
    }

    /// - Throws: ``CredentialError`` if there are none. Those that could not be replaced are used until they end.
    func credentials() async throws -> ClientCredentials {
        if let issued, timeLeft(of: issued) > Self.margin { return issued.credentials }
        do {
            guard let found = try await issue() else { throw CredentialError("there are no credentials") }
            issued = found
            return found.credentials
        } catch {
            guard let issued, timeLeft(of: issued) > .zero else { throw error }
            return issued.credentials
        }
    }

    private func timeLeft(of issued: IssuedCredentials) -> Duration {
        issued.expiration.map { clock.now().duration(to: $0) } ?? .seconds(Int64.max)
    }
}
