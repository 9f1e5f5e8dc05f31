package import TrellisModel

/// One execution environment, for status pages and tests.
package struct ExecutionEnvironmentStatus: Hashable, Sendable {
    /// 32 hexadecimal digits, as in the name of its log stream.
    package var name: String
    /// Unqualified.
    package var function: FunctionARN
    /// `$LATEST` or a number.
    package var version: String
    /// `starting`, `idle`, `busy`, `finishing`, `cold`, `resetting`, `stopping` or `closed`.
    package var state: String
    /// Whether its processes are stopped until the next invocation.
    package var isFrozen: Bool
    /// Id of the function's first process, `nil` while there is no process.
    package var process: Int32?
    /// Of its Runtime API on 127.0.0.1.
    package var port: Int?
}
