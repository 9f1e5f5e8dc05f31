import Glibc
import SystemPackage
import Testing

@testable import TrellisFunctionHost

@Suite("Sandboxes of functions")
struct SandboxTests {
    static let layout = SandboxLayout(
        system: [.directory("/usr"), .link("/bin", target: "usr/bin"), .directory("/nix/store")])

    func options(_ change: (inout Bubblewrap.Sandbox) -> Void = { _ in }) -> [String] {
        var sandbox = Bubblewrap.Sandbox(
            taskRoot: "/data/unpacked/x", runtimes: "/data/runtimes", interpreter: [],
            hidden: ("/data", by: "/data/runtimes/empty"), temporarySize: 512 << 20, variables: ["A": "1 \n\"2"])
        change(&sandbox)
        let bytes = Bubblewrap(program: "/usr/bin/bwrap", layout: Self.layout).options(sandbox)
        #expect(bytes.last == 0)
        return bytes.dropLast().split(separator: 0, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    func has(_ part: [String], in options: [String]) -> Bool {
        options.indices.contains { options[$0...].starts(with: part) }
    }

    @Test("a sandbox has its own processes and files, nothing of the environment, and no rights")
    func basics() {
        let options = options()
        for part in [
            ["--unshare-user", "--disable-userns"], ["--unshare-pid"], ["--die-with-parent"], ["--new-session"],
            ["--cap-drop", "ALL"], ["--clearenv", "--setenv", "A", "1 \n\"2"], ["--ro-bind", "/usr", "/usr"],
            ["--symlink", "usr/bin", "/bin"], ["--ro-bind", "/data/unpacked/x", "/var/task"],
            ["--ro-bind", "/data/runtimes", "/var/runtime"], ["--size", "\(512 << 20)", "--tmpfs", "/tmp"],
            ["--dir", "/opt"], ["--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys"],
            ["--remount-ro", "/dev", "--remount-ro", "/"], ["--chdir", "/var/task"],
        ] {
            #expect(has(part, in: options), "\(part)")
        }
        // The function reaches its Runtime API on loopback.
        #expect(!options.contains("--unshare-net") && !options.contains("--unshare-all"))
        #expect(!options.contains("--bind"), "nothing of the machine can be written")
    }

    @Test("layers, alone and beside an interpreter in the same place")
    func layers() throws {
        let layers = try TemporaryDirectory()
        try layers.file("python").write("")
        #expect(has(["--ro-bind", layers.path.string, "/opt"], in: options { $0.layers = layers.path }))
        let both = options {
            $0.layers = layers.path
            $0.interpreter = ["/opt/node"]
        }
        #expect(has(["--dir", "/opt", "--ro-bind", layers.file("python").string, "/opt/python"], in: both))
        #expect(has(["--ro-bind", "/opt/node", "/opt/node"], in: both))
    }

    @Test("an interpreter that stands around the data directory does not show it")
    func hidden() {
        let around = options { $0.interpreter = ["/"] + ["/data"] }
        #expect(has(["--ro-bind", "/data", "/data", "--ro-bind", "/data/runtimes/empty", "/data"], in: around))
        #expect(!has(["--ro-bind", "/", "/"], in: around))
        #expect(!options { $0.interpreter = ["/home/me/venv"] }.contains("/data/runtimes/empty"))
    }

    @Test(
        "what an interpreter adds",
        arguments: [
            ([], []), (["/usr", "/usr/local"], []), (["/"], []), (["relative"], []), (["/nix/store/x-python"], []),
            (["/home/me/venv", "/home/me/.pyenv/3.11"], ["/home/me/venv", "/home/me/.pyenv/3.11"]),
            (["/home/me/venv/bin", "/home/me/venv"], ["/home/me/venv"]), (["/usrlocal"], ["/usrlocal"]),
            (["/a/../b"], ["/b"]), (["/b", "/b"], ["/b"]),
        ] as [([FilePath], [FilePath])])
    func additional(roots: [FilePath], expected: [FilePath]) {
        #expect(Set(Self.layout.additional(roots)) == Set(expected))
    }

    @Test(
        "what bubblewrap reports",
        arguments: [
            ("{ \"child-pid\": 26523, \"cgroup-namespace\": 4026532189 }\n{ \"exit-code\": 3 }\n", 26_523, 3),
            ("{ \"child-pid\": 26523 }\n", 26_523, nil), ("{\"exit-code\":137}", nil, 137), ("", nil, nil),
            ("{ \"child-pid\": }\n", nil, nil), ("{ \"child-pid\": 99999999999999999999 }\n", nil, nil),
            ("{ \"child-pid\": -5 }\n", nil, nil),
        ] as [(String, Int32?, Int32?)])
    func report(text: String, process: Int32?, code: Int32?) {
        #expect(SandboxReport.number("child-pid", in: Array(text.utf8)) == process)
        #expect(SandboxReport.number("exit-code", in: Array(text.utf8)) == code)
    }

    @Test("a report is read from the socket, and options reach the other end")
    func socket() throws {
        let (report, end) = try SandboxReport.make(options: Array("--a\0b\0".utf8))
        #expect(report.firstProcess == nil)
        var options = [UInt8](repeating: 0, count: 64)
        #expect(try options.withUnsafeMutableBytes { try end.read(into: $0) } == 6)
        #expect(try options.withUnsafeMutableBytes { try end.read(into: $0) } == 0, "the options have an end")
        try end.writeAll(Array("{ \"child-pid\": 7 }\n".utf8))
        #expect(report.firstProcess == 7)
        try end.writeAll(Array("{ \"exit-code\": 139 }\n".utf8))
        try end.close()
        #expect(report.finish() == .signaled(11))
        #expect(report.firstProcess == 7, "also afterwards")
    }

    @Test("options that no socket holds are refused, not waited for")
    func tooManyOptions() {
        #expect(throws: Errno.self) { _ = try SandboxReport.make(options: [UInt8](repeating: 1, count: 16 << 20)) }
    }

    @Test("nothing of the function reaches the programs outside of its sandbox")
    func outside() {
        let bubblewrap = Bubblewrap(program: "/usr/bin/bwrap", layout: Self.layout)
        var variables = ["LD_PRELOAD": "/tmp/evil.so", "MINE": "1"]
        let deferred = ProcessCommand.takeDeferred(from: &variables)
        #expect(variables == ["MINE": "1"])
        let command = ProcessCommand.sandboxed(
            ["/var/task/bootstrap"], bubblewrap: bubblewrap, setpriv: "/usr/bin/setpriv", host: 12, deferred: deferred,
            earlierFiles: nil)
        #expect(command.executable == "/usr/bin/setpriv")
        let own = command.arguments.split(separator: "/usr/bin/bwrap", maxSplits: 1)
        #expect(own.count == 2)
        #expect(own[0].allSatisfy { !$0.contains("LD_") && !$0.contains("evil") })
        #expect(own[1].suffix(3) == ["1", "LD_PRELOAD=/tmp/evil.so", "/var/task/bootstrap"])
    }

    @Test(
        "why bubblewrap does not work, and what helps",
        arguments: [
            ("bwrap: Unknown option --disable-userns\n", "0.8 or newer"),
            ("bwrap: setting up uid map: Permission denied", "apparmor_restrict_unprivileged_userns"),
            ("noise\nbwrap: Can't mount proc on /newroot/proc: Operation not permitted\n", "unmask /proc"),
            ("", "gives no reason"),
        ])
    func advice(messages: String, expected: String) {
        #expect(Bubblewrap.advice("/usr/bin/bwrap", messages).contains(expected))
    }

    @Test("without bubblewrap the level is 0, and asking for more is refused")
    func missing() async throws {
        // Where the system has it is looked at whatever the search path says.
        guard access("/usr/bin/bwrap", X_OK) != 0 else { return }
        let isolation = try await Isolation.probe(mode: .auto, searchPath: "/nowhere", emptyDirectory: "/usr")
        #expect(isolation.status.level == .process && isolation.status.next?.contains("apt-get") == true)
        await #expect(throws: IsolationError.self) {
            try await Isolation.probe(mode: .bubblewrap, searchPath: "/nowhere", emptyDirectory: "/usr")
        }
    }

    @Test("a bubblewrap that does nothing is not trusted")
    func broken() async throws {
        let bin = try TemporaryDirectory()
        try bin.file("bwrap").write(
            "#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n", permissions: 0o755)
        let path = bin.path.string
        let isolation = try await Isolation.probe(mode: .auto, searchPath: path, emptyDirectory: "/usr")
        #expect(isolation.status.level == .process)
        #expect(isolation.status.next?.contains("setting up uid map") == true)
        // One that runs the program as it is makes no sandbox.
        try bin.file("bwrap").write("#!/bin/sh\nshift 3\nexec \"$@\"\n", permissions: 0o755)
        let pretending = try await Isolation.probe(mode: .auto, searchPath: path, emptyDirectory: "/usr")
        #expect(pretending.status.level == .process)
    }

    @Test("isolation none is level 0")
    func none() async throws {
        let isolation = try await Isolation.probe(mode: .none, searchPath: "/usr/bin", emptyDirectory: "/usr")
        #expect(isolation.status.level == .process && isolation.bubblewrap == nil)
    }
}
