import FoundationEssentials
import Glibc
import SystemPackage

/// Directories of the host: made, moved into place whole, and removed.
///
/// Every function blocks and belongs on a thread pool.
enum DirectoryTree {
    /// Makes a directory and those above it; one that is there is left as it is.
    static func make(_ path: FilePath, permissions: UInt32 = 0o700) throws(FunctionPackageError) {
        if mkdir(path.string, permissions) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, path.removingLastComponent() != path else { throw storageError(path) }
        try make(path.removingLastComponent(), permissions: permissions)
        guard mkdir(path.string, permissions) == 0 || errno == EEXIST else { throw storageError(path) }
    }

    /// A new directory (0700) with a name that starts with ``temporaryPrefix``, in the parent of `path`.
    static func makeTemporary(beside path: FilePath) throws(FunctionPackageError) -> FilePath {
        let parent = path.removingLastComponent()
        try make(parent)
        let template = parent.appending(temporaryPrefix + "XXXXXX")
        var name = Array(template.string.utf8CString)
        guard mkdtemp(&name) != nil else { throw storageError(template) }
        return FilePath(String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self))
    }

    /// What unfinished work is called until it is renamed; left over only after a crash.
    static let temporaryPrefix = ".incomplete-"

    static func setPermissions(_ permissions: UInt32, of path: FilePath) throws(FunctionPackageError) {
        guard chmod(path.string, permissions) == 0 else { throw storageError(path) }
    }

    /// Renames a finished directory; if another one is already there, that one stays and ours is removed.
    static func moveIntoPlace(_ source: FilePath, _ destination: FilePath) throws(FunctionPackageError) {
        if rename(source.string, destination.string) == 0 { return }
        guard errno == ENOTEMPTY || errno == EEXIST else { throw storageError(destination) }
        remove(source)
    }

    /// Makes the names in a directory durable.
    static func sync(_ path: FilePath) throws(FunctionPackageError) {
        let descriptor = open(path.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw storageError(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw storageError(path) }
    }

    /// Removes a directory with all it holds, as far as the permissions allow; links are removed, not followed.
    static func remove(_ path: FilePath) {
        // What cannot be removed now is tried again at the next start.
        try? FileManager.default.removeItem(atPath: path.string)
    }

    /// The names in a directory; none if it does not exist.
    static func names(in path: FilePath) -> [String] {
        // A directory that cannot be read has nothing that could be cleaned up.
        (try? FileManager.default.contentsOfDirectory(atPath: path.string)) ?? []
    }
}

extension PackageTree.Path {
    /// The checked parts below the package's root.
    var filePathComponents: FilePath.ComponentView {
        (bytes + [0]).withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                text.baseAddress.map { FilePath(platformString: $0).components } ?? FilePath.ComponentView()
            }
        }
    }
}

/// The error of the C function that failed last.
func storageError(_ path: FilePath) -> FunctionPackageError {
    storageError(path, Errno(rawValue: errno))
}

func storageError(_ path: FilePath, _ error: any Error) -> FunctionPackageError {
    .storage(path: path.string, reason: "\(error)")
}
