#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The file system's side of opening a store.
enum StoreFile {
    /// Makes sure that the file is there and may be written.
    ///
    /// A missing file is created empty, which SQLite takes for an empty database; SQLite's other files get the
    /// permissions of this one. A file that exists is not opened: closing it again would drop SQLite's POSIX locks
    /// on it if this process already has a store there.
    ///
    /// - Returns: The absolute path with symbolic links resolved, so that every way to name a file leads to one lock.
    /// - Throws: ``StoreError/unusable(path:reason:)``
    static func prepare(_ path: String) throws -> String {
        if realPath(path) == nil, errno == ENOENT {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw unusable(path) }
            close(descriptor)
        }
        var status = stat()
        guard let resolved = realPath(path), stat(resolved, &status) == 0 else { throw unusable(path) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw StoreError.unusable(path: path, reason: "it is a directory")
        default: throw StoreError.unusable(path: path, reason: "it is not a regular file")
        }
        guard access(resolved, R_OK | W_OK) == 0 else { throw unusable(path) }
        return resolved
    }

    static func unusable(_ path: String, code: CInt = errno) -> StoreError {
        .unusable(path: path, reason: String(cString: strerror(code)))
    }

    private static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
