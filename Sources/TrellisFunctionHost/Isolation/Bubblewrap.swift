import Glibc
import Subprocess
import SystemPackage

/// Bubblewrap as it is installed here, known to work.
///
/// Version 0.8 or newer: older ones can neither limit `/tmp` nor keep a function from making namespaces in which it
/// would have privileges again.
struct Bubblewrap: Sendable {
    /// What one process sees and gets.
    struct Sandbox: Sendable {
        /// The unpacked package.
        var taskRoot: FilePath
        /// The host's runtime clients, with `passwd` and `group` beside them.
        var runtimes: FilePath
        /// Shown at `/opt`; `nil` is an empty directory.
        var layers: FilePath?
        /// Directories of the interpreter.
        var interpreter: [FilePath]
        /// Not shown, also where the interpreter's directories contain it; the empty directory to show instead.
        var hidden: (directory: FilePath, by: FilePath)?
        /// Bytes that fit in `/tmp`.
        var temporarySize: Int
        var variables: [String: String]
    }

    /// Where the script of ``ProcessCommand`` puts the report for bubblewrap.
    static let reportDescriptor = 4

    let program: FilePath
    let layout: SandboxLayout

    /// The options, NUL after each, as `--args` reads them.
    func options(_ sandbox: Sandbox) -> [UInt8] {
        var options = [
            "--json-status-fd", "\(Self.reportDescriptor)",
            "--unshare-user", "--disable-userns", "--uid", "\(SandboxPath.user)", "--gid", "\(SandboxPath.group)",
            "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
            "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv",
        ]
        for (name, value) in sandbox.variables.sorted(by: { $0.key < $1.key }) { options += ["--setenv", name, value] }
        options += layout.options(accounts: sandbox.runtimes)
        options += layers(sandbox)
        options += ["--perms", "1777", "--size", "\(sandbox.temporarySize)", "--tmpfs", SandboxPath.temporary.string]
        let roots = layout.additional(sandbox.interpreter)
        for root in roots { options += ["--ro-bind", root.string, root.string] }
        if let hidden = sandbox.hidden, roots.contains(where: { hidden.directory.starts(with: $0) }) {
            options += ["--ro-bind", hidden.by.string, hidden.directory.string]
        }
        options += [
            "--ro-bind", sandbox.taskRoot.string, SandboxPath.taskRoot.string,
            "--ro-bind", sandbox.runtimes.string, SandboxPath.runtimes.string,
            // Its settings belong to the machine, and root may write them even without privileges.
            "--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys",
            // Read-only, because everything written beside the devices would be memory without a limit.
            "--dev", "/dev", "--remount-ro", "/dev", "--remount-ro", "/",
            "--chdir", SandboxPath.taskRoot.string,
        ]
        return options.flatMap { Array($0.utf8) + [0] }
    }

    /// An interpreter under `/opt` needs room beside the layers, which are read-only: then they are shown one by one.
    private func layers(_ sandbox: Sandbox) -> [String] {
        let opt = SandboxPath.layers.string
        guard let layers = sandbox.layers else { return ["--dir", opt] }
        guard sandbox.interpreter.contains(where: { $0.starts(with: SandboxPath.layers) }) else {
            return ["--ro-bind", layers.string, opt]
        }
        return ["--dir", opt]
            + DirectoryTree.names(in: layers).sorted().flatMap { name in
                ["--ro-bind", layers.appending(name).string, SandboxPath.layers.appending(name).string]
            }
    }

    // MARK: Probe

    private static let probeStatus: Int32 = 42
    private static let probeTimeout = Duration.seconds(10)

    static func probe(searchPath: String, emptyDirectory: FilePath) async throws(IsolationError) -> Bubblewrap {
        guard let program = find(searchPath) else {
            throw IsolationError("bubblewrap is not installed: apt-get install bubblewrap (0.8 or newer)")
        }
        let bubblewrap = Bubblewrap(program: program, layout: .ofThisMachine())
        let sandbox = Sandbox(
            taskRoot: emptyDirectory, runtimes: emptyDirectory, interpreter: [], temporarySize: 1 << 20,
            variables: ["PATH": SandboxPath.searchPath])
        let command = ProcessCommand.sandboxed(
            ["/bin/sh", "-c", "exit \(probeStatus)"], bubblewrap: bubblewrap, setpriv: nil, host: getpid(),
            deferred: [:], earlierFiles: nil)
        let (end, messages): (SandboxReport.End?, String)
        do {
            (end, messages) = try await run(command, bubblewrap.options(sandbox))
        } catch {
            throw IsolationError("\(program) cannot be started: \(error)")
        }
        guard end == .exited(probeStatus) else { throw IsolationError(advice(program, messages)) }
        return bubblewrap
    }

    private static func find(_ searchPath: String) -> FilePath? {
        let directories = searchPath.split(separator: ":").filter { $0.hasPrefix("/") }.map(String.init)
        return (directories + ["/usr/bin", "/usr/local/bin"])
            .map { FilePath($0).appending("bwrap") }.first { access($0.string, X_OK) == 0 }
    }

    private static func run(
        _ command: (executable: FilePath, arguments: [String]), _ options: [UInt8]
    ) async throws -> (SandboxReport.End?, String) {
        let (report, end) = try SandboxReport.make(options: options)
        return try await withThrowingTaskGroup(of: (SandboxReport.End?, String).self) { group in
            group.addTask {
                var platform = PlatformOptions()
                platform.createSession = true
                let result = try await Subprocess.run(
                    .path(command.executable), arguments: Arguments(command.arguments), environment: .custom([:]),
                    workingDirectory: "/", platformOptions: platform,
                    input: .fileDescriptor(end, closeAfterSpawningProcess: true), output: .discarded,
                    error: .string(limit: 16 * 1024))
                return (report.finish(), result.standardError)
            }
            group.addTask {
                try await Task.sleep(for: Self.probeTimeout)
                throw IsolationError("no answer within \(Self.probeTimeout)")
            }
            defer { group.cancelAll() }
            return try await group.next() ?? (nil, "")
        }
    }

    /// What bubblewrap said, and what usually helps.
    static func advice(_ program: FilePath, _ messages: String) -> String {
        let message =
            messages.split(separator: "\n").first { $0.hasPrefix("bwrap: ") }.map { String($0.dropFirst(7)) }
            ?? "it gives no reason"
        let help =
            switch message {
            case _ where message.hasPrefix("Unknown option"): "install bubblewrap 0.8 or newer"
            case _ where message.contains("Can't mount proc"):
                "in a container, unmask /proc (docker run --security-opt systempaths=unconfined)"
            default:
                "let users make namespaces: sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone=1 and "
                    + "kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile for bwrap; in a container, "
                    + "--security-opt seccomp=unconfined"
            }
        return "\(program) does not work here (\(message)): \(help)"
    }
}
