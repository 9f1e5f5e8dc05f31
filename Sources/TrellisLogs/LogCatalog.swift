import Logging
import SystemPackage
import TrellisModel

/// All log groups and streams, and the files in which they are: `<account>/<region>/<group>/<stream>/`.
///
/// Every change is on disk before it is here.
struct LogCatalog: Sendable {
    struct Group: Sendable {
        var settings: LogGroupSettings
        let directory: FilePath
        var streams: [LogStreamName: LogStreamState] = [:]
    }

    struct Key: Hashable, Sendable {
        var scope: Scope
        var group: LogGroupName
    }

    /// Deletions that are remembered for writers that outlive their group.
    private static let maximumDeletions = 10_000

    let configuration: LogStoreConfiguration
    private(set) var groups: [Key: Group] = [:]
    /// Of all streams.
    private(set) var bytes = 0
    private var deletions: [Key: Timestamp] = [:]

    init(configuration: LogStoreConfiguration) {
        self.configuration = configuration
    }

    // MARK: Loading

    /// Reads what is in the directory; what is not of this store is left alone.
    mutating func load(_ logger: Logger) throws {
        groups = [:]
        try LogFiles.makeDirectory(configuration.directory)
        for account in try LogFiles.names(in: configuration.directory) {
            guard let account = AccountID(account) else { continue }
            let directory = configuration.directory.appending(account.rawValue)
            guard LogFiles.isDirectory(directory) else { continue }
            for region in try LogFiles.names(in: directory) {
                guard let region = Region(region), LogFiles.isDirectory(directory.appending(region.rawValue)) else {
                    continue
                }
                try load(Scope(account: account, region: region), logger)
            }
        }
        bytes = groups.values.reduce(0) { $0 + $1.streams.values.reduce(0) { $0 + $1.bytes } }
    }

    private mutating func load(_ scope: Scope, _ logger: Logger) throws {
        let directory = directory(of: scope)
        for name in try LogFiles.names(in: directory) {
            let path = directory.appending(name)
            guard LogFiles.isDirectory(path) else { continue }
            // A group whose deletion, or making, did not come to its end.
            guard let settings = LogSettingsFile.read(LogGroupSettings.self, in: path) else {
                if name.hasPrefix(".deleted-") { LogFiles.remove(path) }
                continue
            }
            if name.hasPrefix(".") {
                LogFiles.remove(path)
                continue
            }
            groups[Key(scope: scope, group: settings.name)] = Group(
                settings: settings, directory: path, streams: try streams(in: path, logger))
        }
    }

    private func streams(in directory: FilePath, _ logger: Logger) throws -> [LogStreamName: LogStreamState] {
        var streams: [LogStreamName: LogStreamState] = [:]
        for name in try LogFiles.names(in: directory) {
            let path = directory.appending(name)
            do {
                if let stream = try LogStreamState(loading: path) { streams[stream.settings.name] = stream }
            } catch {
                // One bad file must not hide all other logs.
                logger.error("log stream cannot be read", metadata: ["path": "\(path)", "error": "\(error)"])
            }
        }
        return streams
    }

    private func directory(of scope: Scope) -> FilePath {
        configuration.directory.appending(scope.account.rawValue).appending(scope.region.rawValue)
    }

    // MARK: Groups

    func group(_ key: Key) throws(LogStoreError) -> Group {
        guard let group = groups[key] else { throw .noSuchGroup }
        return group
    }

    mutating func create(_ settings: LogGroupSettings, in scope: Scope) throws {
        let key = Key(scope: scope, group: settings.name)
        guard groups[key] == nil else { throw LogStoreError.groupExists }
        let directory = directory(of: scope).appending(LogFileName.encode(settings.name.rawValue))
        try LogFiles.makeDirectory(directory)
        try LogSettingsFile.write(settings, in: directory)
        groups[key] = Group(settings: settings, directory: directory)
    }

    mutating func change(_ key: Key, _ change: (inout LogGroupSettings) throws -> Void) throws {
        var group = try group(key)
        try change(&group.settings)
        try LogSettingsFile.write(group.settings, in: group.directory)
        groups[key] = group
    }

    mutating func delete(_ key: Key, now: Timestamp) throws {
        let group = try group(key)
        guard !group.settings.isDeletionProtected else { throw LogStoreError.deletionProtected }
        // In one step out of sight, also of the next start.
        let last = group.directory.lastComponent?.string ?? ""
        let doomed = group.directory.removingLastComponent().appending(".deleted-\(last)")
        LogFiles.remove(doomed)
        try LogFiles.rename(group.directory, to: doomed)
        groups[key] = nil
        bytes -= group.streams.values.reduce(0) { $0 + $1.bytes }
        if deletions.count >= Self.maximumDeletions { deletions = [:] }
        deletions[key] = now
        LogFiles.remove(doomed)
    }

