import NIOCore
import TrellisAPI
import TrellisLogs
import TrellisModel

extension LogsService {
    /// What a batch may be.
    ///
    /// - Source: the documentation of PutLogEvents in the logs service model.
    private enum Limits {
        static let batch = 1_048_576
        static let overhead = 26
        static let span: Int64 = 24 * 3_600_000
        static let future: Int64 = 2 * 3_600_000
        static let past: Int64 = 14 * 24 * 3_600_000
    }

    private struct Event {
        var timestamp: Int64
        var message: String
    }

    func putLogEvents(_ call: APICall) async throws -> APIResponse {
        let (group, stream, events) = try call.read { reader in
            _ = reader.string("sequenceToken", length: 1...4096)
            if reader.object("entity") != nil { throw LogsError.unsupported("entity") }
            let events = reader.requiredObjects("logEvents", count: 1...10_000).map { event in
                Event(
                    timestamp: Int64(event.requiredInteger("timestamp", in: 0...Int.max)),
                    message: event.requiredString("message", length: 1...Int.max))
            }
            return (reader.requiredGroupName(), reader.requiredStreamName(), events)
        }
        guard let group else { throw LogsError.noGroup }
        guard let stream else { throw LogsError.noStream }
        let settings = try await store.group(group, in: call.scope).settings
        let now = clock.now()
        let accepted = Self.accepted(events, now: now, expiry: settings.expiry(at: now))
        try Self.check(events, accepted: accepted.range)
        let chunks = events[accepted.range].map { event in
            LogChunk(
                .event, ByteBuffer(string: event.message), at: Timestamp(millisecondsSinceEpoch: event.timestamp))
        }
        try await store.put(chunks, to: LogStreamID(scope: call.scope, group: group, stream: stream))
        return .json(.object(omittingNil: ["nextSequenceToken": "0", "rejectedLogEventsInfo": accepted.rejected]))
    }

    private static func check(_ events: [Event], accepted: Range<Int>) throws(LogsError) {
        let size = events.reduce(0) { $0 + $1.message.utf8.count + Limits.overhead }
        guard size <= Limits.batch else {
            throw .invalidParameter("Upload too large: \(size) bytes exceeds limit of \(Limits.batch)")
        }
        guard zip(events, events.dropFirst()).allSatisfy({ $0.timestamp <= $1.timestamp }) else {
            throw .invalidParameter("Log events in a single PutLogEvents request must be in chronological order.")
        }
        if let first = events[accepted].first, let last = events[accepted].last,
            last.timestamp - first.timestamp > Limits.span
        {
            throw .invalidParameter(
                "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
        }
    }

    /// Which events are neither too old, nor expired, nor too far in the future; the batch is in the order of time.
    private static func accepted(
        _ events: [Event], now: Timestamp, expiry: Int64?
    ) -> (range: Range<Int>, rejected: JSONValue?) {
        let now = now.millisecondsSinceEpoch
        func count(before time: Int64) -> Int { events.prefix { $0.timestamp < time }.count }
        let tooOld = count(before: now - Limits.past)
        let expired = expiry.map(count) ?? 0
        let tooNew = count(before: now + Limits.future + 1)
        let start = max(tooOld, expired)
        let rejected = JSONValue.object(omittingNil: [
            "tooOldLogEventEndIndex": tooOld > 0 ? .integer(Int64(tooOld)) : nil,
            "expiredLogEventEndIndex": expired > 0 ? .integer(Int64(expired)) : nil,
            "tooNewLogEventStartIndex": tooNew < events.count ? .integer(Int64(tooNew)) : nil,
        ])
        return (start..<max(start, tooNew), rejected == .object([:]) ? nil : rejected)
    }
}
