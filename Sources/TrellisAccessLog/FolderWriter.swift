import Glibc
import NIOCore
import NIOPosix
import SystemPackage
import TrellisModel
import TrellisRouting

/// One gzip file for each batch in a local folder, under the name that an S3 object has.
///
/// A file appears whole or not at all.
struct FolderWriter: AccessLogWriter {
    let log: CompiledAccessLog
    let folder: FilePath
    let prefix: String?
    let threadPool: NIOThreadPool

    let batchBytes = 8_388_608

    func write(_ batch: inout AccessLogBatch) async throws(AccessLogWriteError) {
        let key = AccessLogObjectName(log, prefix: prefix, batch: batch).key
        let file = folder.appending(FolderName.components(of: key))
        let lines = batch.bytes
        do {
            try await threadPool.runIfActive {
                try FileTree.write(try Gzip.compress(lines), to: file)
            }
        } catch {
            throw .unavailable("\(file): \(error)")
        }
        batch.finish(first: batch.lines.count)
    }
}

/// Names that callers of the API choose, as names of folders.
enum FolderName {
    /// The parts between slashes; one that means another folder, or cannot be a name, is percent-encoded.
    static func components(of text: String) -> [FilePath.Component] {
        text.split(separator: "/").compactMap { part in
            FilePath.Component(isName(part) ? String(part) : encoded(part))
        }
    }

    private static func isName(_ part: Substring) -> Bool {
        part != "." && part != ".." && part.utf8.count <= longestName
            && part.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "%") }
    }

    private static func encoded(_ part: Substring) -> String {
        let digits = Array("0123456789ABCDEF")
        var text = ""
        for byte in part.utf8.prefix(longestName / 3) {
            text += "%"
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return text
    }

    /// What file systems take.
    private static let longestName = 255
}

/// Blocking work on files, for a thread pool.
enum FileTree {
    /// Writes to a temporary name beside the file and renames it.
    static func write(_ bytes: ByteBuffer, to file: FilePath) throws {
        try makeDirectory(file.removingLastComponent())
        let temporary = FilePath(file.string + ".new")
        let descriptor = try SystemPackage.FileDescriptor.open(
            temporary, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: [.ownerReadWrite])
        try descriptor.closeAfter {
            _ = try bytes.withUnsafeReadableBytes { try descriptor.writeAll($0) }
        }
        guard rename(temporary.string, file.string) == 0 else { throw Errno(rawValue: errno) }
    }

    /// Makes a directory and those above it.
    static func makeDirectory(_ path: FilePath) throws {
        if path.isEmpty || mkdir(path.string, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, path.removingLastComponent() != path else { throw Errno(rawValue: errno) }
        try makeDirectory(path.removingLastComponent())
        guard mkdir(path.string, 0o700) == 0 || errno == EEXIST else { throw Errno(rawValue: errno) }
    }
}
