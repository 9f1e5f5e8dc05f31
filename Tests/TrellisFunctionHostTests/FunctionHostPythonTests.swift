import FoundationEssentials
import Glibc
import NIOCore
import SystemPackage
import Testing
import TrellisInvoke
import TrellisLogs
import TrellisModel

@testable import TrellisFunctionHost

/// The two Python clients must look the same to a caller.
enum PythonClient: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case bundled
    case awslambdaric

    var testDescription: String { rawValue }

    static let canImportRIC: Bool = {
        system("python3.11 -c 'import awslambdaric.bootstrap' >/dev/null 2>&1") == 0
    }()

    /// Those that this machine can run.
    static var available: [PythonClient] { canImportRIC ? allCases : [.bundled] }
}

@Suite("Python functions", .serialized, .timeLimit(.minutes(5)))
struct FunctionHostPythonTests {
    func run(
        _ client: PythonClient, configure: (inout FunctionHostConfiguration) -> Void = { _ in },
        _ body: (RunningHost) async throws -> Void
    ) async throws {
        try await RunningHost.run { configuration in
            configuration.interpreters.prefersAWSLambdaRIC = client == .awslambdaric
            configure(&configuration)
        } _: { (running) async throws in
            try await body(running)
        }
    }

    @Test("AWS' own client is tested too", .enabled(if: PythonClient.canImportRIC, "python3.11 has no awslambdaric"))
    func ricIsAvailable() async throws {
        try await run(.awslambdaric) { running in
            try await running.python(
                """
                import sys
                def handler(event, context):
                    return "awslambdaric" in sys.modules
                """)
            #expect(try await running.invoke().summary == "200 true")
        }
    }

