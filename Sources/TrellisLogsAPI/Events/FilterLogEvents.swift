import TrellisAPI
import TrellisLogs
import TrellisModel

extension LogsService {
    private struct Selection {
        var group: SearchedGroup
        var names: [String]?
        var prefix: String?
        var start: Int64?
        var end: Int64?
        var pattern: String?
        var token: String?
        var limit: Int
    }

    func filterLogEvents(_ call: APICall) async throws -> APIResponse {
        let selection = try call.read { reader in
            // Events of all streams are always in one order, and nothing here is masked.
            _ = (reader.boolean("interleaved"), reader.boolean("unmask"))
            return Selection(
                group: reader.searchedGroup(),
                names: reader.strings(
                    "logStreamNames", count: 1...100, length: 1...512, pattern: InputReader.streamNamePattern),
                prefix: reader.streamNamePrefix(), start: reader.time("startTime"), end: reader.time("endTime"),
                pattern: reader.string("filterPattern", length: 0...1024), token: reader.pageToken(),
                limit: reader.integer("limit", in: 1...Self.eventsLimit) ?? Self.eventsLimit)
        }
        let page = try await store.events(try Self.query(selection, in: call.scope))
        return .json(
            .object(omittingNil: [
                "events": .array(page.events.map(\.filteredJSON)),
                // Empty, since 2019.
                "searchedLogStreams": .array([]),
                "nextToken": page.continuation.map { .string(SearchToken.text($0)) },
            ]))
    }

    private static func query(_ selection: Selection, in scope: Scope) throws -> LogQuery {
        let streams: LogQuery.Streams
        switch (selection.names, selection.prefix) {
        case (.some, .some):
            throw LogsError.invalidParameter("Only one of logStreamNames and logStreamNamePrefix can be given.")
        case (let names?, nil): streams = .named(names.compactMap(LogStreamName.init))
        case (nil, let prefix?): streams = .prefix(prefix)
        case (nil, nil): streams = .all
        }
        var query = LogQuery(
            scope: scope, group: try selection.group.resolve(in: scope), streams: streams, limit: selection.limit)
        query.start = selection.start ?? 0
        // Inclusive here, other than in GetLogEvents.
        query.end = selection.end.map { $0 == .max ? .max : $0 + 1 } ?? .max
        if let token = selection.token {
            guard let cursor = SearchToken.cursor(token) else { throw LogsError.badToken }
            query.cursor = cursor
        }
        if let text = selection.pattern {
            let pattern: LogFilterPattern
            do {
                pattern = try LogFilterPattern(text)
            } catch {
                throw LogsError.invalidParameter("Invalid filter pattern: \(error.reason)")
            }
            if !pattern.matchesEverything { query.matches = { pattern.matches($0) } }
        }
        return query
    }
}

extension StoredLogEvent {
    fileprivate var filteredJSON: JSONValue {
        .object([
            "logStreamName": .string(position.stream), "timestamp": .integer(position.timestamp),
            "message": .string(text), "ingestionTime": .integer(ingestionTime), "eventId": .string(eventID),
        ])
    }

    /// 56 digits: the time, a number made of the stream's name (FNV-1a), and the event's number in the stream.
    private var eventID: String {
        let hash = position.stream.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { hash, byte in
            (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        return Self.padded(String(position.timestamp), 18) + Self.padded(String(hash), 20)
            + Self.padded(String(position.sequence), 18)
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
}
