import CLibArchive
import Glibc

/// The entries of a zip archive in memory, by libarchive with every format but zip left out.
///
/// Upload validation and unpacking both go through here and so see the same archive.
struct ZipReader {
    struct Entry {
        /// Where it goes, below the root of the package.
        var path: PackageTree.Path
        var kind: PackageTree.Kind
        /// The permission bits in the archive.
        var permissions: UInt32
    }

    private static let blockSize = 64 * 1024

    private let handle: OpaquePointer
    private var tree = PackageTree()
    private var bytesLeft: Int
    private let limits: FunctionPackageLimits

    private init(handle: OpaquePointer, bytesLeft: Int, limits: FunctionPackageLimits) {
        self.handle = handle
        self.bytesLeft = bytesLeft
        self.limits = limits
    }

    /// Reads the whole archive.
    ///
    /// - Parameters:
    ///   - visit: Called for each entry in the archive's order, with a function that reads the entry's next block of
    ///     data (at most 64 KiB; empty at the end). What `visit` leaves unread is read and counted afterwards.
    /// - Returns: The size of all files together, in bytes.
    /// - Throws: ``FunctionPackageError`` of the archive, or what `visit` throws.
    @discardableResult
    static func read(
        _ zip: [UInt8], limits: FunctionPackageLimits,
        visit: (Entry, _ nextBlock: () throws -> ArraySlice<UInt8>) throws -> Void
    ) throws -> Int {
        guard zip.count < limits.zippedBytes else {
            throw FunctionPackageError.zippedTooLarge(limit: limits.zippedBytes)
        }
        try ZipDirectory.check(zip, limits: limits)
        guard let handle = archive_read_new() else { throw FunctionPackageError.notAZip(reason: "out of memory") }
        defer { archive_read_free(handle) }
        // libarchive reads from this memory until it is closed, hence the closure around everything.
        return try zip.withUnsafeBytes { memory in
            defer { archive_read_close(handle) }
            guard archive_read_support_format_zip_seekable(handle) == ARCHIVE_OK,
                archive_read_open_memory(handle, memory.baseAddress, memory.count) == ARCHIVE_OK
            else { throw failure(handle) }
            var reader = ZipReader(handle: handle, bytesLeft: limits.unzippedBytes, limits: limits)
            try reader.visitAll(visit)
            return limits.unzippedBytes - reader.bytesLeft
        }
    }

    private mutating func visitAll(
        _ visit: (Entry, _ nextBlock: () throws -> ArraySlice<UInt8>) throws -> Void
    ) throws {
        var block = [UInt8](repeating: 0, count: Self.blockSize)
        var count = 0
        while let entry = try nextEntry() {
            count += 1
            // libarchive also reads entries that the directory does not count.
            guard count <= limits.entries else { throw FunctionPackageError.tooManyEntries(limit: limits.entries) }
            guard let entry = try checked(entry) else { continue }
            var bytesLeft = bytesLeft
            let nextBlock = { [handle, limits] () throws -> ArraySlice<UInt8> in
                let size = block.withUnsafeMutableBytes { archive_read_data(handle, $0.baseAddress, $0.count) }
                guard size >= 0, size <= block.count else { throw Self.failure(handle) }
                guard size < bytesLeft else {
                    throw FunctionPackageError.unzippedTooLarge(limit: limits.unzippedBytes)
                }
                bytesLeft -= size
                return block[..<size]
            }
            try visit(entry, nextBlock)
            if entry.kind == .file {
                while try !nextBlock().isEmpty {}
            }
            self.bytesLeft = bytesLeft
        }
        try tree.checkLinks()
    }

    private func nextEntry() throws(FunctionPackageError) -> OpaquePointer? {
        var entry: OpaquePointer?
        let status = archive_read_next_header(handle, &entry)
        if status == ARCHIVE_EOF { return nil }
        // A warning is about a name that the C locale cannot spell; the bytes of the name are kept.
        guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let entry else { throw failure() }
        return entry
    }

    private mutating func checked(_ entry: OpaquePointer) throws(FunctionPackageError) -> Entry? {
        guard let name = bytes(archive_entry_pathname(entry)) ?? bytes(archive_entry_pathname_utf8(entry)) else {
            throw .notAZip(reason: "an entry has no readable name")
        }
        let kind = try kind(of: entry, name)
        guard let path = try tree.add(name, kind) else { return nil }
        return Entry(path: path, kind: kind, permissions: UInt32(archive_entry_perm(entry)) & 0o777)
    }

    private func kind(of entry: OpaquePointer, _ name: [UInt8]) throws(FunctionPackageError) -> PackageTree.Kind {
        guard archive_entry_hardlink(entry) == nil else {
            throw .unsafeEntry(name: String(decoding: name, as: UTF8.self), reason: "is a hard link")
        }
        switch archive_entry_filetype(entry) {
        case S_IFREG: return .file
        case S_IFDIR: return .directory
        case S_IFLNK:
            return .link(bytes(archive_entry_symlink(entry)) ?? bytes(archive_entry_symlink_utf8(entry)) ?? [])
        default:
            throw .unsafeEntry(
                name: String(decoding: name, as: UTF8.self), reason: "is neither file, directory nor symbolic link")
        }
    }

    private func bytes(_ text: UnsafePointer<CChar>?) -> [UInt8]? {
        text.map { text in UnsafeRawBufferPointer(start: text, count: strlen(text)).map { $0 } }
    }

    private func failure() -> FunctionPackageError { Self.failure(handle) }

    private static func failure(_ handle: OpaquePointer) -> FunctionPackageError {
        .notAZip(reason: archive_error_string(handle).map { String(cString: $0) } ?? "it is damaged")
    }
}
