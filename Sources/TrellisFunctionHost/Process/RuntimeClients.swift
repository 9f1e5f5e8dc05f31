import FoundationEssentials
import SystemPackage

/// The Runtime API clients that come with the host, written to `<data-dir>/runtimes`.
enum RuntimeClients {
    static func python(in directory: FilePath) -> FilePath { directory.appending("bootstrap.py") }
    static func node(in directory: FilePath) -> FilePath { directory.appending("bootstrap.mjs") }

    /// Writes both files, in place of those of an earlier version.
    ///
    /// Blocks.
    static func install(in directory: FilePath) throws {
        try DirectoryTree.make(directory)
        let clients = [
            (python(in: directory), PackageResources.bootstrap_py),
            (node(in: directory), PackageResources.bootstrap_mjs),
        ]
        for (path, contents) in clients {
            do {
                // Atomic: a function of a server that is still stopping may read the old one.
                try Data(contents).write(to: URL(filePath: path.string), options: .atomic)
            } catch {
                throw storageError(path, error)
            }
        }
    }
}
