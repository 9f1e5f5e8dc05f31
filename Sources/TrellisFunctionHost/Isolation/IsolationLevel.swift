/// How far functions are kept apart from each other and from the server; each level includes the ones below.
///
/// - Source: reference lambda.md §10.
package enum IsolationLevel: Int, Sendable, CaseIterable, Comparable {
    /// A session and process group of its own, a cleared environment, limits, no inherited descriptors.
    case process = 0
    /// Namespaces made by bubblewrap: own file system, own process list, no privileges.
    case bubblewrap = 1
    /// Control groups of version 2: memory, processes and processor time of all processes together.
    case controlGroup = 2

    /// As configuration, log and status pages say it.
    package var name: String {
        switch self {
        case .process: "process"
        case .bubblewrap: "bubblewrap"
        case .controlGroup: "cgroup"
        }
    }

    package static func < (first: IsolationLevel, second: IsolationLevel) -> Bool { first.rawValue < second.rawValue }
}

/// What the configuration asks for.
package enum IsolationMode: String, Sendable, CaseIterable {
    /// The highest level that works on this machine.
    case auto
    /// Level 0, whatever the machine can do.
    case none
    /// Level 1 or higher; the host does not start without.
    case bubblewrap
}

/// The level in force, for logs, status pages and `trellis doctor`.
package struct IsolationStatus: Hashable, Sendable {
    package var level: IsolationLevel
    /// Why the next level is not in force, and what to do about it; `nil` at the highest one.
    package var next: String?
}