    // MARK: Streams

    mutating func createStream(_ settings: LogStreamSettings, in key: Key) throws {
        guard var stream = try group(key).streams[settings.name] else {
            return try addStream(settings, to: key)
        }
        // A stream that came about by itself is not one that its owner made.
        guard !stream.settings.isPermanent, stream.segments.isEmpty else { throw LogStoreError.streamExists }
        stream.settings.isPermanent = true
        try LogSettingsFile.write(stream.settings, in: stream.directory)
        groups[key]?.streams[settings.name] = stream
    }

    private mutating func addStream(_ settings: LogStreamSettings, to key: Key) throws {
        let directory = try group(key).directory.appending(LogFileName.encode(settings.name.rawValue))
        LogFiles.remove(directory)
        try LogFiles.makeDirectory(directory)
        try LogSettingsFile.write(settings, in: directory)
        groups[key]?.streams[settings.name] = LogStreamState(settings: settings, directory: directory)
        bytes += LogStreamState.overhead
    }

    mutating func deleteStream(_ name: LogStreamName, in key: Key) throws {
        guard let stream = try group(key).streams[name] else { throw LogStoreError.noSuchStream }
        LogFiles.remove(stream.directory)
        groups[key]?.streams[name] = nil
        bytes -= stream.bytes
    }

    // MARK: Events

    /// Makes the group and the stream of a batch where the batch allows it.
    ///
    /// - Returns: `false` if its events are not wanted.
    mutating func prepare(_ id: LogStreamID, _ missingGroup: MissingLogGroup, now: Timestamp) throws -> Bool {
        let key = Key(scope: id.scope, group: id.group)
        if groups[key] == nil {
            guard case .create(let begin) = missingGroup, !wasDeleted(key, since: begin) else { return false }
            try create(LogGroupSettings(name: id.group, creationTime: now), in: id.scope)
        }
        if groups[key]?.streams[id.stream] == nil {
            try addStream(LogStreamSettings(name: id.stream, creationTime: now, isPermanent: false), to: key)
        }
        return true
    }

    private func wasDeleted(_ key: Key, since begin: Timestamp) -> Bool {
        deletions[key].map { $0 >= begin } ?? false
    }

    mutating func append(_ lines: EncodedLines, to id: LogStreamID, now: Timestamp) throws {
        let key = Key(scope: id.scope, group: id.group)
        guard groups[key]?.streams[id.stream] != nil else { throw LogStoreError.noSuchStream }
        try groups[key]?.streams[id.stream]?.append(
            lines, ingestionTime: now.millisecondsSinceEpoch, segmentBytes: configuration.segmentBytes)
        bytes += lines.bytes.count
    }

    // MARK: Bounds

    /// Deletes what has expired.
    mutating func expire(now: Timestamp) {
        for (key, group) in groups {
            guard let expiry = group.settings.expiry(at: now) else { continue }
            for name in group.streams.keys { removeSegments(of: name, in: key) { $0.maximum < expiry } }
        }
    }

    /// Deletes the oldest events until there is room again.
    ///
    /// - Returns: How many bytes went.
    mutating func makeRoom() -> Int {
        guard bytes > configuration.maximumBytes else { return 0 }
        let before = bytes
        // A tenth more, so that not every batch has to look for room.
        let goal = configuration.maximumBytes / 10 * 9
        var candidates: [(key: Key, stream: LogStreamName, segment: LogSegment?, time: Int64)] = []
        for (key, group) in groups {
            for (name, stream) in group.streams {
                candidates += stream.segments.map { (key, name, $0, $0.maximum) }
                if stream.segments.isEmpty {
                    candidates.append((key, name, nil, stream.settings.creationTime.millisecondsSinceEpoch))
                }
            }
        }
        candidates.sort { $0.time < $1.time }
        for candidate in candidates {
            guard bytes > goal else { break }
            removeSegments(of: candidate.stream, in: candidate.key) {
                $0.firstSequence == candidate.segment?.firstSequence
            }
        }
        return before - bytes
    }

    /// A stream that came about by itself goes with its last event.
    private mutating func removeSegments(
        of name: LogStreamName, in key: Key, where isOver: (LogSegment) -> Bool
    ) {
        guard var stream = groups[key]?.streams[name] else { return }
        bytes -= stream.removeSegments(where: isOver)
        if stream.segments.isEmpty, !stream.settings.isPermanent {
            LogFiles.remove(stream.directory)
            bytes -= LogStreamState.overhead
            groups[key]?.streams[name] = nil
        } else {
            groups[key]?.streams[name] = stream
        }
    }
}
