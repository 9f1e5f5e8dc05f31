import Glibc
import NIOCore
import SystemPackage
import Testing
import TrellisModel

@testable import TrellisFunctionHost

@Suite("Processes of functions")
struct FunctionProcessTests {
    func variables(
        _ runtime: String = "python3.11", environment: [String: String] = [:], number: Int? = nil,
        logging: FunctionLogging? = nil
    ) -> [String: String] {
        var record = FunctionRecord.sample("f", runtime: runtime, environment: environment)
        record.latest.logging = logging
        guard let stream = LogStreamName("stream") else { return [:] }
        let logStream = LogStreamID(
            scope: record.scope, group: record.latest.logGroup(of: record.name), stream: stream)
        return FunctionEnvironmentVariables(
            version: FunctionVersion(
                id: 1, function: record.arn, number: number, configuration: record.latest, owner: 0,
                concurrency: ScopeConcurrency(limit: 1)),
            runtimeAPI: "127.0.0.1:9001", taskRoot: "/data/unpacked/x", runtimeDirectory: "/data/runtimes",
            temporaryDirectory: "/data/environments/e/tmp", searchPath: "/usr/bin", logStream: logStream
        ).variables
    }

    @Test("with JSON logs the runtime learns of the format and the level")
    func logging() {
        let variables = variables(
            logging: FunctionLogging(format: .json, applicationLevel: .debug, group: LogGroupName("/all")))
        #expect(variables["AWS_LAMBDA_LOG_FORMAT"] == "JSON")
        #expect(variables["AWS_LAMBDA_LOG_LEVEL"] == "DEBUG")
        #expect(variables["AWS_LAMBDA_LOG_GROUP_NAME"] == "/all")
    }

