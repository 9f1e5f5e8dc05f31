import Glibc
import SystemPackage

/// Control groups of version 2 in a subtree that was delegated to the server.
///
/// The server's own group becomes two: `trellis-server` with the server, and one `function-<name>` for each process of a
/// function, because a group that limits others may not hold processes itself.
///
/// Everything blocks and belongs on a thread pool.
struct ControlGroups: Sendable {
    struct Limits: Hashable, Sendable {
        var memorySizeMB: Int
        /// Files in the sandbox's `/tmp` are memory and are counted with it.
        var ephemeralStorageMB: Int

        /// Bubblewrap, the kernel's own records of processes and files.
        static let overheadMB = 32
        static let processes = 1_024
        private static let megabytesPerProcessor = 1_769
        private static let period = 100_000

        var memory: Int { (memorySizeMB + ephemeralStorageMB + Self.overheadMB) << 20 }

        /// Whole processors, as many as Lambda gives for the memory, rounded up: a small function is not slowed down, and
        /// none takes the whole machine.
        var processorTime: String {
            let processors = (max(1, memorySizeMB) + Self.megabytesPerProcessor - 1) / Self.megabytesPerProcessor
            return "\(processors * Self.period) \(Self.period)"
        }
    }

    private static let prefix = "function-"
    private static let controllers = ["cpu", "memory", "pids"]
    private static let advice =
        "start the server where control groups are delegated: systemd-run --user --scope -p Delegate=yes trellis serve, or "
        + "Delegate=yes in its unit"

    let base: FilePath

    /// Finds the server's own group, if it was delegated.
    ///
    /// - Parameter takes: Whether to divide it.
    static func probe(takes: Bool) throws(IsolationError) -> ControlGroups {
        guard let group = text("/proc/self/cgroup"), let mounts = text("/proc/self/mountinfo"),
            let base = directory(group: group, mounts: mounts)
        else { throw IsolationError("this machine has no control groups of version 2") }
        try check(base)
        return takes ? try take(base, process: getpid()) : ControlGroups(base: base)
    }

    /// Where the group of a process is mounted.
    ///
    /// - Parameters:
    ///   - group: `/proc/self/cgroup`; the line of version 2 is `0::/user.slice/…`.
    ///   - mounts: `/proc/self/mountinfo`.
    static func directory(group: String, mounts: String) -> FilePath? {
        guard let line = group.split(separator: "\n").first(where: { $0.hasPrefix("0::/") }) else { return nil }
        let path = FilePath(String(line.dropFirst(3)))
        for mount in mounts.split(separator: "\n") {
            let fields = mount.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count, fields[dash + 1] == "cgroup2",
                dash > 4
            else { continue }
            let root = FilePath(String(fields[3]))
            guard path.starts(with: root) else { continue }
            var relative = path
            guard relative.removePrefix(root) else { return FilePath(String(fields[4])) }
            return FilePath(String(fields[4])).appending(relative.components)
        }
        return nil
    }

    /// Whether the group has what limits need, and may be divided.
    static func check(_ base: FilePath) throws(IsolationError) {
        let available = (text(base.appending("cgroup.controllers").string) ?? "").split { $0 == " " || $0 == "\n" }
        let missing = controllers.filter { !available.contains(Substring($0)) }
        guard missing.isEmpty else {
            throw IsolationError(
                "the control group \(base) has no controllers for \(missing.joined(separator: ", ")): \(advice)")
        }
        guard access(base.string, W_OK) == 0, access(base.appending("cgroup.subtree_control").string, W_OK) == 0 else {
            throw IsolationError("the control group \(base) is not delegated to this user: \(advice)")
        }
    }

    /// Moves the process out of the way, and lets the groups below have limits.
    static func take(_ base: FilePath, process: pid_t) throws(IsolationError) -> ControlGroups {
        let server = base.appending("trellis-server")
        do {
            try makeDirectory(server)
            try write("\(process)", to: server.appending("cgroup.procs"))
            try write(controllers.map { "+\($0)" }.joined(separator: " "), to: base.appending("cgroup.subtree_control"))
        } catch {
            throw IsolationError("the control group \(base) cannot be divided (\(error)): \(advice)")
        }
        // Of a server that was killed.
        for name in DirectoryTree.names(in: base) where name.hasPrefix(prefix) {
            rmdir(base.appending(name).string)
        }
        return ControlGroups(base: base)
    }

    /// Makes a group for a process that is about to start.
    ///
    /// - Returns: The file to which the process writes its id to join.
    func make(_ name: String, _ limits: Limits) throws -> FilePath {
        let group = directory(name)
        try Self.makeDirectory(group)
        try Self.write("\(limits.memory)", to: group.appending("memory.max"))
        try Self.write("\(Limits.processes)", to: group.appending("pids.max"))
        try Self.write(limits.processorTime, to: group.appending("cpu.max"))
        // Kernels without swap accounting have no such file, and then nothing is swapped out for the group either. The
        // second makes an end without half-dead processes of one that runs out of memory.
        try? Self.write("0", to: group.appending("memory.swap.max"))
        try? Self.write("1", to: group.appending("memory.oom.group"))
        return group.appending("cgroup.procs")
    }

    /// Ends what is left in a group, and the group.
    func remove(_ name: String) {
        let group = directory(name)
        // Before Linux 5.14 the processes end with their sandbox only.
        try? Self.write("1", to: group.appending("cgroup.kill"))
        // A group whose processes are not gone yet is removed at the next start.
        rmdir(group.string)
    }

    private func directory(_ name: String) -> FilePath { base.appending(Self.prefix + name) }

    // MARK: Files

    private static func makeDirectory(_ path: FilePath) throws {
        guard mkdir(path.string, 0o755) == 0 || errno == EEXIST else { throw Errno(rawValue: errno) }
    }

    private static func write(_ text: String, to path: FilePath) throws {
        let file = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: .ownerReadWrite)
        try file.closeAfter { _ = try file.writeAll(Array(text.utf8)) }
    }

    private static func text(_ path: String) -> String? {
        ProcFile.read(path).map { String(decoding: $0, as: UTF8.self) }
    }
}
