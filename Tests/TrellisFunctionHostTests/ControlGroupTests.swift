import FoundationEssentials
import Glibc
import SystemPackage
import Testing

@testable import TrellisFunctionHost

/// A directory of plain files stands for the control group: what is written is looked at, no kernel follows it.
@Suite("Control groups")
struct ControlGroupTests {
    func group(controllers: String = "cpuset cpu io memory pids\n") throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        try directory.file("cgroup.controllers").write(controllers)
        try directory.file("cgroup.subtree_control").write("")
        return directory
    }

    @Test(
        "where the server's own group is mounted",
        arguments: [
            (
                "0::/user.slice/a\n", "30 23 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n",
                "/sys/fs/cgroup/user.slice/a"
            ),
            ("0::/\n", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "/sys/fs/cgroup"),
            ("0::/x/y\n", "30 23 0:26 /x /cg rw - cgroup2 cgroup2 rw\n", "/cg/y"),
            ("1:cpu:/a\n0::/a\n", "30 23 0:26 / /u rw a:1 b:2 - cgroup2 c rw\n", "/u/a"),
            ("0::/x\n", "30 23 0:26 /other /cg rw - cgroup2 cgroup2 rw\n", nil),
            ("1:cpu:/a\n", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", nil),
            ("0::/a\n", "30 23 0:26 / /sys/fs/cgroup rw - tmpfs cgroup2 rw\n", nil), ("", "", nil),
            ("0::/a\n", "- cgroup2\n", nil),
        ] as [(String, String, FilePath?)])
    func directory(group: String, mounts: String, expected: FilePath?) {
        #expect(ControlGroups.directory(group: group, mounts: mounts) == expected)
    }

    @Test("the server moves out of the way, and groups below may have limits")
    func take() throws {
        let directory = try group()
        try ControlGroups.check(directory.path)
        _ = try ControlGroups.take(directory.path, process: 4_711)
        #expect(try directory.file("trellis-server/cgroup.procs").text() == "4711")
        #expect(try directory.file("cgroup.subtree_control").text() == "+cpu +memory +pids")
    }

    @Test("limits of a function, and its end")
    func limits() throws {
        let directory = try group()
        let groups = try ControlGroups.take(directory.path, process: 1)
        let procs = try groups.make("0f", .init(memorySizeMB: 1_770, ephemeralStorageMB: 512))
        #expect(procs == directory.file("function-0f/cgroup.procs"))
        let values = ["memory.max", "pids.max", "cpu.max", "memory.swap.max", "memory.oom.group"]
        let texts = try values.map { try directory.file("function-0f/\($0)").text() }
        #expect(texts == ["\((1_770 + 512 + 32) << 20)", "1024", "200000 100000", "0", "1"])
        groups.remove("0f")
        #expect(try directory.file("function-0f/cgroup.kill").text() == "1")
    }

    @Test(
        "processor time grows with memory",
        arguments: [(128, 1), (1_769, 1), (1_770, 2), (10_240, 6), (0, 1)])
    func processors(memory: Int, expected: Int) {
        let limits = ControlGroups.Limits(memorySizeMB: memory, ephemeralStorageMB: 512)
        #expect(limits.processorTime == "\(expected * 100_000) 100000")
    }

    @Test("a group without controllers is not used")
    func controllers() throws {
        let directory = try group(controllers: "cpuset\n")
        let error = #expect(throws: IsolationError.self) { try ControlGroups.check(directory.path) }
        #expect(error?.description.contains("cpu, memory, pids") == true)
        #expect(error?.description.contains("Delegate=yes") == true)
    }

    @Test(
        "a group that belongs to somebody else is not used", .disabled(if: getuid() == 0, "root may write everything"))
    func foreign() throws {
        let directory = try group()
        try DirectoryTree.setPermissions(0o500, of: directory.path)
        defer { try? DirectoryTree.setPermissions(0o700, of: directory.path) }
        #expect(throws: IsolationError.self) { try ControlGroups.check(directory.path) }
    }
}
