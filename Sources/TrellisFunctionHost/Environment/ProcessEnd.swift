/// How a function's process ended.
package enum ProcessEnd: Hashable, Sendable {
    case exited(status: Int32)
    case signaled(signal: Int32)
    /// There never was one.
    case notStarted(LaunchFailure)

    /// Asked to end by the host itself.
    package static let terminated = ProcessEnd.signaled(signal: 15)

    /// The text after `RequestId: <id> Error: `.
    ///
    /// - Source: reference lambda.md §4.1.
    package var message: String {
        switch self {
        case .exited(status: 0): "Runtime exited without providing a reason"
        case .exited(let status): "Runtime exited with error: exit status \(status)"
        case .signaled(let signal): "Runtime exited with error: signal: \(Self.signalName(signal))"
        case .notStarted(let failure): failure.message
        }
    }

    /// The spelling of Go's `os` package, which Lambda's texts come from.
    private static func signalName(_ signal: Int32) -> String {
        switch signal {
        case 1: "hangup"
        case 2: "interrupt"
        case 3: "quit"
        case 4: "illegal instruction"
        case 5: "trace/breakpoint trap"
        case 6: "aborted"
        case 7: "bus error"
        case 8: "floating point exception"
        case 9: "killed"
        case 10: "user defined signal 1"
        case 11: "segmentation fault"
        case 12: "user defined signal 2"
        case 13: "broken pipe"
        case 14: "alarm clock"
        case 15: "terminated"
        default: "signal \(signal)"
        }
    }
}

/// Why a function's process could not be started.
package enum LaunchFailure: Error, Hashable, Sendable {
    /// The package holds nothing to run: the function's fault.
    case invalidEntrypoint
    /// Package, interpreter or a resource of the machine is missing: the host's fault.
    case unavailable(reason: String)

    var message: String {
        switch self {
        case .invalidEntrypoint: "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
        case .unavailable(let reason): reason
        }
    }
}
