import Glibc
import NIOCore
import NIOPosix
import Synchronization
import SystemPackage

/// Appends lines to a file that is renamed when it is large: `access.log` becomes `access.log.1`, that one
/// `access.log.2`, and so on.
final class RotatingFileWriter: AccessLogWriter {
    private struct Open {
        let descriptor: SystemPackage.FileDescriptor
        var size: Int
    }

    private let path: FilePath
    private let maximumBytes: Int
    private let keptFiles: Int
    private let threadPool: NIOThreadPool
    private let open = Mutex<Open?>(nil)

    let batchBytes = 262_144

    init(path: FilePath, maximumBytes: Int, keptFiles: Int, threadPool: NIOThreadPool) {
        self.path = path
        self.maximumBytes = maximumBytes
        self.keptFiles = keptFiles
        self.threadPool = threadPool
    }

    deinit {
        try? open.withLock { $0?.descriptor }?.close()
    }

    func write(_ batch: inout AccessLogBatch) async throws(AccessLogWriteError) {
        let bytes = batch.bytes
        do {
            try await threadPool.runIfActive { try self.append(bytes) }
        } catch {
            throw .unavailable("\(path): \(error)")
        }
        batch.finish(first: batch.lines.count)
    }

    private func append(_ bytes: ByteBuffer) throws {
        try open.withLock { open in
            if open.map({ $0.size >= maximumBytes }) ?? false || isReplaced(open) { try close(&open) }
            var file = try open ?? begin()
            do {
                _ = try bytes.withUnsafeReadableBytes { try file.descriptor.writeAll($0) }
            } catch {
                // The lines are written again, and must not follow a part of them.
                try? file.descriptor.resize(to: Int64(file.size))
                open = file
                throw error
            }
            file.size += bytes.readableBytes
            open = file
        }
    }

    /// Whether somebody has moved or removed the file.
    private func isReplaced(_ open: Open?) -> Bool {
        guard let open else { return false }
        var mine = stat()
        var named = stat()
        guard fstat(open.descriptor.rawValue, &mine) == 0, stat(path.string, &named) == 0 else { return true }
        return mine.st_ino != named.st_ino || mine.st_dev != named.st_dev
    }

    private func close(_ open: inout Open?) throws {
        let file = open
        open = nil
        try file?.descriptor.close()
    }

    private func begin() throws -> Open {
        try FileTree.makeDirectory(path.removingLastComponent())
        var named = stat()
        if stat(path.string, &named) == 0, Int(named.st_size) >= maximumBytes { try rotate() }
        let descriptor = try SystemPackage.FileDescriptor.open(
            path, .readWrite, options: [.create, .append, .closeOnExec], permissions: [.ownerReadWrite])
        var size = Int(try descriptor.seek(offset: 0, from: .end))
        // A line that was cut short when the program was killed stays a line of its own.
        if size > 0 {
            let last = try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) { buffer in
                let count = try descriptor.read(
                    fromAbsoluteOffset: Int64(size - 1), into: UnsafeMutableRawBufferPointer(buffer))
                return count == 1 ? buffer[0] : UInt8(ascii: "\n")
            }
            if last != UInt8(ascii: "\n") { size += try descriptor.writeAll("\n".utf8) }
        }
        return Open(descriptor: descriptor, size: size)
    }

    private func rotate() throws {
        guard keptFiles > 0 else {
            guard unlink(path.string) == 0 || errno == ENOENT else { throw Errno(rawValue: errno) }
            return
        }
        for number in stride(from: keptFiles, through: 1, by: -1) {
            let older = "\(path.string).\(number)"
            let newer = number == 1 ? path.string : "\(path.string).\(number - 1)"
            guard rename(newer, older) == 0 || errno == ENOENT else { throw Errno(rawValue: errno) }
        }
    }
}

/// Writes lines to the program's standard output.
struct StandardOutputWriter: AccessLogWriter {
    let threadPool: NIOThreadPool

    let batchBytes = 65_536

    func write(_ batch: inout AccessLogBatch) async throws(AccessLogWriteError) {
        let bytes = batch.bytes
        do {
            try await threadPool.runIfActive {
                _ = try bytes.withUnsafeReadableBytes { try SystemPackage.FileDescriptor.standardOutput.writeAll($0) }
            }
        } catch {
            // How much of it was written is not known, and lines must not be broken.
            throw .refused("standard output: \(error)")
        }
        batch.finish(first: batch.lines.count)
    }
}
