import Glibc
import SystemPackage

/// Unpacks a package into a directory that does not exist yet.
///
/// Files and directories are written first and symbolic links last, into a private directory with a temporary name:
/// while bytes are written, the tree holds no link that a name could pass through.
enum PackageExtractor {
    /// - Throws: ``FunctionPackageError``; nothing is left behind.
    static func extract(_ zip: [UInt8], to destination: FilePath, limits: FunctionPackageLimits) throws {
        let root = try DirectoryTree.makeTemporary(beside: destination)
        do {
            var links: [(path: FilePath, target: [UInt8])] = []
            try ZipReader.read(zip, limits: limits) { entry, nextBlock in
                let path = root.appending(entry.path.filePathComponents)
                switch entry.kind {
                case .directory:
                    try DirectoryTree.make(path, permissions: 0o755)
                case .file:
                    try DirectoryTree.make(path.removingLastComponent(), permissions: 0o755)
                    try writeFile(path, permissions: entry.permissions | 0o644, nextBlock)
                case .link(let target):
                    links.append((path, target))
                }
            }
            for link in links { try makeLink(link.path, to: link.target) }
            try DirectoryTree.setPermissions(0o755, of: root)
            try DirectoryTree.moveIntoPlace(root, destination)
        } catch {
            DirectoryTree.remove(root)
            throw error
        }
    }

    private static func writeFile(
        _ path: FilePath, permissions: UInt32, _ nextBlock: () throws -> ArraySlice<UInt8>
    ) throws {
        // Of two entries with one name the later one counts.
        unlink(path.string)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let descriptor = open(path.string, flags, 0o600)
        guard descriptor >= 0 else { throw storageError(path) }
        let file = FileDescriptor(rawValue: descriptor)
        try file.closeAfter {
            while case let block = try nextBlock(), !block.isEmpty {
                do { try file.writeAll(block) } catch { throw storageError(path, error) }
            }
            guard fchmod(descriptor, permissions) == 0 else { throw storageError(path) }
        }
    }

    private static func makeLink(_ path: FilePath, to target: [UInt8]) throws {
        try DirectoryTree.make(path.removingLastComponent(), permissions: 0o755)
        let made = (target + [0]).withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                text.baseAddress.map { symlink($0, path.string) } ?? -1
            }
        }
        guard made == 0 else { throw storageError(path) }
    }
}
