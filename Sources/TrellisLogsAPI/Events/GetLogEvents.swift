import TrellisAPI
import TrellisLogs
import TrellisModel

extension LogsService {
    static let eventsLimit = 10_000

    private struct Selection {
        var group: SearchedGroup
        var stream: LogStreamName?
        var start: Int64?
        var end: Int64?
        var token: String?
        var limit: Int
        var startsFromHead: Bool
    }

    func getLogEvents(_ call: APICall) async throws -> APIResponse {
        let selection = try call.read { reader in
            // Nothing here is masked.
            _ = reader.boolean("unmask")
            return Selection(
                group: reader.searchedGroup(), stream: reader.requiredStreamName(), start: reader.time("startTime"),
                end: reader.time("endTime"), token: reader.pageToken(),
                limit: reader.integer("limit", in: 1...Self.eventsLimit) ?? Self.eventsLimit,
                startsFromHead: reader.boolean("startFromHead") ?? false)
        }
        let group = try selection.group.resolve(in: call.scope)
        guard let stream = selection.stream else { throw LogsError.noStream }
        let token = try selection.token.map { text throws(LogsError) in
            guard let token = EventToken(text, in: stream.rawValue) else { throw .badToken }
            return token
        }
        var query = LogQuery(
            scope: call.scope, group: group, streams: .named([stream]),
            direction: token?.direction ?? (selection.startsFromHead ? .forward : .backward), limit: selection.limit)
        query.start = selection.start ?? 0
        query.end = selection.end ?? .max
        query.cursor = token?.cursor
        let page = try await store.events(query)
        let ends = Self.ends(of: page, asked: token?.cursor, in: stream)
        return .json(
            .object([
                "events": .array(page.events.map(\.json)),
                "nextForwardToken": .string(EventToken(.forward, ends.last).text),
                "nextBackwardToken": .string(EventToken(.backward, ends.first).text),
            ]))
    }

    /// The places before the first and after the last event of a page; of an empty one, the place that was asked for,
    /// so that its token comes back.
    private static func ends(
        of page: LogPage, asked cursor: LogCursor?, in stream: LogStreamName
    ) -> (first: LogCursor, last: LogCursor) {
        if let first = page.events.first, let last = page.events.last {
            return (first.position, last.position.next)
        }
        let place = cursor ?? LogCursor(timestamp: 0, stream: stream.rawValue, sequence: 0)
        return (place, place)
    }
}

extension StoredLogEvent {
    /// A byte that is not UTF-8 is shown as U+FFFD.
    var text: String { String(decoding: message, as: UTF8.self) }

    fileprivate var json: JSONValue {
        .object([
            "timestamp": .integer(position.timestamp), "message": .string(text),
            "ingestionTime": .integer(ingestionTime),
        ])
    }
}
