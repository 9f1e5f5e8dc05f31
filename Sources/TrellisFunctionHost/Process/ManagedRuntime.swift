/// A runtime as a function's configuration names it.
package enum ManagedRuntime: Hashable, Sendable {
    /// `python3.11`, with its version `3.11`.
    case python(version: String)
    /// `nodejs20.x`, with its major version.
    case node(major: Int)
    /// `provided.al2023` and the like: the package's own `bootstrap`.
    case provided
    case unsupported

    package init(_ identifier: String) {
        if identifier.hasPrefix("python3."), let minor = Int(identifier.dropFirst("python3.".count)), minor >= 0 {
            self = .python(version: "3.\(minor)")
        } else if identifier.hasPrefix("nodejs"), identifier.hasSuffix(".x"),
            let major = Int(identifier.dropFirst("nodejs".count).dropLast(".x".count)), major >= 0
        {
            self = .node(major: major)
        } else if identifier == "provided" || identifier.hasPrefix("provided.") {
            self = .provided
        } else {
            self = .unsupported
        }
    }
}
