import SystemPackage

/// What to execute for a function version.
struct LaunchPlan: Hashable, Sendable {
    /// Program and arguments, as the function's process sees them.
    var command: [String]
    /// The unpacked package, also the working directory; where the host has it.
    var taskRoot: FilePath
    /// Directories that the interpreter needs, if it is not a part of the package.
    var interpreter: [FilePath] = []
    /// The files of all layers laid over each other, what Lambda shows as `/opt`; `nil` without layers.
    var layersDirectory: FilePath?
}
