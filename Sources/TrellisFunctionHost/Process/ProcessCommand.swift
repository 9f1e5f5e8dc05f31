import Glibc
import SystemPackage

/// The command line that starts a function's process under the host's care.
///
/// swift-subprocess makes the session and clears environment and descriptors, but has no place for code between fork
/// and exec. Two programs of every Linux do that part, each replacing itself by the next (one process, one id):
///
/// - `setpriv --pdeathsig KILL` (util-linux): the kernel kills the process when the host dies, also by SIGKILL. The
///   signal is tied to the thread that spawned, which for swift-subprocess is one that lives as long as the host.
///   Children of the process do not inherit it: after a SIGKILL of the host they end when they next write to a closed
///   pipe or socket, or live on. Without setpriv, none of this holds and a notice is logged once.
/// - `sh`: gives up if the host died before the line above took effect, sets the limits (no core files, 1,024
///   descriptors), and exports what would change the programs on the way too (`LD_…`).
enum ProcessCommand {
    private static let shell = "/bin/sh"
    private static let setprivCandidates = ["/usr/bin/setpriv", "/bin/setpriv"]

    /// `$1` is the host's process id, `$2` the number of assignments that follow it.
    ///
    /// A function cannot set a variable that begins with `_`, and so has none of this name to lose.
    private static let script = #"""
        [ "$PPID" = "$1" ] || exit 125
        _trellis_left=$2
        shift 2
        while [ "$_trellis_left" -gt 0 ]; do export "$1"; shift; _trellis_left=$((_trellis_left - 1)); done
        unset _trellis_left
        ulimit -c 0 2>/dev/null
        ulimit -n 1024 2>/dev/null
        exec "$@"
        """#

    /// Where setpriv is, `nil` if the machine has none.
    static func findSetpriv() -> FilePath? {
        setprivCandidates.first { access($0, X_OK) == 0 }.map { FilePath($0) }
    }

    /// - Parameter variables: The process's environment; what the dynamic linker reads is taken out of it.
    static func make(
        _ command: [String], setpriv: FilePath?, host: pid_t, variables: inout [String: String]
    ) -> (executable: FilePath, arguments: [String]) {
        let deferred = variables.filter { $0.key.hasPrefix("LD_") }
        for name in deferred.keys { variables[name] = nil }
        let assignments = deferred.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let shellArguments =
            ["-c", script, "trellis-function", String(host), String(assignments.count)] + assignments + command
        guard let setpriv else { return (FilePath(shell), shellArguments) }
        return (setpriv, ["--pdeathsig", "KILL", "--", shell] + shellArguments)
    }
}
