import SystemPackage
import TrellisModel

/// Finds the page of a query: looks through the files that may hold a part of it, those nearest to its beginning first.
struct LogScan {
    /// A file that is looked at, as long as it was when the query began: later events are for later pages.
    struct File: Sendable {
        var stream: LogStreamName
        var segment: LogSegment
    }

    private let query: LogQuery
    private let isForward: Bool
    /// Half open, also what has not expired.
    private let range: Range<Int64>
    private var builder: LogPageBuilder

    init(_ query: LogQuery, range: Range<Int64>) {
        self.query = query
        isForward = query.direction == .forward
        self.range = range
        builder = LogPageBuilder(query)
    }

    /// - Parameter open: Gives `nil` for a file that is gone by now.
    mutating func page(of files: [File], open: (File) throws -> FileDescriptor?) throws -> LogPage {
        let candidates = files.filter(mayHoldEvents).sorted(by: isNearer)
        var scanned = 0
        var end: LogCursor?
        for file in candidates {
            let edge = edge(of: file.segment)
            if !builder.mayHold(edge) {
                // Whatever is in the files left is beyond the page.
                builder.markCut()
                break
            }
            if scanned >= query.scanLimit, isProgress(edge) {
                end = edge
                break
            }
            guard let descriptor = try open(file) else { continue }
            let bytes = try descriptor.closeAfter { try LogFiles.read(descriptor, count: file.segment.bytes) }
            scanned += bytes.count
            scan(bytes, file)
        }
        let events = builder.finish(upTo: end)
        if builder.isCut, let last = isForward ? events.last?.position.next : events.first?.position {
            return LogPage(events: events, continuation: last)
        }
        return LogPage(events: events, continuation: end)
    }

    private func mayHoldEvents(_ file: File) -> Bool {
        let segment = file.segment
        guard segment.count > 0, segment.maximum >= range.lowerBound, segment.minimum < range.upperBound else {
            return false
        }
        guard let cursor = query.cursor else { return true }
        return isForward ? segment.maximum >= cursor.timestamp : segment.minimum <= cursor.timestamp
    }

    private func isNearer(_ left: File, _ right: File) -> Bool {
        isForward ? left.segment.minimum < right.segment.minimum : left.segment.maximum > right.segment.maximum
    }

    /// No event of the file is nearer than this place.
    private func edge(of segment: LogSegment) -> LogCursor {
        isForward
            ? LogCursor(timestamp: max(segment.minimum, range.lowerBound), stream: "", sequence: 0)
            : LogCursor(timestamp: min(segment.maximum, range.upperBound - 1) + 1, stream: "", sequence: 0)
    }

    /// Whether the next page would begin elsewhere than this one.
    private func isProgress(_ edge: LogCursor) -> Bool {
        guard let cursor = query.cursor else { return isForward ? edge.timestamp > range.lowerBound : true }
        return isForward ? edge > cursor : edge < cursor
    }

    private mutating func scan(_ bytes: [UInt8], _ file: File) {
        var sequence = file.segment.firstSequence
        var rest = bytes[...]
        while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
            defer {
                rest = rest[(newline + 1)...]
                sequence += 1
            }
            // A line that cannot be read is no event; its number stays taken.
            guard let line = LogLine(rest[..<newline]), range.contains(line.timestamp) else { continue }
            let position = LogCursor(
                timestamp: line.timestamp, stream: file.stream.rawValue, sequence: sequence)
            if let cursor = query.cursor, isForward ? position < cursor : position >= cursor { continue }
            guard builder.mayHold(position) else {
                // Perhaps one that is not wanted; then the next page says so.
                builder.markCut()
                if isForward, file.segment.isSorted { return }
                continue
            }
            guard matches(line) else { continue }
            builder.add(
                StoredLogEvent(position: position, ingestionTime: line.ingestionTime, message: line.message))
        }
    }

    private func matches(_ line: LogLine) -> Bool {
        guard let matches = query.matches else { return true }
        return matches(line.message)
    }
}
