import Glibc
import SystemPackage

/// Unpacks packages into a directory that does not exist yet.
///
/// Files and directories are written first and symbolic links last, into a private directory with a temporary name:
/// while bytes are written, the tree holds no link that a name could pass through.
struct PackageExtractor {
    private let root: FilePath
    /// Made at the end.
    private var links: [PackageTree.Path: [UInt8]] = [:]

    private init(root: FilePath) {
        self.root = root
    }

    static func extract(_ zip: [UInt8], to destination: FilePath, limits: FunctionPackageLimits) throws {
        try extract(count: 1, to: destination, limits: limits) { _ in zip }
    }

    /// Lays several packages over each other.
    ///
    /// A name in a later package wins over the same name in an earlier one, whatever both are; two directories become one.
    ///
    /// - Parameter zip: Called once for each index, in order.
    /// - Throws: ``FunctionPackageError``; nothing is left behind.
    static func extract(
        count: Int, to destination: FilePath, limits: FunctionPackageLimits, zip: (Int) throws -> [UInt8]
    ) throws {
        var extractor = PackageExtractor(root: try DirectoryTree.makeTemporary(beside: destination))
        do {
            for index in 0..<count {
                try ZipReader.read(try zip(index), limits: limits) { entry, nextBlock in
                    try extractor.add(entry, nextBlock)
                }
            }
            try extractor.makeLinks()
            try DirectoryTree.setPermissions(0o755, of: extractor.root)
            try DirectoryTree.moveIntoPlace(extractor.root, destination)
        } catch {
            DirectoryTree.remove(extractor.root)
            throw error
        }
    }

    private mutating func add(_ entry: ZipReader.Entry, _ nextBlock: () throws -> ArraySlice<UInt8>) throws {
        if let parent = entry.path.parent { try makeDirectory(parent) }
        switch entry.kind {
        case .directory:
            try makeDirectory(entry.path)
        case .file:
            links[entry.path] = nil
            let path = place(of: entry.path)
            clear(path)
            try writeFile(path, permissions: entry.permissions | 0o644, nextBlock)
        case .link(let target):
            links[entry.path] = target
        }
    }

    /// Makes a directory and those above it, in the place of files and links of earlier packages.
    private mutating func makeDirectory(_ path: PackageTree.Path) throws {
        links[path] = nil
        let place = place(of: path)
        if Self.kind(of: place) == S_IFDIR { return }
        if let parent = path.parent { try makeDirectory(parent) }
        clear(place)
        try DirectoryTree.make(place, permissions: 0o755)
    }

    private func makeLinks() throws {
        for (path, target) in links.sorted(by: { $0.key.bytes.lexicographicallyPrecedes($1.key.bytes) }) {
            // A later package may have put a file where this link's directory was, or a link.
            guard Self.isDirectory(path.parent.map(place) ?? root, below: root) else { continue }
            let place = place(of: path)
            clear(place)
            try makeLink(place, to: target)
        }
    }

    private func place(of path: PackageTree.Path) -> FilePath { root.appending(path.filePathComponents) }

    /// Removes what a name of an earlier package has become; links are removed, not followed.
    private func clear(_ path: FilePath) {
        switch Self.kind(of: path) {
        case nil: break
        case S_IFDIR?: DirectoryTree.remove(path)
        default: unlink(path.string)
        }
    }

    /// `S_IFDIR`, `S_IFREG` and so on; `nil` if there is nothing.
    private static func kind(of path: FilePath) -> mode_t? {
        var status = Glibc.stat()
        return lstat(path.string, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    /// Whether no part of the way from the root is a link or a file.
    private static func isDirectory(_ path: FilePath, below root: FilePath) -> Bool {
        var path = path
        while path != root {
            guard kind(of: path) == S_IFDIR, path.removeLastComponent() else { return false }
        }
        return true
    }

    private func writeFile(
        _ path: FilePath, permissions: UInt32, _ nextBlock: () throws -> ArraySlice<UInt8>
    ) throws {
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

    private func makeLink(_ path: FilePath, to target: [UInt8]) throws {
        let made = (target + [0]).withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                text.baseAddress.map { symlink($0, path.string) } ?? -1
            }
        }
        guard made == 0 else { throw storageError(path) }
    }
}