    @Test("the environment variables that Lambda sets, and nothing of the host")
    func environment() {
        #expect(
            variables(number: 7) == [
                "_HANDLER": "app.handler", "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
                "LAMBDA_TASK_ROOT": "/data/unpacked/x", "LAMBDA_RUNTIME_DIR": "/data/runtimes",
                "AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_LAMBDA_FUNCTION_VERSION": "7",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/f",
                "AWS_LAMBDA_LOG_STREAM_NAME": "stream", "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
                "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_EXECUTION_ENV": "AWS_Lambda_python3.11", "TZ": ":UTC", "LANG": "en_US.UTF-8", "PATH": "/usr/bin",
                "LD_LIBRARY_PATH": "/data/unpacked/x:/data/unpacked/x/lib", "TMPDIR": "/data/environments/e/tmp",
                "PWD": "/data/unpacked/x", "SHLVL": "0", "PYTHONPATH": "/data/unpacked/x",
            ])
        #expect(variables()["AWS_LAMBDA_FUNCTION_VERSION"] == "$LATEST")
        #expect(variables("nodejs20.x")["NODE_PATH"] == "/data/unpacked/x/node_modules:/data/unpacked/x")
        #expect(variables("provided.al2023")["AWS_EXECUTION_ENV"] == nil)
    }

    @Test(
        "a function's own variables",
        arguments: [
            ("MINE", "mine"), ("TZ", "mine"), ("PATH", "mine"), ("LD_PRELOAD", "mine"), ("x1", "mine"),
            ("AWS_REGION", "us-east-1"), ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"), ("_HANDLER", "app.handler"),
            ("AWS_ACCESS_KEY_ID", nil), ("AWS_SESSION_TOKEN", nil), ("_X_AMZN_TRACE_ID", nil),
            ("AWS_LAMBDA_MAX_CONCURRENCY", nil), ("X", nil), ("1X", nil), ("A=B", nil), ("", nil), ("A B", nil),
            ("AÖ", nil),
        ] as [(String, String?)])
    func userVariables(name: String, expected: String?) {
        #expect(variables(environment: [name: "mine"])[name] == expected)
    }

    @Test("a value with a NUL byte is left out")
    func nulByte() {
        #expect(variables(environment: ["MINE": "a\0b"])["MINE"] == nil)
    }

    @Test(
        "runtimes",
        arguments: [
            ("python3.9", .python(version: "3.9")), ("python3.14", .python(version: "3.14")),
            ("nodejs22.x", .node(major: 22)), ("provided", .provided), ("provided.al2023", .provided),
            ("python2.7", .unsupported), ("python3.", .unsupported), ("python3.x", .unsupported),
            ("python3.-1", .unsupported), ("nodejs", .unsupported), ("nodejs20", .unsupported),
            ("nodejs.x", .unsupported), ("java21", .unsupported), ("", .unsupported),
        ] as [(String, ManagedRuntime)])
    func runtimes(identifier: String, expected: ManagedRuntime) {
        #expect(ManagedRuntime(identifier) == expected)
    }

    @Test(
        "how a process ended, in Lambda's words",
        arguments: [
            (.exited(status: 0), "Runtime exited without providing a reason"),
            (.exited(status: 127), "Runtime exited with error: exit status 127"),
            (.signaled(signal: SIGKILL), "Runtime exited with error: signal: killed"),
            (.signaled(signal: SIGSEGV), "Runtime exited with error: signal: segmentation fault"),
            (.signaled(signal: 64), "Runtime exited with error: signal: signal 64"),
            (
                .notStarted(.invalidEntrypoint),
                "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
            ),
        ] as [(ProcessEnd, String)])
    func ends(end: ProcessEnd, message: String) {
        #expect(end.message == message)
    }

    @Test("texts in error payloads are escaped")
    func escaping() {
        #expect(JSONText.quoted("a\"b\\c\n\r\t\u{1}ü") == #""a\"b\\c\n\r\t\u0001ü""#)
        let payload = FunctionErrorPayload.timedOut(requestID: "\"", timeoutSeconds: 3)
        #expect(String(buffer: payload).contains(#"RequestId: \" Error: Task timed out after 3.00 seconds"#))
    }

    @Test(
        "memory in /proc",
        arguments: [
            ("Name:\tpython\nVmPeak:\t 9 kB\nVmHWM:\t   40961 kB\nVmRSS:\t 1 kB\n", 40_961), ("VmHWM:  8 kB", 8),
            ("VmRSS: 8 kB\n", nil), ("VmHWM: kB\n", nil), ("", nil),
            ("VmHWM: 99999999999999999999999 kB\n", nil), ("VmHWM: 9223372036854775807 kB\n", nil),
        ] as [(String, Int?)])
    func memory(status: String, expected: Int?) {
        #expect(ProcessMemory.Status.kilobytes("VmHWM:", in: Array(status.utf8)) == expected)
        #expect(ProcessMemory.Status(Array(status.utf8)) == nil, "not all four")
    }

    @Test("memory of this very process, and of one that there is not")
    func ownMemory() throws {
        let text = try #require(ProcFile.read("/proc/self/status"))
        let status = try #require(ProcessMemory.Status(text))
        #expect(status.anonymous > 0 && status.files > 0)
        #expect(status.highWater >= status.anonymous)
        #expect(ProcessMemory.below(-5) == ProcessMemory(kilobytes: 0, highestKilobytes: 0))
    }

    @Test(
        "the parent in /proc",
        arguments: [
            ("7 (sh) S 12 7 7", 12), ("7 (a) S 3) b) R 1 7", 1), ("7 (sh) Z 12", 12), ("7 (sh", nil), ("7 (sh) S", nil),
            ("", nil), ("7 (sh) S x 1", nil),
        ] as [(String, pid_t?)])
    func parent(stat: String, expected: pid_t?) {
        #expect(ProcessTree.parent(inStat: Array(stat.utf8)) == expected)
    }

    @Test("what the dynamic linker reads is set only for the function itself")
    func deferredVariables() {
        var variables = ["LD_PRELOAD": "x.so", "LD_LIBRARY_PATH": "/a b:/c", "MINE": "1"]
        let command = ProcessCommand.make(
            ["/bin/true", "a"], supervisor: nil, setpriv: "/usr/bin/setpriv", host: 12, largestFile: 1024,
            variables: &variables)
        #expect(variables == ["MINE": "1"])
        #expect(command.executable == "/usr/bin/setpriv")
        #expect(
            command.arguments.suffix(8)
                == ["trellis-function", "12", "2", "2", "LD_LIBRARY_PATH=/a b:/c", "LD_PRELOAD=x.so", "/bin/true", "a"])
        let plain = ProcessCommand.make(
            ["/bin/true"], supervisor: nil, setpriv: nil, host: 12, largestFile: 1024, variables: &variables)
        #expect(plain.executable == "/bin/sh")
        let supervised = ProcessCommand.make(
            ["/bin/true"], supervisor: "/opt/trellis-supervisor", setpriv: "/usr/bin/setpriv", host: 12,
            largestFile: 1024, variables: &variables)
        #expect(supervised.executable == "/opt/trellis-supervisor")
        #expect(supervised.arguments.starts(with: ["12", "/bin/sh", "-c"]))
    }

    @Test(
        "a process dies with its host, also when the host is killed",
        .enabled(if: ProcessCommand.findSetpriv() != nil && system("python3 --version >/dev/null 2>&1") == 0),
        .timeLimit(.minutes(5)), arguments: [false, true])
    func diesWithHost(isSupervised: Bool) throws {
        let directory = try TemporaryDirectory()
        let started = directory.file("started")
        // A host that starts a function's command line in the same way, and is killed once the function runs.
        // With a supervisor also what has a session of its own and no parent.
        let script = "echo $$ > \(started).new && mv \(started).new \(started) && exec sleep 600"
        let supervisor = ProcessCommand.findSupervisor()
        #expect(supervisor != nil, "built with the tests")
        var variables: [String: String] = [:]
        let command = ProcessCommand.make(
            ["/bin/sh", "-c", isSupervised ? "(setsid sh -c '\(script)' &); exec sleep 600" : script],
            supervisor: isSupervised ? supervisor : nil,
            setpriv: ProcessCommand.findSetpriv(), host: 4_242_424, largestFile: 1 << 20, variables: &variables)
        let arguments = [command.executable.string] + command.arguments
        let list = arguments.map { "'''\($0)'''" }.joined(separator: ", ")
        try directory.file("host.py").write(
            """
            import os, signal, subprocess, sys, time
            arguments = [str(os.getpid()) if a == "4242424" else a for a in [\(list)]]
            child = subprocess.Popen(arguments, start_new_session=True, stdout=subprocess.DEVNULL)
            deadline = time.monotonic() + 20
            while not os.path.exists("\(started)") and time.monotonic() < deadline: time.sleep(0.005)
            os.kill(os.getpid(), signal.SIGKILL)
            """)
        #expect(system("python3 \(directory.file("host.py"))") != 0)
        let process = try #require(pid_t(try started.text().split(separator: "\n").first ?? ""))
        let deadline = ContinuousClock.now + .seconds(10)
        while kill(process, 0) == 0, ContinuousClock.now < deadline { sched_yield() }
        #expect(kill(process, SIGKILL) != 0, "nothing is left to kill")
    }

    @Test("a command line for another host than the one that started it gives up")
    func wrongHost() {
        var variables: [String: String] = [:]
        let command = ProcessCommand.make(
            ["/bin/true"], supervisor: nil, setpriv: nil, host: 1, largestFile: 1024, variables: &variables)
        let quoted = ([command.executable.string] + command.arguments)
            .map { "'" + $0.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'" }
        #expect((system(quoted.joined(separator: " ")) >> 8) & 0xFF == 125)
    }
}
