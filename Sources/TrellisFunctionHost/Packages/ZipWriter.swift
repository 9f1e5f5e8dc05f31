import CLibArchive
import Glibc

/// Makes function packages from files in memory.
package enum ZipWriter {
    package struct File: Hashable, Sendable {
        /// Relative, with `/` between parts.
        package var path: String
        package var contents: [UInt8]
        /// `true` for `bootstrap` and scripts: permissions 0755 instead of 0644.
        package var isExecutable: Bool

        package init(path: String, contents: [UInt8], isExecutable: Bool = false) {
            self.path = path
            self.contents = contents
            self.isExecutable = isExecutable
        }

        package init(path: String, text: String, isExecutable: Bool = false) {
            self.init(path: path, contents: Array(text.utf8), isExecutable: isExecutable)
        }
    }

    /// The archive of the files in the given order, deflated.
    ///
    /// Equal files make equal bytes: all times are the first that zip can say.
    ///
    /// - Throws: ``FunctionPackageError/storage(path:reason:)`` if libarchive refuses a name or runs out of memory.
    package static func zip(_ files: [File]) throws(FunctionPackageError) -> [UInt8] {
        guard let handle = archive_write_new() else { throw outOfMemory }
        defer { archive_write_free(handle) }
        let output = Output()
        defer { withExtendedLifetime(output) {} }
        archive_write_set_format_zip(handle)
        archive_write_set_bytes_per_block(handle, 0)
        let opened = archive_write_open(
            handle, Unmanaged.passUnretained(output).toOpaque(), nil,
            { _, context, bytes, count in
                guard let context, let bytes else { return -1 }
                let output = Unmanaged<Output>.fromOpaque(context).takeUnretainedValue()
                output.bytes.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
                return count
            }, nil)
        guard opened == ARCHIVE_OK else { throw failure(handle, path: "zip") }
        for file in files { try write(file, to: handle) }
        guard archive_write_close(handle) == ARCHIVE_OK else { throw failure(handle, path: "zip") }
        return output.bytes
    }

    private final class Output {
        var bytes: [UInt8] = []
    }

    /// 1980-01-01, where the zip calendar begins.
    private static let earliestTime: time_t = 315_532_800

    private static func write(_ file: File, to handle: OpaquePointer) throws(FunctionPackageError) {
        guard let entry = archive_entry_new() else { throw outOfMemory }
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname_utf8(entry, file.path)
        archive_entry_set_filetype(entry, S_IFREG)
        archive_entry_set_perm(entry, file.isExecutable ? 0o755 : 0o644)
        archive_entry_set_size(entry, la_int64_t(file.contents.count))
        archive_entry_set_mtime(entry, earliestTime, 0)
        let header = archive_write_header(handle, entry)
        guard header == ARCHIVE_OK || header == ARCHIVE_WARN else { throw failure(handle, path: file.path) }
        let written = file.contents.withUnsafeBytes { archive_write_data(handle, $0.baseAddress, $0.count) }
        guard written == file.contents.count else { throw failure(handle, path: file.path) }
    }

    private static let outOfMemory = FunctionPackageError.storage(path: "zip", reason: "out of memory")

    private static func failure(_ handle: OpaquePointer, path: String) -> FunctionPackageError {
        .storage(path: path, reason: archive_error_string(handle).map { String(cString: $0) } ?? "cannot be written")
    }
}
