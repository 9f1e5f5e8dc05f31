import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Keeps a second process away from a store: `<path>.lock`, locked with `flock` for as long as the store is open.
///
/// Two processes could share the SQLite file, but neither would wake the other's watchers. The kernel lets go of the
/// lock when the process ends, however it ends. It is a file of its own because closing any descriptor of the database
/// file would drop SQLite's POSIX locks on it. It stays behind on purpose: removing it would race with another process
/// that has just opened it.
final class LockFile: Sendable {
    private let descriptor: Mutex<CInt?>

    /// - Throws: ``StoreError/unusable(path:reason:)`` if the lock is taken or the file cannot be created.
    init(forStoreAt path: String) throws {
        // Close-on-exec: a function's process must not hold the lock after this one has ended.
        let descriptor = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreFile.unusable(path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            let holder = Self.readProcessID(descriptor)
            close(descriptor)
            guard code == EWOULDBLOCK else { throw StoreFile.unusable(path, code: code) }
            let process = holder.map { "process \($0)" } ?? "another process"
            throw StoreError.unusable(path: path, reason: "\(process) has it open")
        }
        Self.writeProcessID(descriptor)
        self.descriptor = Mutex(descriptor)
    }

    deinit {
        release()
    }

    func release() {
        descriptor.withLock { descriptor in
            if let open = descriptor {
                // Closing alone is not enough: a child that is between fork and exec still has a copy.
                _ = flock(open, LOCK_UN)
                close(open)
            }
            descriptor = nil
        }
    }

    /// For the other side's error message only: a full disk must not stop the store from opening.
    private static func writeProcessID(_ descriptor: CInt) {
        guard ftruncate(descriptor, 0) == 0 else { return }
        let text = Array("\(getpid())\n".utf8)
        _ = pwrite(descriptor, text, text.count, 0)
    }

    private static func readProcessID(_ descriptor: CInt) -> Int32? {
        var text = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &text, text.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: text.prefix(count).prefix { $0 != 0x0A }, as: UTF8.self))
    }
}
