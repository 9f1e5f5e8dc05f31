#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The file system's side of opening a store.
enum StoreFile {
    /// The absolute path with symbolic links resolved, so that every way to name a file leads to the same lock.
    ///
    /// - Throws: ``StoreError/unusable(path:reason:)`` if the directory does not exist or the path names something
    ///   other than a regular file.
    static func resolve(_ path: String) throws -> String {
        if let existing = realPath(path) {
            var status = stat()
            guard stat(existing, &status) == 0 else { throw unusable(path) }
            switch status.st_mode & S_IFMT {
            case S_IFREG: return existing
            case S_IFDIR: throw StoreError.unusable(path: path, reason: "it is a directory")
            default: throw StoreError.unusable(path: path, reason: "it is not a regular file")
            }
        }
        guard errno == ENOENT else { throw unusable(path) }
        let (directory, name) = split(path)
        guard !name.isEmpty, let directory = realPath(directory) else { throw unusable(path, code: ENOENT) }
        return directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
    }

    /// SQLite takes an empty file for an empty database, and gives its other files the same permissions.
    static func createIfMissing(_ path: String) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw unusable(path) }
        close(descriptor)
    }

    static func unusable(_ path: String, code: CInt = errno) -> StoreError {
        .unusable(path: path, reason: String(cString: strerror(code)))
    }

    private static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let directory = path[..<slash]
        return (directory.isEmpty ? "/" : String(directory), String(path[path.index(after: slash)...]))
    }
}
