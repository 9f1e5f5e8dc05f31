import Crypto
import FoundationEssentials
import Glibc
package import NIOPosix
package import SystemPackage

/// Function packages on disk, named by their content.
///
/// `<data-dir>/packages/<sha256>.zip` is written to a temporary name, synced, renamed, and its directory synced, so
/// that a name is there only with all of its bytes. `<data-dir>/unpacked/<sha256>/` is made from it on demand and can
/// always be made again; the trees of layers that lie over each other are `<data-dir>/unpacked/layers-<digest>/`.
///
/// What nothing refers to any more goes with ``collect(_:)``. What is held stays.
package actor PackageStore {
    package struct StoredPackage: Hashable, Sendable {
        /// Lower-case hexadecimal digits.
        package var sha256: String
        /// Bytes of the zip.
        package var size: Int
        /// Bytes of all files in it.
        package var unzippedSize: Int
    }

    let packages: FilePath
    let unpacked: FilePath
    package nonisolated let limits: FunctionPackageLimits
    private let threadPool: NIOThreadPool
    /// Who else waits for a package that is being unpacked.
    private(set) var waiting: [String: [CheckedContinuation<FilePath, any Error>]] = [:]
    /// How often each package and tree is held, by the name under which it lies on disk.
    var holds: [String: Int] = [:]
    /// What was held at any time since a collection began; `nil` while there is none.
    var heldDuringCollection: Set<String>?

    /// - Parameter threadPool: Runs everything that blocks; must be running.
    package init(dataDirectory: FilePath, threadPool: NIOThreadPool, limits: FunctionPackageLimits = .lambda) {
        packages = dataDirectory.appending("packages")
        unpacked = dataDirectory.appending("unpacked")
        self.limits = limits
        self.threadPool = threadPool
    }

    /// Makes the directories and removes what a crash left unfinished.
    ///
    /// Unpacked files are not synced one by one. After a crash of the machine some may be empty, and so all are removed
    /// when the kernel's boot id is not the one that was noted beside them.
    package func prepare() async throws {
        try await blocking { [packages, unpacked] in
            try DirectoryTree.make(packages)
            try DirectoryTree.make(unpacked)
            for directory in [packages, unpacked] {
                for name in DirectoryTree.names(in: directory) where name.hasPrefix(DirectoryTree.temporaryPrefix) {
                    DirectoryTree.remove(directory.appending(name))
                }
            }
            try Self.forgetUnpackedOfEarlierBoot(in: unpacked)
        }
    }

    /// Checks an archive as ``store(_:)`` does, without storing it.
    ///
    /// - Returns: What storing it would.
    @discardableResult
    package nonisolated func check(_ zip: [UInt8]) async throws -> StoredPackage {
        try await blocking { [limits] in
            let unzippedSize = try Self.check(zip, limits: limits)
            return StoredPackage(sha256: Self.sha256(of: zip), size: zip.count, unzippedSize: unzippedSize)
        }
    }

    /// Checks an archive by reading all of it, and keeps it until a collection finds that nothing refers to it.
    ///
    /// Returns when it is on disk.
    ///
    /// - Throws: ``FunctionPackageError``
    package nonisolated func store(_ zip: [UInt8]) async throws -> StoredPackage {
        try await store(zip) { $0 }
    }

    /// Stores an archive and holds it until what refers to it is written.
    ///
    /// - Parameter use: Makes something that refers to the package.
    /// - Throws: ``FunctionPackageError``, or what `use` throws.
    package nonisolated func store<Result: Sendable>(
        _ zip: [UInt8], use: @Sendable (StoredPackage) async throws -> Result
    ) async throws -> Result {
        let package = try await check(zip)
        // Before the file is looked for: a collection must not take it away afterwards.
        return try await holding([package.sha256]) {
            try await blocking { [packages] in
                let destination = packages.appending(package.sha256 + ".zip")
                if access(destination.string, F_OK) != 0 { try Self.write(zip, to: destination) }
            }
            return try await use(package)
        }
    }

    /// The size of all files of a stored package, for one whose size was not noted when it was stored.
    package nonisolated func unzippedSize(of sha256: String) async throws -> Int {
        try await blocking { [packages, limits] in
            try Self.check(try Self.read(sha256, in: packages), limits: limits)
        }
    }

    /// The bytes of a stored zip, verified.
    package nonisolated func contents(of sha256: String) async throws -> [UInt8] {
        try await blocking { [packages] in try Self.read(sha256, in: packages) }
    }

    /// The directory with the package's files, unpacked now if it was not before.
    ///
    /// The same package is unpacked once, however many ask at a time.
    package func unpacked(_ sha256: String) async throws -> FilePath {
        try await unpacked([sha256], as: sha256)
    }

    /// The directory with the files of layers laid over each other.
    ///
    /// - Parameter layers: SHA-256 of their packages, in order; a later one wins.
    /// - Returns: `nil` without layers.
    package func unpacked(layers: [String]) async throws -> FilePath? {
        guard let name = Self.treeName(ofLayers: layers) else { return nil }
        return try await unpacked(layers, as: name)
    }

    /// Under which name the files of layers lie in the directory of unpacked packages; `nil` without layers.
    static func treeName(ofLayers layers: [String]) -> String? {
        guard layers.count > 1 else { return layers.first }
        return "layers-" + sha256(of: Array(layers.joined(separator: ",").utf8))
    }

    private func unpacked(_ packages: [String], as name: String) async throws -> FilePath {
        if waiting[name] != nil {
            return try await withCheckedThrowingContinuation { waiting[name, default: []].append($0) }
        }
        waiting[name] = []
        let result: Result<FilePath, any Error>
        do {
            result = .success(try await unpack(packages, as: name))
        } catch {
            result = .failure(error)
        }
        for continuation in waiting.removeValue(forKey: name) ?? [] {
            continuation.resume(with: result)
        }
        return try result.get()
    }

    private func unpack(_ names: [String], as name: String) async throws -> FilePath {
        try await blocking { [packages, unpacked, limits] in
            for sha256 in names where !Self.isSHA256(sha256) { throw FunctionPackageError.missing(sha256: sha256) }
            let destination = unpacked.appending(name)
            if access(destination.string, F_OK) == 0 { return destination }
            try PackageExtractor.extract(count: names.count, to: destination, limits: limits) { index in
                try Self.read(names[index], in: packages)
            }
            return destination
        }
    }

    nonisolated func blocking<Value: Sendable>(
        _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await threadPool.runIfActive(work)
    }
}

