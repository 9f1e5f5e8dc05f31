import SystemPackage
import TrellisModel

/// A log stream: its directory and the index of its files.
struct LogStreamState: Sendable {
    /// Room on disk that a stream needs besides its events, so that streams without events count too.
    static let overhead = 4096

    var settings: LogStreamSettings
    let directory: FilePath
    /// In the order of their sequences; only the last one may be open.
    private(set) var segments: [LogSegment] = []
    private(set) var nextSequence = 0
    private(set) var lastIngestionTime: Int64 = 0

    init(settings: LogStreamSettings, directory: FilePath) {
        self.settings = settings
        self.directory = directory
    }

    /// - Returns: `nil` if the directory is not a stream.
    init?(loading directory: FilePath) throws {
        guard LogFiles.isDirectory(directory),
            let settings = LogSettingsFile.read(LogStreamSettings.self, in: directory)
        else { return nil }
        self.init(settings: settings, directory: directory)
        for name in try LogFiles.names(in: directory) {
            let path = directory.appending(name)
            if let first = LogSegment.firstSequence(ofOpenFile: name) {
                try recover(path, firstSequence: first)
            } else if let size = LogFiles.size(path), let segment = LogSegment(closedFile: name, bytes: size) {
                segments.append(segment)
            }
        }
        segments.sort { $0.firstSequence < $1.firstSequence }
        nextSequence = segments.map(\.nextSequence).max() ?? 0
        lastIngestionTime = segments.map(\.lastIngestionTime).max() ?? 0
    }

    /// A file that was being written when the last server ended: a torn line is cut, then the file is closed.
    private mutating func recover(_ path: FilePath, firstSequence: Int) throws {
        let size = LogFiles.size(path) ?? 0
        var segment = LogSegment(
            firstSequence: firstSequence, scanning: try LogFiles.read(path, limit: size))
        guard segment.count > 0 else { return LogFiles.remove(path) }
        if segment.bytes < size { try LogFiles.truncate(path, to: segment.bytes) }
        segment.isClosed = true
        try LogFiles.rename(path, to: directory.appending(segment.fileName))
        segments.append(segment)
    }

    var bytes: Int { segments.reduce(Self.overhead) { $0 + $1.bytes } }

    func path(of segment: LogSegment) -> FilePath { directory.appending(segment.fileName) }

    /// - Parameter segmentBytes: A file of this size takes no more.
    mutating func append(_ lines: EncodedLines, ingestionTime: Int64, segmentBytes: Int) throws {
        guard lines.count > 0 else { return }
        try closeFullSegment(segmentBytes)
        var segment = LogSegment.empty(firstSequence: nextSequence)
        if let last = segments.last, !last.isClosed { segment = last }
        try LogFiles.append(lines.bytes, to: path(of: segment), at: segment.bytes)
        if segments.last?.isClosed == false { segments.removeLast() }
        segment.add(lines, ingestionTime: ingestionTime)
        segments.append(segment)
        nextSequence = segment.nextSequence
        lastIngestionTime = ingestionTime
    }

    private mutating func closeFullSegment(_ segmentBytes: Int) throws {
        guard var segment = segments.last, !segment.isClosed, segment.bytes >= segmentBytes else { return }
        let path = path(of: segment)
        segment.isClosed = true
        try LogFiles.rename(path, to: self.path(of: segment))
        segments[segments.count - 1] = segment
    }

    /// Deletes the files that `isOver` names.
    ///
    /// - Returns: How many bytes they had.
    mutating func removeSegments(where isOver: (LogSegment) -> Bool) -> Int {
        let over = segments.filter(isOver)
        for segment in over { LogFiles.remove(path(of: segment)) }
        segments.removeAll(where: isOver)
        return over.reduce(0) { $0 + $1.bytes }
    }

    /// - Parameter expiry: Events before it are not seen.
    func view(after expiry: Int64?) -> LogStream {
        let expiry = expiry ?? 0
        let visible = segments.filter { $0.maximum >= expiry }
        let first = visible.map { max($0.minimum, expiry) }.min()
        let last = visible.map(\.maximum).max()
        return LogStream(
            name: settings.name, creationTime: settings.creationTime,
            firstEventTime: first.map { Timestamp(millisecondsSinceEpoch: $0) },
            lastEventTime: last.map { Timestamp(millisecondsSinceEpoch: $0) },
            lastIngestionTime: visible.isEmpty ? nil : Timestamp(millisecondsSinceEpoch: lastIngestionTime))
    }
}
