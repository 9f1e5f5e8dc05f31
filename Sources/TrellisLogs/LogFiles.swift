import FoundationEssentials
import Glibc
import SystemPackage

/// Failure of a system call on a file of the store.
struct LogFileError: Error, CustomStringConvertible {
    var operation: String
    var path: String
    var code: Int32

    var description: String { "\(operation) \(path): \(Errno(rawValue: code))" }
}

/// What the store does with files and directories.
enum LogFiles {
    static func makeDirectory(_ path: FilePath) throws {
        try FileManager.default.createDirectory(
            atPath: path.string, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    /// Removes a file or directory tree; one that is not there is fine.
    static func remove(_ path: FilePath) {
        // What cannot be removed now is found again when the store is opened.
        try? FileManager.default.removeItem(atPath: path.string)
    }

    static func names(in directory: FilePath) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory.string).sorted()
    }

    static func isDirectory(_ path: FilePath) -> Bool { mode(path) == S_IFDIR }

    private static func mode(_ path: FilePath) -> mode_t? {
        var status = Glibc.stat()
        return lstat(path.string, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    /// - Returns: `nil` if there is no such regular file.
    static func size(_ path: FilePath) -> Int? {
        var status = Glibc.stat()
        guard lstat(path.string, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    static func rename(_ old: FilePath, to new: FilePath) throws {
        guard Glibc.rename(old.string, new.string) == 0 else {
            throw LogFileError(operation: "rename", path: old.string, code: errno)
        }
    }

    static func truncate(_ path: FilePath, to size: Int) throws {
        guard Glibc.truncate(path.string, size) == 0 else {
            throw LogFileError(operation: "truncate", path: path.string, code: errno)
        }
    }

    /// Writes at the end of a file of `size` bytes; if that fails, the file is as long as it was.
    static func append(_ bytes: [UInt8], to path: FilePath, at size: Int) throws {
        let file = try open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC)
        try file.closeAfter {
            do {
                try file.writeAll(toAbsoluteOffset: Int64(size), bytes)
            } catch {
                _ = ftruncate(file.rawValue, size)
                throw error
            }
        }
    }

    /// Replaces a small file as a whole, durably.
    static func replace(_ path: FilePath, with bytes: [UInt8]) throws {
        let temporary = path.removingLastComponent().appending(".new")
        let file = try open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC)
        try file.closeAfter {
            try file.writeAll(bytes)
            guard fsync(file.rawValue) == 0 else {
                throw LogFileError(operation: "fsync", path: temporary.string, code: errno)
            }
        }
        try rename(temporary, to: path)
    }

    static func openForReading(_ path: FilePath) throws -> FileDescriptor {
        try open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    }

    private static func open(_ path: FilePath, _ flags: Int32) throws -> FileDescriptor {
        let descriptor = Glibc.open(path.string, flags, 0o600)
        guard descriptor >= 0 else { throw LogFileError(operation: "open", path: path.string, code: errno) }
        return FileDescriptor(rawValue: descriptor)
    }

    /// The first `count` bytes of a file, fewer if it is shorter.
    static func read(_ file: FileDescriptor, count: Int) throws -> [UInt8] {
        var failure: (any Error)?
        let bytes = [UInt8](unsafeUninitializedCapacity: max(0, count)) { buffer, size in
            size = 0
            do {
                while size < count {
                    let part = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[size...])
                    let taken = try file.read(fromAbsoluteOffset: Int64(size), into: part)
                    guard taken > 0 else { break }
                    size += taken
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    static func read(_ path: FilePath, limit: Int) throws -> [UInt8] {
        let file = try openForReading(path)
        return try file.closeAfter { try read(file, count: min(limit, size(path) ?? 0)) }
    }
}
