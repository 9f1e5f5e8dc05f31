import TrellisAPI
import TrellisLogs
import TrellisModel

extension LogsService {
    private enum Order: String, CaseIterable {
        case logStreamName = "LogStreamName"
        case lastEventTime = "LastEventTime"
    }

    func describeLogStreams(_ call: APICall) async throws -> APIResponse {
        let (group, prefix, order, isDescending, token, limit) = try call.read { reader in
            (
                reader.searchedGroup(), reader.streamNamePrefix(),
                reader.enumeration("orderBy", of: Order.self) ?? .logStreamName,
                reader.boolean("descending") ?? false, reader.pageToken(), reader.integer("limit", in: 1...50)
            )
        }
        guard prefix == nil || order == .logStreamName else {
            throw LogsError.invalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.")
        }
        let name = try group.resolve(in: call.scope)
        var streams = try await store.streams(of: name, in: call.scope)
        if let prefix { streams.removeAll { !$0.name.rawValue.utf8.starts(with: prefix.utf8) } }
        if order == .lastEventTime {
            streams.sort { left, right in
                left.orderTime == right.orderTime
                    ? left.name.rawValue.utf8.lexicographicallyPrecedes(right.name.rawValue.utf8)
                    : left.orderTime < right.orderTime
            }
        }
        if isDescending { streams.reverse() }
        let page = try Self.page(of: streams, order, isDescending, token, limit)
        let arn = LogGroupARN(scope: call.scope, group: name)
        return .json(
            .object(omittingNil: [
                "logStreams": .array(page.items.map { $0.json(in: arn) }),
                "nextToken": .optional(page.nextToken),
            ]))
    }

    /// A token is the place of the last stream shown, so that streams that come and go shift nothing.
    private static func page(
        of streams: [LogStream], _ order: Order, _ isDescending: Bool, _ token: String?, _ limit: Int?
    ) throws(LogsError) -> Page<LogStream> {
        func place(_ stream: LogStream) -> String {
            let time = String(order == .lastEventTime ? stream.orderTime : 0)
            return String(repeating: "0", count: max(0, 20 - time.utf8.count)) + time + stream.name.rawValue
        }
        var start = 0
        if let token {
            let last: String
            do {
                last = try Pagination.position(of: token)
            } catch {
                throw .badToken
            }
            guard last.utf8.count > 20 else { throw .badToken }
            start =
                streams.firstIndex { stream in
                    let place = place(stream)
                    return isDescending
                        ? place.utf8.lexicographicallyPrecedes(last.utf8)
                        : last.utf8.lexicographicallyPrecedes(place.utf8)
                } ?? streams.count
        }
        let items = Array(streams[start...].prefix(limit ?? LogsPage.limit))
        let hasMore = start + items.count < streams.count
        return Page(items: items, nextToken: hasMore ? items.last.map { Pagination.token(for: place($0)) } : nil)
    }
}

extension LogStream {
    /// Streams without events come first.
    fileprivate var orderTime: Int64 { lastEventTime?.millisecondsSinceEpoch ?? 0 }

    fileprivate func json(in group: LogGroupARN) -> JSONValue {
        .object(omittingNil: [
            "logStreamName": .string(name.rawValue),
            "creationTime": .integer(creationTime.millisecondsSinceEpoch),
            "firstEventTimestamp": firstEventTime.map { .integer($0.millisecondsSinceEpoch) },
            "lastEventTimestamp": lastEventTime.map { .integer($0.millisecondsSinceEpoch) },
            "lastIngestionTime": lastIngestionTime.map { .integer($0.millisecondsSinceEpoch) },
            // Nobody reads it any more, and some SDKs still miss it when it is absent.
            "uploadSequenceToken": "0",
            "arn": .string("\(group):log-stream:\(name)"),
            // Always, since 2019.
            "storedBytes": 0,
        ])
    }
}
