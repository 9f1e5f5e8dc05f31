import SystemPackage

/// What to execute for a function version.
struct LaunchPlan: Hashable, Sendable {
    /// Program and arguments.
    var command: [String]
    /// The unpacked package, also the working directory.
    var taskRoot: FilePath
}
