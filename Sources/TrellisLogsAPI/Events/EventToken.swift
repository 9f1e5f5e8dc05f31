import TrellisLogs

/// Where a page of GetLogEvents ended and in which direction to go on.
///
/// `f/` or `b/`, then 19 digits of the time and 19 of the number in the stream, then `/s`.
struct EventToken: Hashable {
    private static let digits = 19

    var direction: LogQuery.Direction
    var cursor: LogCursor

    init(_ direction: LogQuery.Direction, _ cursor: LogCursor) {
        self.direction = direction
        self.cursor = cursor
    }

    /// - Parameter stream: The one that is read; a token does not name it.
    init?(_ text: String, in stream: String) {
        switch text.prefix(2) {
        case "f/": direction = .forward
        case "b/": direction = .backward
        default: return nil
        }
        guard text.hasSuffix("/s"), text.utf8.count == 4 + 2 * Self.digits else { return nil }
        let numbers = text.dropFirst(2).dropLast(2)
        guard numbers.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let timestamp = Int64(numbers.prefix(Self.digits)), let sequence = Int(numbers.dropFirst(Self.digits)),
            sequence < Int.max
        else { return nil }
        cursor = LogCursor(timestamp: timestamp, stream: stream, sequence: sequence)
    }

    var text: String {
        let letter =
            switch direction {
            case .forward: "f"
            case .backward: "b"
            }
        return "\(letter)/\(Self.padded(cursor.timestamp))\(Self.padded(Int64(cursor.sequence)))/s"
    }

    private static func padded(_ number: Int64) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}

/// `nextToken` of FilterLogEvents: the place, then the name of the stream.
enum SearchToken {
    static func text(_ cursor: LogCursor) -> String {
        "\(EventToken(.forward, cursor).text):\(cursor.stream)"
    }

    static func cursor(_ text: String) -> LogCursor? {
        // A stream's name has no colon.
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].hasPrefix("f/") else { return nil }
        return EventToken(String(parts[0]), in: String(parts[1]))?.cursor
    }
}
