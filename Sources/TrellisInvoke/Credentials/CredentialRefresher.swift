import Logging
import TrellisModel
import TrellisSignature

/// Keeps the credentials of one selection fresh: one look-up at a time, in good time before they end.
struct CredentialRefresher: Sendable {
    /// What signs the calls at the moment.
    enum State: Sendable {
        case available(ClientCredentials)
        case missing(CredentialError)
    }

    /// Credentials are replaced this long before they end, or at half of the time they have if that is less.
    private static let margin = Duration.seconds(300)
    private static let firstRetry = Duration.seconds(1)
    private static let longestRetry = Duration.seconds(60)

    var selection: CredentialSelection
    var issue: @Sendable (CredentialSelection) async throws(CredentialError) -> IssuedCredentials?
    var clock: any WallClock
    var timer: any Clock<Duration>
    var publish: @Sendable (CredentialSelection, State) async -> Void
    var logger: Logger

    /// What became of one look-up.
    enum Outcome: Hashable, Sendable {
        /// Look again after this time; `nil` is never.
        case issued(nextAfter: Duration?)
        case failed
    }

    /// Looks once.
    ///
    /// Credentials that cannot be replaced stay in use: they may still hold, and the endpoint says so if they do not.
    ///
    /// - Parameter isFirst: Whether there are none to keep.
    func look(isFirst: Bool) async -> Outcome {
        do {
            guard let issued = try await issue(selection) else { return .issued(nextAfter: nil) }
            await publish(selection, .available(issued.credentials))
            guard let expiration = issued.expiration else { return .issued(nextAfter: nil) }
            let left = clock.now().duration(to: expiration)
            return .issued(nextAfter: max(left - Self.margin, left / 2, Self.firstRetry))
        } catch {
            if isFirst { await publish(selection, .missing(error)) }
            logger.error(
                "no credentials for remote functions", metadata: ["selection": "\(selection)", "error": "\(error)"])
            return .failed
        }
    }

    /// Runs until the task is cancelled.
    ///
    /// - Parameter first: What became of the first look-up.
    func run(after first: Outcome) async {
        var outcome = first
        var retry = Self.firstRetry
        var hasNone = first == .failed
        while true {
            let pause: Duration
            switch outcome {
            case .issued(nil): return
            case .issued(let next?):
                hasNone = false
                retry = Self.firstRetry
                pause = next
            case .failed:
                pause = retry
                retry = min(retry * 2, Self.longestRetry)
            }
            // Only a cancellation ends the pause early.
            do { try await timer.sleep(for: pause) } catch { return }
            outcome = await look(isFirst: hasNone)
        }
    }
}
