import FoundationEssentials
import SystemPackage

/// The Runtime API clients that come with the host, written to `<data-dir>/runtimes`.
enum RuntimeClients {
    static func python(in directory: FilePath) -> FilePath { directory.appending("bootstrap.py") }
    static func node(in directory: FilePath) -> FilePath { directory.appending("bootstrap.mjs") }
    /// A directory that stays empty.
    static func empty(in directory: FilePath) -> FilePath { directory.appending("empty") }

    /// Who there is in a sandbox; the machine's own users are not shown.
    private static let passwd = """
        root:x:0:0:root:/root:/bin/sh
        sbx_user1051:x:\(SandboxPath.user):\(SandboxPath.group)::/tmp:/sbin/nologin

        """
    private static let group = """
        root:x:0:
        sbx_user1051:x:\(SandboxPath.group):

        """

    /// Writes the files, in place of those of an earlier version.
    ///
    /// Blocks.
    static func install(in directory: FilePath) throws {
        try DirectoryTree.make(directory)
        try DirectoryTree.make(empty(in: directory))
        let clients = [
            (python(in: directory), PackageResources.bootstrap_py),
            (node(in: directory), PackageResources.bootstrap_mjs),
            (directory.appending("passwd"), Array(passwd.utf8)), (directory.appending("group"), Array(group.utf8)),
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
