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
///   descriptors, no file larger than the space for temporary files), and exports what would change the programs on the
///   way too (`LD_…`).
///
/// In a sandbox, bubblewrap comes next. It stays as the parent and ends everything in the sandbox when it dies. Nothing of
/// the function's own reaches the programs outside, which have an empty environment.
enum ProcessCommand {
    private static let shell = "/bin/sh"
    private static let setprivCandidates = ["/usr/bin/setpriv", "/bin/setpriv"]
    /// Bytes in a block of `ulimit -f`.
    private static let blockSize = 512

    private static let checkHost = #"[ "$1" = supervised ] || [ "$PPID" = "$1" ] || exit 125"#
    private static let limits = """
        ulimit -c 0 2>/dev/null
        ulimit -n 1024 2>/dev/null
        """
    /// `$1` is the number of assignments that follow it.
    ///
    /// A function cannot set a variable that begins with `_`, and so has none of this name to lose.
    private static let exportAssignments = #"""
        _trellis_left=$1
        shift
        while [ "$_trellis_left" -gt 0 ]; do export "$1"; shift; _trellis_left=$((_trellis_left - 1)); done
        unset _trellis_left
        """#

    /// `$1` is the process id of the host if that is the parent, `$2` the size of a file in blocks.
    private static let script = """
        \(checkHost)
        ulimit -f "$2" 2>/dev/null
        shift 2
        \(exportAssignments)
        \(limits)
        exec "$@"
        """

    /// `$1` is the host's process id, `$2` its descriptor of earlier temporary files, `$3` the control group to join.
    ///
    /// Standard input is the socket of ``SandboxReport``.
    private static let outerScript = #"""
        \#(checkHost)
        exec 3<&0 \#(Bubblewrap.reportDescriptor)>&0 0</dev/null
        [ -z "$2" ] || { [ -d "/proc/$1/fd/$2" ] && exec 5<"/proc/$1/fd/$2"; }
        [ -z "$3" ] || echo $$ >"$3" || exit 126
        shift 3
        \#(limits)
        exec "$@"
        """#

    /// Runs in the sandbox.
    ///
    /// `$1` is a limit of processes and threads, or empty.
    ///
    /// `ulimit` calls it `-p` in dash and `-u` in other shells.
    private static let innerScript = #"""
        [ -z "$1" ] || ulimit -u "$1" 2>/dev/null || ulimit -p "$1" 2>/dev/null
        shift
        if [ -d /proc/self/fd/5 ]; then cp -a /proc/self/fd/5/. /tmp/ 2>/dev/null; exec 5<&-; fi
        \#(exportAssignments)
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

    /// - Parameters:
    ///   - supervisor: Where `trellis-supervisor` is, if there is one.
    ///   - largestFile: Bytes.
    ///   - variables: The process's environment; what the dynamic linker reads is taken out of it.
    static func make(
        _ command: [String], supervisor: FilePath?, setpriv: FilePath?, host: pid_t, largestFile: Int,
        variables: inout [String: String]
    ) -> (executable: FilePath, arguments: [String]) {
        let assignments = assignments(takeDeferred(from: &variables))
        // The supervisor looks for the host itself, and the shell is not a child of the host then.
        let parent = supervisor == nil ? String(host) : "supervised"
        let shellArguments =
            ["-c", script, "trellis-function", parent, String(largestFile / blockSize)] + assignments + command
        if let supervisor { return (supervisor, [String(host), shell] + shellArguments) }
        guard let setpriv else { return (FilePath(shell), shellArguments) }
        return (setpriv, ["--pdeathsig", "KILL", "--no-new-privs", "--", shell] + shellArguments)
    }

    /// - Parameters:
    ///   - command: As it is called in the sandbox.
    ///   - deferred: Variables for the command alone.
    ///   - earlierFiles: A descriptor of the host whose directory's contents are copied to `/tmp`.
    ///   - controlGroup: The `cgroup.procs` of the group to join.
    static func sandboxed(
        _ command: [String], bubblewrap: Bubblewrap, setpriv: FilePath?, host: pid_t, deferred: [String: String],
        earlierFiles: CInt?, controlGroup: FilePath? = nil
    ) -> (executable: FilePath, arguments: [String]) {
        let inside =
            [shell, "-c", innerScript, "trellis-function", limitsProcessesOfSandbox ? "1024" : ""]
            + assignments(deferred) + command
        let shellArguments =
            [
                "-c", outerScript, "trellis-function", String(host), earlierFiles.map { String($0) } ?? "",
                controlGroup?.string ?? "", bubblewrap.program.string, "--args", "3", "--",
            ] + inside
        // Bubblewrap forbids new privileges itself; a copy of it with the set-user-id bit needs some before.
        guard let setpriv else { return (FilePath(shell), shellArguments) }
        return (setpriv, ["--pdeathsig", "KILL", "--", shell] + shellArguments)
    }

    /// Takes out what the dynamic linker reads.
    static func takeDeferred(from variables: inout [String: String]) -> [String: String] {
        let deferred = variables.filter { $0.key.hasPrefix("LD_") }
        for name in deferred.keys { variables[name] = nil }
        return deferred
    }

    private static func assignments(_ deferred: [String: String]) -> [String] {
        [String(deferred.count)] + deferred.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    }

    /// Since Linux 5.14 the limit of processes counts those of the sandbox; before, those of the whole user.
    private static let limitsProcessesOfSandbox: Bool = {
        let release = String(decoding: ProcFile.read("/proc/sys/kernel/osrelease") ?? [], as: UTF8.self)
        let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        return numbers.count == 2 && (numbers[0], numbers[1]) >= (5, 14)
    }()
}
