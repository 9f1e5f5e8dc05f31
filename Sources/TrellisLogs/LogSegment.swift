/// One file of a log stream, and what is known of it without opening it.
///
/// While it is written its name is `<first sequence>.log`. Closed, the name is the whole index:
/// `<first sequence>-<count>-<minimum>-<maximum>-<last ingestion time>-<s or u>.log`, so that nothing has to be read,
/// and nothing beside it can be lost or torn, when the store is opened.
struct LogSegment: Hashable, Sendable {
    /// The number of its first event in the stream.
    var firstSequence: Int
    /// Lines, also those that cannot be read.
    var count: Int
    /// Of the timestamps; both 0 in an empty file.
    var minimum: Int64
    var maximum: Int64
    var lastIngestionTime: Int64
    /// Whether no event is older than the one before it.
    var isSorted: Bool
    var bytes: Int
    var isClosed: Bool

    static func empty(firstSequence: Int) -> LogSegment {
        LogSegment(
            firstSequence: firstSequence, count: 0, minimum: 0, maximum: 0, lastIngestionTime: 0, isSorted: true,
            bytes: 0, isClosed: false)
    }

    var nextSequence: Int { firstSequence + count }

    var fileName: String {
        guard isClosed else { return "\(firstSequence).log" }
        return "\(firstSequence)-\(count)-\(minimum)-\(maximum)-\(lastIngestionTime)-\(isSorted ? "s" : "u").log"
    }

    mutating func add(_ lines: EncodedLines, ingestionTime: Int64) {
        isSorted = isSorted && lines.isSorted && (count == 0 || lines.minimum >= maximum)
        minimum = count == 0 ? lines.minimum : min(minimum, lines.minimum)
        maximum = max(maximum, lines.maximum)
        lastIngestionTime = ingestionTime
        count += lines.count
        bytes += lines.bytes.count
    }
}

extension LogSegment {
    /// The segment of a closed file.
    ///
    /// - Returns: `nil` if the name is not one of a closed file, or says what cannot be.
    init?(closedFile name: String, bytes: Int) {
        guard name.hasSuffix(".log") else { return nil }
        let parts = name.dropLast(4).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[5] == "s" || parts[5] == "u",
            let first = Self.number(parts[0]), let count = Self.number(parts[1]), let minimum = Self.number(parts[2]),
            let maximum = Self.number(parts[3]), let ingestion = Self.number(parts[4]), count > 0, minimum <= maximum
        else { return nil }
        self.init(
            firstSequence: first, count: count, minimum: Int64(minimum), maximum: Int64(maximum),
            lastIngestionTime: Int64(ingestion), isSorted: parts[5] == "s", bytes: bytes, isClosed: true)
    }

    /// The first sequence of a file that was still written; `nil` for another name.
    static func firstSequence(ofOpenFile name: String) -> Int? {
        guard name.hasSuffix(".log") else { return nil }
        return number(name.dropLast(4))
    }

    /// Up to 18 digits, so that sums of them do not overflow.
    private static func number(_ text: Substring) -> Int? {
        guard (1...18).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    /// Counts the lines of a file whose name does not say what is in it.
    ///
    /// - Returns: The segment, without the bytes after the last newline: a line that was being written when the process
    ///   was killed.
    init(firstSequence: Int, scanning file: [UInt8]) {
        self = .empty(firstSequence: firstSequence)
        var rest = file[...]
        var isFirst = true
        while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
            count += 1
            if let line = LogLine(rest[..<newline]) {
                isSorted = isSorted && line.timestamp >= maximum
                minimum = isFirst ? line.timestamp : min(minimum, line.timestamp)
                maximum = max(maximum, line.timestamp)
                lastIngestionTime = line.ingestionTime
                isFirst = false
            }
            rest = rest[(newline + 1)...]
        }
        bytes = file.count - rest.count
    }
}
