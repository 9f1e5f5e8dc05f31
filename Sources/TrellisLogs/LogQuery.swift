package import TrellisModel

/// Which events of a group are asked for, and how many at once.
package struct LogQuery: Sendable {
    package enum Streams: Sendable {
        case all
        case prefix(String)
        /// All of them must exist.
        case named([LogStreamName])
    }

    package enum Direction: Sendable {
        /// The first events at or after the cursor.
        case forward
        /// The last events before the cursor.
        case backward
    }

    package var scope: Scope
    package var group: LogGroupName
    package var streams: Streams
    /// Inclusive.
    package var start: Int64 = 0
    /// Exclusive.
    package var end: Int64 = .max
    package var direction: Direction
    /// `nil` begins at the end that the direction comes from.
    package var cursor: LogCursor?
    /// At least 1.
    package var limit: Int
    /// Bytes of the messages of a page, 26 more for each; one event is shown whatever its size.
    package var byteLimit = 1_048_576
    /// After about so many bytes read without a page being full, the page ends early, if there is something to go on
    /// from.
    package var scanLimit = 64 * 1024 * 1024
    /// Which messages are wanted.
    package var matches: (@Sendable ([UInt8]) -> Bool)?

    package init(
        scope: Scope, group: LogGroupName, streams: Streams, direction: Direction = .forward, limit: Int
    ) {
        self.scope = scope
        self.group = group
        self.streams = streams
        self.direction = direction
        self.limit = limit
    }
}

/// A place between two events in the order of time, stream and sequence: right before the event with these three.
package struct LogCursor: Hashable, Comparable, Sendable {
    package var timestamp: Int64
    /// Empty is before all streams.
    package var stream: String
    package var sequence: Int

    package init(timestamp: Int64, stream: String, sequence: Int) {
        self.timestamp = timestamp
        self.stream = stream
        self.sequence = sequence
    }

    package static func < (left: LogCursor, right: LogCursor) -> Bool {
        if left.timestamp != right.timestamp { return left.timestamp < right.timestamp }
        if left.stream != right.stream { return left.stream.utf8.lexicographicallyPrecedes(right.stream.utf8) }
        return left.sequence < right.sequence
    }

    /// The place right after the event.
    package var next: LogCursor {
        LogCursor(timestamp: timestamp, stream: stream, sequence: sequence + 1)
    }
}

/// An event as it was stored.
package struct StoredLogEvent: Sendable {
    /// Right before this event.
    package var position: LogCursor
    package var ingestionTime: Int64
    package var message: [UInt8]
}

/// Events in the order of time.
package struct LogPage: Sendable {
    package var events: [StoredLogEvent]
    /// From where there may be more, in the direction of the query; `nil` if this was all there is now.
    package var continuation: LogCursor?
}