    @Test("events go in, answers come out, on one process", arguments: PythonClient.available)
    func echo(client: PythonClient) async throws {
        try await run(client) { running in
            try await running.python(
                """
                import os
                print("loaded")
                def handler(event, context):
                    print("saw", event)
                    return {"event": event, "pid": os.getpid(), "id": context.aws_request_id}
                """)
            let first = try await running.invoke("f", #"{"a":"ü"}"#, requestID: "r-1")
            let process = try #require(try await running.host.environments().first?.process)
            #expect(first.summary == #"200 {"event": {"a": "\u00fc"}, "pid": \#(process), "id": "r-1"}"#)
            #expect(first.result?.executedVersion == "$LATEST")
            let second = try await running.invoke("f", "[1]", requestID: "r-2")
            #expect(second.summary == #"200 {"event": [1], "pid": \#(process), "id": "r-2"}"#)
            #expect(running.processes() == [process])
            let log = try await running.log()
            #expect(
                log.hasPrefix("loaded\nSTART RequestId: r-1 Version: $LATEST\nsaw {'a': 'ü'}\nEND RequestId: r-1\n"))
            #expect(
                log.contains(
                    "START RequestId: r-2 Version: $LATEST\nsaw [1]\nEND RequestId: r-2\nREPORT RequestId: r-2\t"))
        }
    }

    @Test("the context object and the environment variables", arguments: PythonClient.available)
    func context(client: PythonClient) async throws {
        try await run(client) { running in
            try await running.python(
                """
                import os
                def handler(event, c):
                    names = ["TZ", "MINE", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_ACCESS_KEY_ID", "HOME", "_HANDLER"]
                    open(os.path.join(os.environ["TMPDIR"], "probe"), "w").close()
                    return [c.function_name, c.function_version, c.memory_limit_in_mb, c.invoked_function_arn,
                            c.log_group_name, c.log_stream_name.endswith("]" + os.environ["TMPDIR"].split("/")[-2]),
                            c.client_context.custom, 8000 < c.get_remaining_time_in_millis() <= 10000,
                            os.getcwd() == os.environ["LAMBDA_TASK_ROOT"] == os.path.dirname(__file__),
                            [os.environ.get(name) for name in names]]
                """, environment: ["MINE": "yes", "TZ": "CET", "AWS_REGION": "no", "_HANDLER": "no", "1bad": "no"])
            let outcome = try await running.invoke(clientContext: "{\"custom\":\n{\"k\":\"v\"}}")
            #expect(
                outcome.summary == """
                    200 ["f", "$LATEST", "128", "arn:aws:lambda:us-east-1:123456789012:function:f", "/aws/lambda/f", true, \
                    {"k": "v"}, true, true, ["CET", "yes", "us-east-1", "AWS_Lambda_python3.11", null, null, "app.handler"]]
                    """)
        }
    }

    struct ReportedError: Decodable, Equatable {
        var errorMessage: String
        var errorType: String
        var requestId: String
        var stackTrace: [String]
    }

    func reportedError(_ outcome: InvocationOutcome) throws -> ReportedError {
        guard case .functionError(let result, .reported) = outcome else {
            throw Failure(description: outcome.summary)
        }
        return try JSONDecoder().decode(ReportedError.self, from: Data(result.payload.readableBytesView))
    }

    struct Failure: Error, CustomStringConvertible { var description: String }

    @Test("a handler that raises, and the next event on the same process", arguments: PythonClient.available)
    func raises(client: PythonClient) async throws {
        try await run(client) { running in
            try await running.python(
                """
                def helper(event):
                    raise ValueError("no " + event["x"])
                def handler(event, context):
                    return helper(event) if event else "fine"
                """)
            let error = try reportedError(try await running.invoke("f", #"{"x":"way"}"#, requestID: "r-1"))
            #expect(error.errorMessage == "no way")
            #expect(error.errorType == "ValueError")
            #expect(error.requestId == "r-1")
            #expect(error.stackTrace.count == 2)
            #expect(error.stackTrace.first?.contains("app.py\", line 4, in handler") == true)
            #expect(try await running.invoke().summary == #"200 "fine""#)
            #expect(try await running.host.environments().count == 1)
            #expect(try await running.log().contains("[ERROR] ValueError: no way"))
        }
    }

    @Test(
        "errors of the initialisation",
        arguments: PythonClient.available,
        [
            (
                "app.handler", "import not_there", "Runtime.ImportModuleError",
                "Unable to import module 'app': No module named 'not_there'"
            ),
            ("nope.handler", "", "Runtime.ImportModuleError", "Unable to import module 'nope': No module named 'nope'"),
            (
                "app.nope", "def handler(e, c): pass", "Runtime.HandlerNotFound",
                "Handler 'nope' missing on module 'app'"
            ),
            (
                "app.handler", "def handler(:", "Runtime.UserCodeSyntaxError",
                "Syntax error in module 'app': invalid syntax (app.py, line 1)"
            ),
            (
                "app", "", "Runtime.MalformedHandlerName",
                "Bad handler 'app': not enough values to unpack (expected 2, got 1)"
            ),
            ("app.handler", "raise RuntimeError('at start')", "RuntimeError", "at start"),
        ] as [(String, String, String, String)])
    func initErrors(client: PythonClient, example: (String, String, String, String)) async throws {
        let (handler, code, type, message) = example
        try await run(client) { running in
            try await running.deploy("f", [.init(path: "app.py", text: code)], handler: handler)
            for _ in 1...2 {
                let error = try reportedError(try await running.invoke())
                #expect(error.errorType == type)
                #expect(error.errorMessage == message)
            }
            #expect(try await running.log().contains("INIT_REPORT Init Duration: "))
        }
    }

    @Test("what is not JSON, on either side", arguments: PythonClient.available)
    func marshalling(client: PythonClient) async throws {
        try await run(client) { running in
            try await running.python(
                """
                import decimal
                def handler(event, context):
                    return {"object": object(), "decimal": {"n": decimal.Decimal("1.5")}, "none": None}[event]
                """)
            let unreadable = try reportedError(try await running.invoke("f", "not json"))
            #expect(unreadable.errorType == "Runtime.UnmarshalError")
            let error = try reportedError(try await running.invoke("f", #""object""#))
            #expect(error.errorType == "Runtime.MarshalError")
            #expect(error.errorMessage == "Unable to marshal response: Object of type object is not JSON serializable")
            #expect(try await running.invoke("f", #""decimal""#).summary == #"200 {"n": 1.5}"#)
            #expect(try await running.invoke("f", #""none""#).summary == "200 null")
        }
    }

    @Test(
        "a process that ends: the caller learns at once how, and the next event gets a new process",
        arguments: PythonClient.available,
        [
            ("os._exit(3)", "Runtime exited with error: exit status 3"),
            ("os._exit(0)", "Runtime exited without providing a reason"),
            ("sys.exit(7)", "Runtime exited with error: exit status 7"),
            ("os.kill(os.getpid(), signal.SIGKILL)", "Runtime exited with error: signal: killed"),
            ("os.kill(os.getpid(), signal.SIGSEGV)", "Runtime exited with error: signal: segmentation fault"),
        ] as [(String, String)])
    func exits(client: PythonClient, example: (String, String)) async throws {
        try await run(client) { running in
            try await running.python(
                """
                import os, signal, sys
                kept = os.path.join(os.environ["TMPDIR"], "kept")
                def handler(event, context):
                    if event == "end":
                        open(kept, "w").close()
                        print("going")
                        \(example.0)
                    return [os.path.exists(kept), os.getpid()]
                """)
            let before = try await running.invoke()
            let outcome = try await running.invoke("f", #""end""#, requestID: "r-1")
            #expect(
                outcome.summary
                    == #"error exited {"errorType":"Runtime.ExitError","errorMessage":"RequestId: r-1 Error: \#(example.1)"}"#
            )
            #expect(outcome.tail.contains("going\n"))
            #expect(outcome.tail.contains("\tStatus: error\t\n"))
            let after = try await running.invoke().summary
            #expect(after.hasPrefix("200 [true, "))
            #expect(after != before.summary)
            #expect(try await running.host.environments().count == 1)
        }
    }

    @Test("a process that ends by itself takes what it started with it")
    func leavesChildren() async throws {
        try await run(.bundled) { (running) async throws in
            try await running.python(
                """
                import os, subprocess
                def handler(event, context):
                    subprocess.Popen(["sleep", "600"])
                    os._exit(1)
                """)
            #expect(try await running.invoke().summary.contains("exit status 1"))
            #expect(try await running.eventually { running.processes().isEmpty })
            #expect(try await running.host.environments().map(\.state) == ["cold"])
        }
    }

    @Test("a hanging function is ended after its timeout, with what it started", arguments: PythonClient.available)
    func timesOut(client: PythonClient) async throws {
        try await run(client) { running in
            try await running.python(
                """
                import subprocess, time
                def handler(event, context):
                    if event == "hang":
                        subprocess.Popen(["sleep", "600"])
                        time.sleep(600)
                    return "alive"
                """, timeout: 1)
            let outcome = try await running.invoke("f", #""hang""#, requestID: "r-1")
            #expect(
                outcome.summary == """
                    error timedOut {"errorType":"Sandbox.Timedout","errorMessage":"RequestId: r-1 Error: Task timed out after \
                    1.00 seconds"}
                    """)
            #expect(outcome.tail.contains(" r-1 Task timed out after 1.00 seconds\nEND RequestId: r-1\nREPORT"))
            #expect(outcome.tail.hasSuffix("\tStatus: timeout\t\n"))
            #expect(try await running.invoke().summary == #"200 "alive""#)
            // The one that hung is gone with its child; at most its environment's next process is there.
            #expect(
                try await running.eventually {
                    let known = try await running.host.environments().compactMap(\.process)
                    return Set(running.processes()) == Set(known)
                })
        }
    }

    @Test("an answer of 7 MB is too large, one of 6 MiB is not", arguments: PythonClient.available)
    func largeAnswers(client: PythonClient) async throws {
        try await run(client) { running in
            try await running.python("def handler(event, context):\n    return 'x' * event\n")
            let outcome = try await running.invoke("f", "7000000")
            #expect(
                outcome.summary == """
                    error responseTooLarge {"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 \
                    bytes).","errorType":"Function.ResponseSizeTooLarge"}
                    """)
            let largest = try await running.invoke("f", "\(6_291_556 - 2)")
            #expect(largest.result?.payload.readableBytes == 6_291_556)
            #expect(try await running.invoke("f", "\(6_291_556 - 1)").summary.hasPrefix("error responseTooLarge"))
            #expect(try await running.invoke("f", "1").summary == #"200 "x""#)
        }
    }

    @Test("an event of 6 MiB goes through, a larger one is refused", arguments: PythonClient.available)
    func largeEvents(client: PythonClient) async throws {
        try await run(client) { running in
            try await running.python("def handler(event, context):\n    return len(event)\n")
            let event = ByteBuffer(string: "\"" + String(repeating: "e", count: 6_291_454) + "\"")
            #expect(try await running.invoke("f", event).summary == "200 6291454")
            var larger = event
            larger.writeString(" ")
            #expect(try await running.invoke("f", larger).summary == "payloadTooLarge")
        }
    }

    @Test("output of any kind and amount: nothing blocks for ever, memory and files stay small")
    func floods() async throws {
        try await run(.bundled) { configuration in
            configuration.maximumLogBytes = 4_000_000
        } _: { (running) async throws in
            try await running.python(
                """
                import os, sys
                def handler(event, context):
                    if event == "flood":
                        line = b"x" * 999 + b"\\n"
                        for _ in range(30000): os.write(1, line)
                    if event == "garbage":
                        os.write(2, bytes(range(256)) * 64)
                    if event == "one line":
                        os.write(1, b"y" * 3000000)
                    print("last words")
                    return "done"
                """)
            for event in [#""flood""#, #""garbage""#, #""one line""#] {
                let outcome = try await running.invoke("f", event, requestID: "r")
                #expect(outcome.summary == #"200 "done""#)
                #expect(outcome.result?.logTail.readableBytes == 4_096)
                #expect(outcome.tail.contains("last words\nEND RequestId: r\nREPORT RequestId: r\t"))
            }
            try await running.host.flushLogs()
            let groups = await running.host.logs.groups(in: RunningHost.scope)
            #expect(groups.map(\.name.rawValue) == ["/aws/lambda/f"])
            #expect(groups.allSatisfy { $0.storedBytes <= 4_000_000 })
        }
    }

    @Test("JSON logs in a log group of its own: what the function sees, and what is written")
    func jsonLogs() async throws {
        try await run(.bundled) { (running) async throws in
            try await running.python(
                """
                import os
                def handler(event, context):
                    print('{"level": "debug", "message": "quiet"}')
                    print('{"level": "error", "message": "loud"}')
                    names = ["FORMAT", "LEVEL", "GROUP_NAME", "STREAM_NAME"]
                    return [os.environ["AWS_LAMBDA_LOG_" + name] for name in names]
                """,
                logging: FunctionLogging(
                    format: .json, applicationLevel: .warn, systemLevel: .info, group: LogGroupName("/shared")))
            let summary = try await running.invoke("f", requestID: "r").summary
            #expect(summary.contains(#"["JSON", "WARN", "/shared", ""#))
            let log = try await running.log(group: "/shared")
            #expect(log.contains(#""type":"platform.start","record":{"requestId":"r","version":"$LATEST"}}"#))
            #expect(log.contains("loud") && !log.contains("quiet"))
            #expect(log.contains(#""status":"success""#))
            let streams = try await running.host.logs.streams(
                of: try #require(LogGroupName("/shared")), in: RunningHost.scope)
            let name = try #require(streams.first?.name.rawValue)
            #expect(try #/\d{4}/\d\d/\d\d/f\[\$LATEST\][0-9a-f]{32}/#.wholeMatch(in: name) != nil)
            #expect(summary.contains(name))
        }
    }

    @Test("an initialisation over the limit is repeated on the time of the invocation")
    func slowInit() async throws {
        try await run(.bundled) { configuration in
            configuration.initTimeout = .milliseconds(100)
        } _: { (running) async throws in
            let gate = running.directory.file("gate")
            try await running.python(
                """
                import os, time
                while not os.path.exists("\(gate)"): time.sleep(0.005)
                def handler(event, context):
                    return "second time"
                """, timeout: 60)
            async let outcome = running.invoke()
            let isRepeated = try await running.eventually {
                // There is no file before the first line.
                let log = (try? await running.log()) ?? ""
                return log.contains("\tPhase: init\tStatus: timeout\t\nSTART RequestId")
            }
            #expect(isRepeated)
            try gate.write("")
            #expect(try await outcome.summary == #"200 "second time""#)
            #expect(try await !running.log().contains("\tInit Duration:"))
        }
    }

    @Test("an initialisation that never ends is the function's timeout")
    func endlessInit() async throws {
        try await run(.bundled) { configuration in
            configuration.initTimeout = .milliseconds(300)
        } _: { (running) async throws in
            try await running.python("import time\ntime.sleep(600)\n", timeout: 1)
            let outcome = try await running.invoke()
            #expect(outcome.summary.hasPrefix(#"error timedOut {"errorType":"Sandbox.Timedout""#))
        }
    }

    @Test("root loggers write as on Lambda", arguments: PythonClient.available)
    func logging(client: PythonClient) async throws {
        try await run(client) { running in
            try await running.python(
                """
                import logging
                def handler(event, context):
                    logging.getLogger().warning("careful")
                """)
            let tail = try await running.invoke(requestID: "r-1").tail
            #expect(tail.contains("[WARNING]\t"))
            #expect(tail.contains("Z\tr-1\tcareful\n"))
        }
    }

    @Test("what a function leaves after its answer belongs to no invocation; limits of the process")
    func limits() async throws {
        try await run(.bundled) { running in
            try await running.python(
                """
                import os, resource
                def handler(event, context):
                    limits = [resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_CORE)]
                    return [limits, os.getsid(0) == os.getpid() == os.getpgrp(), sorted(os.listdir("/proc/self/fd"))[:3]]
                """)
            #expect(
                try await running.invoke().summary == #"200 [[[1024, 1024], [0, 0]], true, ["0", "1", "2"]]"#)
        }
    }
}
