/// The files of a package, as far as a person may want to read them.
package struct PackageListing: Hashable, Sendable {
    package struct File: Hashable, Sendable {
        package var path: String
        /// In bytes.
        package var size: Int
        /// `nil` for what is not UTF-8 or longer than ``PackageListing/textLimit``.
        package var text: String?
    }

    /// Of a zip that is listed at all, in bytes.
    static let zipLimit = 1_048_576
    /// Of one file's text, in bytes.
    static let textLimit = 65_536
    static let fileLimit = 50

    package var files: [File]
    /// Whether there are no more files.
    package var isComplete: Bool
}

extension PackageStore {
    /// Reads the files of a small stored package.
    ///
    /// - Returns: `nil` for a zip that is larger than 1 MiB.
    /// - Throws: ``FunctionPackageError``
    package nonisolated func listing(of sha256: String) async throws -> PackageListing? {
        let zip = try await contents(of: sha256)
        guard zip.count <= PackageListing.zipLimit else { return nil }
        return try await blocking { [limits] in
            var listing = PackageListing(files: [], isComplete: true)
            try ZipReader.read(zip, limits: limits) { entry, nextBlock in
                guard case .file = entry.kind else { return }
                guard listing.files.count < PackageListing.fileLimit else {
                    listing.isComplete = false
                    return
                }
                var bytes: [UInt8] = []
                var size = 0
                while case let block = try nextBlock(), !block.isEmpty {
                    size += block.count
                    if bytes.count <= PackageListing.textLimit { bytes += block }
                }
                let isShort = size <= PackageListing.textLimit
                listing.files.append(
                    .init(
                        path: String(decoding: entry.path.bytes, as: UTF8.self), size: size,
                        text: isShort ? String(validating: bytes, as: UTF8.self) : nil))
            }
            return listing
        }
    }
}
