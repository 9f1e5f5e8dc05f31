import Glibc
import NIOCore
import SystemPackage
import Testing
import TrellisInvoke
import TrellisModel

@testable import TrellisFunctionHost

@Suite("Custom runtimes and missing ones", .serialized, .timeLimit(.minutes(5)))
struct FunctionHostCustomRuntimeTests {
    static let hasCurl = system("curl --version >/dev/null 2>&1") == 0
    static let hasCompiler = system("gcc --version >/dev/null 2>&1") == 0

    @Test("a bootstrap of shell and curl", .enabled(if: hasCurl, "curl is not installed"))
    func shell() async throws {
        try await RunningHost.run { (running) async throws in
            try await running.shell(
                """
                api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
                while true; do
                  event=$(curl -sS -D "$TMPDIR/head" "$api/invocation/next")
                  id=$(tr -d '\\r' < "$TMPDIR/head" | sed -n 's/^Lambda-Runtime-Aws-Request-Id: //p')
                  echo "handling $_HANDLER"
                  case "$event" in
                    '"error"') curl -sS -d '{"errorType":"Shell.Oops","errorMessage":"no"}' "$api/invocation/$id/error" ;;
                    '"chunked"') printf '"in pieces"' | curl -sS -T - -X POST "$api/invocation/$id/response" ;;
                    '"large"') head -c 7000000 /dev/zero | tr '\\0' x > "$TMPDIR/large"
                      curl -sS --data-binary "@$TMPDIR/large" "$api/invocation/$id/response" ;;
                    *) curl -sS -d "{\\"got\\":$event}" "$api/invocation/$id/response" ;;
                  esac
                done
                """)
            let outcome = try await running.invoke("f", #"{"a":1}"#)
            #expect(outcome.summary == #"200 {"got":{"a":1}}"#)
            #expect(outcome.tail.contains("handling unused\nEND"))
            #expect(
                try await running.invoke("f", #""error""#).summary
                    == #"error reported {"errorType":"Shell.Oops","errorMessage":"no"}"#)
            #expect(try await running.invoke("f", #""chunked""#).summary == #"200 "in pieces""#)
            #expect(try await running.invoke("f", #""large""#).summary.hasPrefix("error responseTooLarge"))
            #expect(try await running.invoke("f", "2").summary == #"200 {"got":2}"#)
            #expect(try await running.log().contains("{\"status\":\"OK\"}\n"))
        }
    }

    @Test("a compiled bootstrap that exits at once", .enabled(if: hasCompiler, "gcc is not installed"))
    func compiled() async throws {
        let directory = try TemporaryDirectory()
        try directory.file("main.c").write("int main(void) { return 42; }")
        let binary = directory.file("bootstrap").string
        try #require(system("gcc -static -o \(binary) \(directory.file("main.c"))") == 0)
        let bytes = try #require(
            fopen(binary, "r").map { file -> [UInt8] in
                defer { fclose(file) }
                var bytes = [UInt8](repeating: 0, count: 4 << 20)
                let size = fread(&bytes, 1, bytes.count, file)
                return Array(bytes[..<size])
            })
        try await RunningHost.run { (running) async throws in
            try await running.deploy(
                "f", [.init(path: "bootstrap", contents: bytes, isExecutable: true)], runtime: "provided.al2")
            #expect(
                try await running.invoke(requestID: "r").summary
                    == #"error exited {"errorType":"Runtime.ExitError","errorMessage":"RequestId: r Error: Runtime exited with error: exit status 42"}"#
            )
        }
    }

    @Test(
        "no valid bootstrap",
        arguments: [
            ("missing", ZipWriter.File(path: "other", text: "#!/bin/sh\n", isExecutable: true)),
            ("not executable", ZipWriter.File(path: "bootstrap", text: "#!/bin/sh\n")),
            ("a directory", ZipWriter.File(path: "bootstrap/x", text: "#!/bin/sh\n", isExecutable: true)),
            ("neither ELF nor #!", ZipWriter.File(path: "bootstrap", text: "exit 0\n", isExecutable: true)),
            ("empty", ZipWriter.File(path: "bootstrap", text: "", isExecutable: true)),
        ])
    func invalidEntrypoint(name: String, file: ZipWriter.File) async throws {
        try await RunningHost.run { (running) async throws in
            try await running.deploy("f", [file], runtime: "provided.al2023")
            #expect(
                try await running.invoke(requestID: "r").summary == """
                    error exited {"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: r Error: Couldn't find valid \
                    bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"}
                    """)
        }
    }

    @Test("a bootstrap whose interpreter does not exist")
    func missingInterpreter() async throws {
        try await RunningHost.run { (running) async throws in
            try await running.deploy(
                "f", [.init(path: "bootstrap", text: "#!/not/there\n", isExecutable: true)], runtime: "provided.al2023")
            #expect(try await running.invoke().summary.contains("Runtime exited with error: exit status 127"))
        }
    }

    @Test("an interpreter that is not installed is named, and can be installed later")
    func unavailable() async throws {
        let bin = try TemporaryDirectory()
        try await RunningHost.run { configuration in
            configuration.searchPath = bin.path.string
        } _: { (running) async throws in
            try await running.python("def handler(event, context): return 1")
            let outcome = try await running.invoke()
            guard case .rejected(.unavailable(let reason)) = outcome else {
                Issue.record("\(outcome.summary)")
                return
            }
            #expect(reason.contains("python3.11") && reason.contains("apt-get install python3"))
            try bin.file("python3").write("#!/bin/sh\nPATH='\(hostPath)' exec python3 \"$@\"\n", permissions: 0o755)
            #expect(try await running.invoke().summary == "200 1")

            try await running.deploy("n", [.init(path: "app.js", text: "")], runtime: "nodejs22.x")
            #expect(try await running.invoke("n").summary.contains("apt-get install nodejs"))
            try await running.deploy("j", [.init(path: "app.js", text: "")], runtime: "java21")
            #expect(try await running.invoke("j").summary.contains("java21"))
        }
    }

    private var hostPath: String { String(cString: getenv("PATH") ?? strdup("/usr/bin:/bin")) }

    @Test("an interpreter that is configured is used, whatever the search path says")
    func configuredInterpreter() async throws {
        let bin = try TemporaryDirectory()
        try bin.file("mine").write("#!/bin/sh\nMINE=yes PATH='\(hostPath)' exec python3 \"$@\"\n", permissions: 0o755)
        try bin.file("broken").write("#!/bin/sh\nexit 1\n", permissions: 0o755)
        try await RunningHost.run { configuration in
            configuration.interpreters.python = bin.file("mine")
            configuration.interpreters.byRuntime["python3.12"] = bin.file("broken")
        } _: { (running) async throws in
            try await running.python("def handler(event, context): return 1")
            #expect(try await running.invoke().summary == "200 1")
            try await running.deploy("g", [.init(path: "app.py", text: "")], runtime: "python3.12")
            #expect(try await running.invoke("g").summary.contains("cannot be used"))
        }
    }

    @Test("a package that is not in the store")
    func missingPackage() async throws {
        try await RunningHost.run { (running) async throws in
            let record = FunctionRecord.sample("f")
            try await running.put(record, at: .function(record.name, in: record.scope))
            #expect(try await running.invoke().summary.contains("no package with SHA-256"))
        }
    }
}
