package import Logging
package import SystemPackage

/// What this machine offers to keep functions apart, found out once when the host starts.
package struct Isolation: Sendable {
    package var status: IsolationStatus
    /// `nil` at level 0.
    var bubblewrap: Bubblewrap?
    /// `nil` below level 2.
    var controlGroups: ControlGroups?

    /// Tries the levels one after the other.
    ///
    /// Starts one process that ends at once.
    ///
    /// - Parameters:
    ///   - searchPath: Where `bwrap` is looked up.
    ///   - emptyDirectory: A directory that is there, shown to the process as its code.
    ///   - takesControlGroups: Whether the server's control group is divided, or only looked at.
    /// - Throws: ``IsolationError`` if a level is required that does not work.
    package static func probe(
        mode: IsolationMode, searchPath: String, emptyDirectory: FilePath, takesControlGroups: Bool = true
    ) async throws(IsolationError) -> Isolation {
        if mode == .none {
            return Isolation(status: .init(level: .process, next: "isolation is set to none: set it to auto"))
        }
        let bubblewrap: Bubblewrap
        do {
            bubblewrap = try await Bubblewrap.probe(searchPath: searchPath, emptyDirectory: emptyDirectory)
        } catch {
            if mode == .bubblewrap { throw error }
            return Isolation(status: .init(level: .process, next: "\(error)"))
        }
        do {
            let controlGroups = try ControlGroups.probe(takes: takesControlGroups)
            return Isolation(
                status: .init(level: .controlGroup), bubblewrap: bubblewrap, controlGroups: controlGroups)
        } catch {
            return Isolation(status: .init(level: .bubblewrap, next: "\(error)"), bubblewrap: bubblewrap)
        }
    }

    /// Says the level once, and how to reach the next one.
    package func log(to logger: Logger) {
        var metadata: Logger.Metadata = ["level": "\(status.level.rawValue)", "name": "\(status.level.name)"]
        metadata["next"] = status.next.map { "\($0)" }
        if status.level == .process {
            logger.notice("functions can read what the server's user can read", metadata: metadata)
        } else {
            logger.info("isolation of functions", metadata: metadata)
        }
    }
}

/// Why a level of isolation is not in force, in words that say what to do.
package struct IsolationError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String

    init(_ description: String) { self.description = description }
}
