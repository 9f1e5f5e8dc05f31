/// Why a function package was not accepted, stored or unpacked.
package enum FunctionPackageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The bytes are not a zip archive, or a part of it is damaged, encrypted or cut off.
    case notAZip(reason: String)
    /// The archive holds no entry.
    case empty
    case zippedTooLarge(limit: Int)
    /// Counted while unpacking, whatever sizes the archive claims.
    case unzippedTooLarge(limit: Int)
    case tooManyEntries(limit: Int)
    /// An entry that could reach outside of the unpacked directory, or is neither file, directory nor symbolic link.
    case unsafeEntry(name: String, reason: String)
    /// No package with this SHA-256 is stored.
    case missing(sha256: String)
    /// The stored package is not what was stored.
    case damaged(sha256: String)
    /// The package directory cannot be read or written.
    case storage(path: String, reason: String)

    /// `true` if the archive is at fault, `false` if the machine is.
    package var isCausedByArchive: Bool {
        switch self {
        case .notAZip, .empty, .zippedTooLarge, .unzippedTooLarge, .tooManyEntries, .unsafeEntry: true
        case .missing, .damaged, .storage: false
        }
    }

    package var description: String {
        switch self {
        case .notAZip(let reason): "not a readable zip archive: \(reason)"
        case .empty: "the zip archive is empty"
        case .zippedTooLarge(let limit): "the zip archive must be smaller than \(limit) bytes"
        case .unzippedTooLarge(let limit): "the unzipped package must be smaller than \(limit) bytes"
        case .tooManyEntries(let limit): "the zip archive has more than \(limit) entries"
        case .unsafeEntry(let name, let reason): "the entry '\(name)' \(reason)"
        case .missing(let sha256): "no package with SHA-256 \(sha256) is stored"
        case .damaged(let sha256): "the stored package with SHA-256 \(sha256) is damaged"
        case .storage(let path, let reason): "\(path): \(reason)"
        }
    }
}

/// Bounds of a function package.
package struct FunctionPackageLimits: Hashable, Sendable {
    /// A zip must be smaller than this many bytes.
    package var zippedBytes: Int
    /// All files together must be smaller than this many bytes.
    package var unzippedBytes: Int
    /// At most this many files, directories and links.
    package var entries: Int

    package init(zippedBytes: Int, unzippedBytes: Int, entries: Int) {
        self.zippedBytes = zippedBytes
        self.unzippedBytes = unzippedBytes
        self.entries = entries
    }

    /// Lambda's quotas for sizes; the number of entries is bounded so that a small zip cannot exhaust the inodes.
    ///
    /// - Source: reference lambda.md §3.3.
    package static let lambda = FunctionPackageLimits(
        zippedBytes: 52_428_800, unzippedBytes: 262_144_000, entries: 200_000)
}
