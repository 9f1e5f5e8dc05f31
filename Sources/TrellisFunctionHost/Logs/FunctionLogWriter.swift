import Dispatch
import Glibc
import Logging
import NIOCore
import SystemPackage
import TrellisModel

/// Appends to the functions' log files, one batch after the other, on a queue of its own.
///
/// A function of the server's own account and Region logs to `<data-dir>/logs/<name>.log`, any other one to
/// `<data-dir>/logs/<account>/<region>/<name>.log`. A file that would grow over its limit is renamed to
/// `<name>.log.1`, in place of an earlier one.
final class FunctionLogWriter: Sendable {
    private let directory: FilePath
    private let homeScope: Scope
    private let fileLimit: Int
    private let logger: Logger
    private let queue = DispatchQueue(label: "trellis.function-logs")

    init(directory: FilePath, homeScope: Scope, fileLimit: Int, logger: Logger) {
        self.directory = directory
        self.homeScope = homeScope
        self.fileLimit = fileLimit
        self.logger = logger
    }

    func path(of function: FunctionARN) -> FilePath {
        var folder = directory
        if function.scope != homeScope {
            folder.append(function.scope.account.rawValue)
            folder.append(function.scope.region.rawValue)
        }
        return folder.appending(function.name.rawValue + ".log")
    }

    /// Writes a batch; `done` is called on the queue when it is in the files or was given up.
    func write(_ batch: [FunctionARN: ByteBuffer], done: @escaping @Sendable () -> Void) {
        queue.async { [self] in
            for (function, bytes) in batch {
                let path = path(of: function)
                do {
                    try append(bytes, to: path)
                } catch {
                    // The function must not fail because its log cannot be written.
                    logger.error(
                        "function log cannot be written",
                        metadata: [
                            "path": "\(path)", "bytes": "\(bytes.readableBytes)", "error": "\(error)",
                        ])
                }
            }
            done()
        }
    }

    private func append(_ bytes: ByteBuffer, to path: FilePath) throws {
        let descriptor = try openForAppending(path)
        try SystemPackage.FileDescriptor(rawValue: descriptor).closeAfter {
            var status = Glibc.stat()
            guard fstat(descriptor, &status) == 0 else { throw storageError(path) }
            // Rotated between batches: a file exceeds its limit by one batch at most.
            if status.st_size >= fileLimit {
                guard rename(path.string, path.string + ".1") == 0 else { throw storageError(path) }
                let fresh = SystemPackage.FileDescriptor(rawValue: try openForAppending(path))
                _ = try fresh.closeAfter { try fresh.writeAll(bytes.readableBytesView) }
            } else {
                _ = try SystemPackage.FileDescriptor(rawValue: descriptor).writeAll(bytes.readableBytesView)
            }
        }
    }

    private func openForAppending(_ path: FilePath) throws -> CInt {
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC
        var descriptor = open(path.string, flags, 0o600)
        if descriptor < 0, errno == ENOENT {
            try DirectoryTree.make(path.removingLastComponent())
            descriptor = open(path.string, flags, 0o600)
        }
        guard descriptor >= 0 else { throw storageError(path) }
        return descriptor
    }
}
