import Glibc
import SystemPackage

/// The command line that starts a function's process under the host's care.
///
/// swift-subprocess makes the session and clears environment and descriptors, but has no place for code between fork
/// and exec. Other programs do that part:
///
/// - `trellis-supervisor`, which lies beside `trellis`: ends everything that the process started when the process ends or
///   the host dies, also by SIGKILL. The kernel's notice of that is tied to the thread that spawned, which for
///   swift-subprocess is one that lives as long as the host. It stays, as the parent of the next program.
/// - In its place, where it is missing, `setpriv --pdeathsig KILL` (util-linux), which becomes the next program: the
///   kernel kills the process when the host dies, but not what the process started.
/// - `sh`: gives up if the host died before the line above took effect, sets the limits (no core files, 1,024
///   descriptors), and exports what would change the programs on the way too (`LD_…`).
enum ProcessCommand {
    private static let shell = "/bin/sh"
    private static let setprivCandidates = ["/usr/bin/setpriv", "/bin/setpriv"]

    /// `$1` is the process id of the host if that is the parent, `$2` the number of assignments that follow it.
    ///
    /// A function cannot set a variable that begins with `_`, and so has none of this name to lose.
    private static let script = #"""
        [ "$1" = supervised ] || [ "$PPID" = "$1" ] || exit 125
        _trellis_left=$2
        shift 2
        while [ "$_trellis_left" -gt 0 ]; do export "$1"; shift; _trellis_left=$((_trellis_left - 1)); done
        unset _trellis_left
        ulimit -c 0 2>/dev/null
        ulimit -n 1024 2>/dev/null
        exec "$@"
        """#

    /// Where the supervisor is: beside the program that runs; `nil` if it is not there.
    static func findSupervisor() -> FilePath? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let size = readlink("/proc/self/exe", &buffer, buffer.count)
        guard size > 0, size < buffer.count else { return nil }
        let program = FilePath(String(decoding: buffer[..<size].map(UInt8.init(bitPattern:)), as: UTF8.self))
        let supervisor = program.removingLastComponent().appending("trellis-supervisor")
        return access(supervisor.string, X_OK) == 0 ? supervisor : nil
    }

    /// Where setpriv is, `nil` if the machine has none.
    static func findSetpriv() -> FilePath? {
        setprivCandidates.first { access($0, X_OK) == 0 }.map { FilePath($0) }
    }

    /// - Parameter variables: The process's environment; what the dynamic linker reads is taken out of it.
    static func make(
        _ command: [String], supervisor: FilePath?, setpriv: FilePath?, host: pid_t,
        variables: inout [String: String]
    ) -> (executable: FilePath, arguments: [String]) {
        let deferred = variables.filter { $0.key.hasPrefix("LD_") }
        for name in deferred.keys { variables[name] = nil }
        let assignments = deferred.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        // The supervisor looks for the host itself, and the shell is not a child of the host then.
        let parent = supervisor == nil ? String(host) : "supervised"
        let shellArguments =
            ["-c", script, "trellis-function", parent, String(assignments.count)] + assignments + command
        if let supervisor { return (supervisor, [String(host), shell] + shellArguments) }
        guard let setpriv else { return (FilePath(shell), shellArguments) }
        return (setpriv, ["--pdeathsig", "KILL", "--", shell] + shellArguments)
    }
}