extension PackageStore {
    /// - Returns: The size of all files, in bytes.
    private static func check(_ zip: [UInt8], limits: FunctionPackageLimits) throws -> Int {
        try ZipReader.read(zip, limits: limits) { _, _ in }
    }

    private static func sha256(of zip: [UInt8]) -> String {
        SHA256.hash(data: zip).map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }

    /// A name from a record must not become a path of its own making.
    static func isSHA256(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    private static func read(_ sha256: String, in packages: FilePath) throws -> [UInt8] {
        let path = packages.appending(sha256 + ".zip")
        guard isSHA256(sha256), access(path.string, F_OK) == 0 else {
            throw FunctionPackageError.missing(sha256: sha256)
        }
        let zip: [UInt8]
        do {
            zip = [UInt8](try Data(contentsOf: URL(filePath: path.string)))
        } catch {
            throw storageError(path, error)
        }
        guard self.sha256(of: zip) == sha256 else { throw FunctionPackageError.damaged(sha256: sha256) }
        return zip
    }

    private static func write(_ bytes: [UInt8], to destination: FilePath) throws {
        let directory = destination.removingLastComponent()
        try DirectoryTree.make(directory)
        let template = directory.appending(DirectoryTree.temporaryPrefix + "XXXXXX")
        var name = Array(template.string.utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else { throw storageError(template) }
        do {
            let file = FileDescriptor(rawValue: descriptor)
            try file.closeAfter {
                try file.writeAll(bytes)
                guard fsync(descriptor) == 0 else { throw storageError(destination) }
            }
            guard rename(name, destination.string) == 0 else { throw storageError(destination) }
            try DirectoryTree.sync(directory)
        } catch {
            unlink(name)
            throw error is FunctionPackageError ? error : storageError(destination, error)
        }
    }

    private static func forgetUnpackedOfEarlierBoot(in unpacked: FilePath) throws {
        // Without /proc there is no boot id, and everything is unpacked again at each start.
        let bootID = try? String(contentsOf: URL(filePath: "/proc/sys/kernel/random/boot_id"), encoding: .utf8)
        let note = unpacked.appending(".boot-id")
        let noted = try? String(contentsOf: URL(filePath: note.string), encoding: .utf8)
        if let bootID, noted == bootID { return }
        for name in DirectoryTree.names(in: unpacked) {
            DirectoryTree.remove(unpacked.appending(name))
        }
        guard let bootID else { return }
        do {
            try Data(bootID.utf8).write(to: URL(filePath: note.string))
        } catch {
            throw storageError(note, error)
        }
    }
}
