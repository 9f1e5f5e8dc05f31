import TrellisInvoke
import TrellisModel

/// Why an asynchronous invocation is over, in the words of the destination record.
enum EventInvocationCondition: String, Sendable {
    case success = "Success"
    case retriesExhausted = "RetriesExhausted"
    case eventAgeExceeded = "EventAgeExceeded"
}

/// When an event is tried again, and when it is over.
///
/// - Source: reference lambda.md §3.2; the back-off after throttles is that of the Developer Guide's page
///   invocation-async: from 1 second, doubled each time, to 5 minutes.
struct EventInvocationSchedule {
    enum Step: Equatable {
        case finish(EventInvocationCondition)
        case tryAgain(EventInvocationDueRecord)
    }

    static let firstBackOff = Duration.seconds(1)
    static let longestBackOff = Duration.seconds(300)

    /// Before the first retry of a function that failed; twice as long before the second.
    var retryDelay: Duration
    var settings: EventInvocationSettings
    var acceptedAt: Timestamp

    func isExpired(at now: Timestamp) -> Bool { now >= expiry }

    /// After an attempt at `due` that ended with `outcome`.
    func step(after outcome: InvocationOutcome, of due: EventInvocationDueRecord, now: Timestamp) -> Step {
        var next = due
        switch outcome {
        case .success: return .finish(.success)
        case .functionError:
            next.failures += 1
            next.rejections = 0
            guard next.failures <= settings.maximumRetryAttempts else { return .finish(.retriesExhausted) }
            next.dueAt = now.advanced(by: retryDelay * (1 << min(due.failures, 8)))
            // The answer that there is now belongs into the destination's record.
            return next.dueAt < expiry ? .tryAgain(next) : .finish(.eventAgeExceeded)
        case .rejected:
            next.rejections += 1
            next.dueAt = min(now.advanced(by: Self.backOff(due.rejections)), expiry)
            return .tryAgain(next)
        }
    }

    private var expiry: Timestamp { acceptedAt.advanced(by: settings.maximumEventAge) }

    private static func backOff(_ rejections: Int) -> Duration {
        min(firstBackOff * (1 << min(max(0, rejections), 10)), longestBackOff)
    }
}
