import Foundation
import NIOCore

/// Reads what is appended to a function's log file, from the end that it has at the beginning.
struct LogFollower {
    private static let longestRead = 1 << 20

    private let path: String
    private var position: UInt64
    private var file: UInt64?
    /// The beginning of a line that is not complete yet.
    private var rest: [UInt8] = []

    init(path: String) {
        self.path = path
        let status = Self.status(of: path)
        position = status?.size ?? 0
        file = status?.file
    }

    /// The complete lines since the last call, each with its line break.
    mutating func read() -> String {
        guard let status = Self.status(of: path) else { return "" }
        // A new file took the place of one that grew too large.
        if status.file != file || status.size < position {
            (file, position, rest) = (status.file, 0, [])
        }
        guard status.size > position, let handle = FileHandle(forReadingAtPath: path) else { return "" }
        defer { try? handle.close() }
        guard (try? handle.seek(toOffset: position)) != nil,
            let bytes = try? handle.read(upToCount: Self.longestRead), !bytes.isEmpty
        else { return "" }
        position += UInt64(bytes.count)
        rest += bytes
        guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { return "" }
        let lines = String(decoding: rest[...end], as: UTF8.self)
        rest.removeSubrange(...end)
        return lines
    }

    private static func status(of path: String) -> (file: UInt64, size: UInt64)? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return (UInt64(status.st_ino), UInt64(max(0, status.st_size)))
    }
}
