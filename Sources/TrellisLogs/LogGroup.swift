import FoundationEssentials
import SystemPackage
package import TrellisModel

/// A log group as its owner sees it.
package struct LogGroup: Hashable, Sendable {
    package var name: LogGroupName
    package var settings: LogGroupSettings
    /// Of all events that have not expired.
    package var storedBytes: Int
}

/// What is kept of a log group besides its streams; a file in its directory.
package struct LogGroupSettings: Codable, Hashable, Sendable {
    package var name: LogGroupName
    package var creationTime: Timestamp
    /// `nil` keeps events for ever.
    package var retentionInDays: Int?
    package var logGroupClass: String
    package var isDeletionProtected: Bool
    package var tags: [String: String]

    package init(
        name: LogGroupName, creationTime: Timestamp, logGroupClass: String = "STANDARD",
        isDeletionProtected: Bool = false, tags: [String: String] = [:]
    ) {
        self.name = name
        self.creationTime = creationTime
        self.logGroupClass = logGroupClass
        self.isDeletionProtected = isDeletionProtected
        self.tags = tags
    }

    /// Events before it have expired; `nil` if none ever does.
    package func expiry(at now: Timestamp) -> Int64? {
        retentionInDays.map { now.millisecondsSinceEpoch - Int64($0) * 86_400_000 }
    }
}

/// A log stream as its owner sees it.
package struct LogStream: Hashable, Sendable {
    package var name: LogStreamName
    package var creationTime: Timestamp
    /// `nil` if there is no event.
    package var firstEventTime: Timestamp?
    package var lastEventTime: Timestamp?
    package var lastIngestionTime: Timestamp?
}

/// What is kept of a log stream besides its events; a file in its directory.
struct LogStreamSettings: Codable, Hashable, Sendable {
    var name: LogStreamName
    var creationTime: Timestamp
    /// Made by CreateLogStream: stays when its last event has expired.
    var isPermanent: Bool
}

extension LogStreamName: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let name = LogStreamName(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a log stream name")
        }
        self = name
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

/// The settings files of groups and streams.
enum LogSettingsFile {
    private static let name = "settings.json"
    private static let longest = 1024 * 1024

    /// - Returns: `nil` if there is none, or none that can be read.
    static func read<Settings: Decodable>(_ type: Settings.Type, in directory: FilePath) -> Settings? {
        guard let bytes = try? LogFiles.read(directory.appending(name), limit: longest) else { return nil }
        return try? JSONDecoder().decode(Settings.self, from: Data(bytes))
    }

    static func write(_ settings: some Encodable, in directory: FilePath) throws {
        try LogFiles.replace(directory.appending(name), with: Array(try JSONEncoder().encode(settings)))
    }
}
