import SystemPackage

/// Where a function in a sandbox finds its things: where Lambda has them.
///
/// - Source: reference lambda.md §2.2.
enum SandboxPath {
    static let taskRoot = FilePath("/var/task")
    static let runtimes = FilePath("/var/runtime")
    static let layers = FilePath("/opt")
    static let temporary = FilePath("/tmp")
    static let searchPath = "/usr/local/bin:/usr/bin:/bin"
    /// `sbx_user1051` of Lambda.
    static let user = 993
    static let group = 990
}
