import Foundation
import SystemPackage

/// Small files that other programs read: they appear whole or not at all.
enum DurableFile {
    /// Writes to a temporary name, syncs, and renames.
    ///
    /// - Throws: ``CommandFailure`` that names the path.
    static func write(_ text: String, to path: String, permissions: FilePermissions.RawValue) throws {
        let temporary = "\(path).new"
        do {
            let file = try FileDescriptor.open(
                FilePath(temporary), .writeOnly, options: [.create, .truncate],
                permissions: FilePermissions(rawValue: permissions))
            try file.closeAfter {
                _ = try file.writeAll(text.utf8)
                guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
            }
            guard rename(temporary, path) == 0 else { throw Errno(rawValue: errno) }
        } catch {
            throw CommandFailure(.unavailable, "cannot write \(path): \(error)")
        }
    }
}
