import Glibc
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import SystemPackage
import Testing
import TrellisInvoke
import TrellisModel
import TrellisStore

@testable import TrellisFunctionHost

@Suite("Function host", .serialized, .timeLimit(.minutes(5)))
struct FunctionHostTests {
    /// Answers when a file of its name is there; the event is the name.
    static let gate = """
        import os, time
        def handler(event, context):
            while event and not os.path.exists(event): time.sleep(0.005)
            return os.getpid()
        """

    /// Invocations that wait for a file, so that a test holds them as long as it wants.
    func hold(_ running: RunningHost, _ count: Int, _ body: (FilePath) async throws -> Void) async throws -> [String] {
        let gate = running.directory.file("gate-\(count)")
        return try await withThrowingTaskGroup(of: String.self) { tasks in
            for index in 0..<count {
                tasks.addTask { try await running.invoke("f", "\"\(gate)\"", requestID: "r-\(index)").summary }
            }
            try await body(gate)
            try gate.write("")
            return try await tasks.reduce(into: []) { $0.append($1) }
        }
    }

    func busy(_ running: RunningHost) async throws -> Int {
        try await running.host.environments().count { $0.state == "busy" }
    }

    @Test("side by side: one process for each, then throttled; afterwards all are used again")
    func scaleOut() async throws {
        try await RunningHost.run { configuration in
            configuration.maximumEnvironmentsPerFunction = 3
        } _: { (running) async throws in
            try await running.python(Self.gate, timeout: 60)
            let answers = try await hold(running, 3) { (_) async throws in
                #expect(try await running.eventually { try await busy(running) == 3 })
                #expect(
                    try await running.invoke().summary == #"throttled(reason: "ConcurrentInvocationLimitExceeded")"#)
            }
            #expect(Set(answers).count == 3)
            #expect(answers.allSatisfy { $0.hasPrefix("200 ") })
            #expect(try await running.invoke("f", "null").summary.hasPrefix("200 "))
            #expect(try await running.host.environments().count == 3)
        }
    }

    @Test("reserved concurrency is what may run at once, above and below the configured number; 0 stops the function")
    func reservedConcurrency() async throws {
        let reserved = #"throttled(reason: "ReservedFunctionConcurrentInvocationLimitExceeded")"#
        try await RunningHost.run { configuration in
            configuration.maximumEnvironmentsPerFunction = 1
        } _: { (running) async throws in
            try await running.python(Self.gate, timeout: 60)
            try await running.reserve(2)
            let answers = try await hold(running, 2) { (_) async throws in
                #expect(try await running.eventually { try await busy(running) == 2 })
                #expect(try await running.invoke().summary == reserved)
            }
            #expect(Set(answers).count == 2)
            // There are two unused environments, of which one may be used.
            try await running.reserve(1)
            _ = try await hold(running, 1) { (_) async throws in
                #expect(try await running.eventually { try await busy(running) == 1 })
                #expect(try await running.invoke().summary == reserved)
            }
            try await running.reserve(0)
            #expect(try await running.invoke("f", "null").summary == reserved)
            try await running.reserve(nil)
            #expect(try await running.invoke("f", "null").summary.hasPrefix("200 "))
        }
    }

    @Test("all versions of a function share its reserved concurrency")
    func reservedConcurrencyOfVersions() async throws {
        try await RunningHost.run { (running) async throws in
            let zip = [ZipWriter.File(path: "app.py", text: Self.gate)]
            let record = try await running.deploy("f", zip, timeout: 60)
            try await running.put(record.version(1), at: .functionVersion(1, of: record.name, in: record.scope))
            try await running.reserve(1)
            _ = try await hold(running, 1) { (_) async throws in
                #expect(try await running.eventually { try await busy(running) == 1 })
                let answer = try await running.invoke("f", "null", qualifier: .version(1))
                #expect(answer.summary.contains("ReservedFunctionConcurrentInvocationLimitExceeded"))
            }
            let later = try await running.invoke("f", "null", qualifier: .version(1))
            #expect(later.summary.hasPrefix("200 "))
        }
    }

    @Test("a call that comes while its environment starts waits for it and is not throttled")
    func waitsForColdStart() async throws {
        try await RunningHost.run { configuration in
            configuration.maximumEnvironmentsPerFunction = 1
        } _: { (running) async throws in
            try await running.python("def handler(event, context): return 1")
            #expect(try await running.invoke().summary == "200 1")
            #expect(try await running.invoke().summary == "200 1")
        }
    }

    @Test("the total limit holds over all functions; an unused environment of another function makes room")
    func totalLimit() async throws {
        try await RunningHost.run { configuration in
            configuration.maximumEnvironments = 2
            configuration.reuseWait = .milliseconds(500)
        } _: { (running) async throws in
            let names = ["f", "g", "h", "i"]
            for name in names { try await running.python(Self.gate, name: name, timeout: 60) }
            for name in names { #expect(try await running.invoke(name, "null").summary.hasPrefix("200 ")) }
            #expect(try await running.eventually { try await running.host.environments().count == 2 })
            _ = try await hold(running, 2) { (_) async throws in
                #expect(try await running.eventually { try await busy(running) == 2 })
                #expect(try await running.invoke("g", "null").summary.hasPrefix("throttled"))
            }
            #expect(try await running.invoke("g", "null").summary.hasPrefix("200 "))
        }
    }

    @Test("an unused environment of another version of the function makes room")
    func limitAcrossVersions() async throws {
        try await RunningHost.run { configuration in
            configuration.maximumEnvironmentsPerFunction = 1
        } _: { (running) async throws in
            let record = try await running.deploy(
                "f", [.init(path: "app.py", text: "def handler(e, c): return c.function_version")])
            try await running.put(record.version(1), at: .functionVersion(1, of: record.name, in: record.scope))
            #expect(try await running.invoke().summary == #"200 "$LATEST""#)
            let outcome = try await running.invoke(qualifier: .version(1))
            #expect(outcome.summary == #"200 "1""#)
            #expect(outcome.result?.executedVersion == "1")
            #expect(try await running.invoke().summary == #"200 "$LATEST""#)
        }
    }

    @Test("new code: an idle environment goes, a busy one finishes with the old code, the next call runs the new")
    func update() async throws {
        try await RunningHost.run { (running) async throws in
            try await running.python(Self.gate, timeout: 60)
            #expect(try await running.invoke("f", "null").summary.hasPrefix("200 "))
            let old = try #require(try await running.host.environments().first?.process)
            let answers = try await hold(running, 1) { (_) async throws in
                #expect(try await running.eventually { try await busy(running) == 1 })
                try await running.python("def handler(event, context): return 'new'")
                #expect(try await running.invoke().summary == #"200 "new""#)
            }
            #expect(answers == ["200 \(old)"])
            #expect(try await running.eventually { try await running.host.environments().count == 1 })
            #expect(!running.processes().contains(old))
            // Unused, it goes with the next change.
            let unused = try #require(try await running.host.environments().first?.process)
            try await running.python("def handler(event, context): return 'newer'")
            #expect(try await running.eventually { !running.processes().contains(unused) })
            #expect(try await running.invoke().summary == #"200 "newer""#)
        }
    }

    @Test("a change that is not of code or configuration leaves environments alone; deletion does not")
    func unrelatedChange() async throws {
        try await RunningHost.run { (running) async throws in
            var record = try await running.deploy("f", [.init(path: "app.py", text: Self.gate)])
            let first = try await running.invoke("f", "null").summary
            record.tags = ["a": "b"]
            try await running.put(record, at: .function(record.name, in: record.scope))
            #expect(try await running.invoke("f", "null").summary == first)
            try await running.host.waitUntilApplied(
                running.store.write([.delete(.function(record.name, in: record.scope))]))
            #expect(try await running.invoke("f", "null").summary == "notFound")
            #expect(try await running.eventually { running.processes().isEmpty })
            let directory = running.directory.file("environments")
            #expect(try await running.eventually { TemporaryDirectory.isEmpty(directory) })
        }
    }

    @Test("the resource policy of the called qualifier decides about services")
    func policy() async throws {
        try await RunningHost.run { (running) async throws in
            let record = try await running.deploy(
                "f", [.init(path: "app.py", text: "def handler(e, c): return c.invoked_function_arn")])
            try await running.put(record.version(1), at: .functionVersion(1, of: record.name, in: record.scope))
            try await running.put(
                FunctionAliasRecord(
                    scope: record.scope, functionName: record.name, name: "live", version: 1, additionalVersion: nil,
                    description: "", revisionID: "a"), at: .functionAlias("live", of: record.name, in: record.scope))
            let targetGroup = try #require(TargetGroupID("tg-0123456789abcdef0"))
            let caller = Invocation.Caller.service(
                principal: "vpc-lattice.amazonaws.com", sourceARN: record.scope.arn(targetGroup),
                sourceAccount: record.scope.account)
            let live = Qualifier.alias("live")
            #expect(try await running.invoke(caller: caller).summary == "notPermitted")
            let grant = FunctionPolicyStatement.latticeInvoke(
                function: try running.arn("f", live), from: targetGroup, in: record.scope)
            try await running.put(
                FunctionPolicyRecord(statements: [grant], revisionID: "p"),
                at: .functionPolicy(live, of: record.name, in: record.scope))
            #expect(try await running.invoke(caller: caller).summary == "notPermitted")
            #expect(try await running.invoke(qualifier: .version(1), caller: caller).summary == "notPermitted")
            let outcome = try await running.invoke(qualifier: live, caller: caller)
            #expect(outcome.summary == #"200 "arn:aws:lambda:us-east-1:123456789012:function:f:live""#)
            #expect(outcome.result?.executedVersion == "1")
            let other = Invocation.Caller.service(
                principal: "s3.amazonaws.com", sourceARN: record.scope.arn(targetGroup),
                sourceAccount: record.scope.account)
            #expect(try await running.invoke(qualifier: live, caller: other).summary == "notPermitted")
            #expect(try await running.invoke("nope", caller: caller).summary == "notFound")
        }
    }

    @Test("unused environments are reaped, and their directories removed")
    func reap() async throws {
        try await RunningHost.run { configuration in
            configuration.idleTimeout = .milliseconds(50)
        } _: { (running) async throws in
            try await running.python("def handler(event, context): return 1")
            #expect(try await running.invoke().summary == "200 1")
            #expect(try await running.eventually { try await running.host.environments().isEmpty })
            #expect(running.processes().isEmpty)
            #expect(TemporaryDirectory.isEmpty(running.directory.file("environments")))
            #expect(try await running.invoke().summary == "200 1")
        }
    }

    @Test("an environment that stays away after its answer does not hold up the next call")
    func slowNext() async throws {
        try await RunningHost.run { configuration in
            configuration.reuseWait = .milliseconds(10)
            // Not waited for: a call that has its answer does not hold up the shutdown.
            configuration.drainTimeout = .seconds(600)
        } _: { (running) async throws in
            try await running.python(
                """
                import time
                def handler(event, context):
                    if event == "lazy":
                        # The answer goes out, and the request for the next event does not.
                        import socket
                        real = socket.socket.sendall
                        def slow(self, data, *rest):
                            real(self, data[:data.index(b"GET ")])
                            time.sleep(600)
                        socket.socket.sendall = slow
                    return event
                """, timeout: 60)
            #expect(try await running.invoke().summary == "200 {}")
            let patched = try await running.invoke("f", #""lazy""#).summary
            #expect(patched == #"200 "lazy""#)
            #expect(try await running.invoke("f", "1").summary == "200 1")
        }
    }

    @Test(
        "at the limit a call waits longer for an environment that has answered, but not for ever",
        arguments: [(0.5, 60_000, "200 1"), (600, 100, #"throttled(reason: "ConcurrentInvocationLimitExceeded")"#)])
    func slowNextAtTheLimit(seconds: Double, wait: Int, expected: String) async throws {
        try await RunningHost.run { configuration in
            configuration.maximumEnvironmentsPerFunction = 1
            configuration.reuseWait = .milliseconds(10)
            configuration.reuseWaitAtLimit = .milliseconds(wait)
            configuration.drainTimeout = .seconds(600)
        } _: { (running) async throws in
            try await running.python(
                """
                import time
                def handler(event, context):
                    if event == "late":
                        # The request for the next event follows the answer after a while.
                        import socket
                        real = socket.socket.sendall
                        def slow(self, data, *rest):
                            place = data.index(b"GET ")
                            real(self, data[:place])
                            socket.socket.sendall = real
                            time.sleep(\(seconds))
                            real(self, data[place:])
                        socket.socket.sendall = slow
                    return event
                """, timeout: 60)
            let late = try await running.invoke("f", #""late""#).summary
            #expect(late == #"200 "late""#)
            #expect(try await running.invoke("f", "1").summary == expected)
        }
    }

    @Test("callers from every loop, and from none, reach the same environment")
    func loops() async throws {
        try await RunningHost.run(loops: 3) { (running) async throws in
            try await running.python("import os\ndef handler(event, context): return os.getpid()")
            var answers: Set<String> = []
            for _ in 0..<6 { answers.insert(try await running.invoke().summary) }
            let stranger = MultiThreadedEventLoopGroup.singleton.next()
            let invocation = Invocation(
                function: try running.arn(), payload: ByteBuffer(string: "{}"), requestID: "r", caller: .authorized)
            answers.insert(
                try await stranger.flatSubmit { running.host.invoke(invocation, on: stranger) }.get().summary)
            #expect(answers.count == 1)
        }
    }

    @Test("a burst of calls from all loops: each gets its own answer")
    func burst() async throws {
        try await RunningHost.run(loops: 2) { configuration in
            configuration.maximumEnvironmentsPerFunction = 4
        } _: { (running) async throws in
            try await running.python("def handler(event, context): return event")
            let outcomes = try await withThrowingTaskGroup(of: (Int, String).self) { tasks in
                for index in 0..<300 {
                    tasks.addTask {
                        (index, try await running.invoke("f", "\(index)", requestID: "r-\(index)").summary)
                    }
                }
                return try await tasks.reduce(into: []) { $0.append($1) }
            }
            for (index, summary) in outcomes {
                #expect(summary == "200 \(index)" || summary.hasPrefix("throttled"))
            }
            #expect(outcomes.contains { $0.1.hasPrefix("200") })
        }
    }

    @Test("a shutdown lets a running call end, and refuses new ones")
    func drain() async throws {
        try await RunningHost.run { (running) async throws in
            try await running.python(Self.gate, timeout: 60)
            let answers = try await hold(running, 1) { (gate) async throws in
                #expect(try await running.eventually { try await busy(running) == 1 })
                async let shutdown: Void = running.host.shutdown()
                #expect(
                    try await running.eventually {
                        try await running.invoke("f", "null").summary.contains("shutting down")
                    })
                try gate.write("")
                await shutdown
            }
            #expect(answers.count == 1 && answers.allSatisfy { $0.hasPrefix("200 ") })
            #expect(running.processes().isEmpty)
            let reason = try await running.invoke("f", "null").summary
            #expect(reason.contains("shutting down"))
        }
    }

    @Test("a shutdown ends what does not end by itself, also what ignores SIGTERM and what it started")
    func forcedShutdown() async throws {
        try await RunningHost.run { configuration in
            configuration.drainTimeout = .milliseconds(50)
            configuration.terminationGrace = .milliseconds(50)
        } _: { (running) async throws in
            try await running.python(
                """
                import signal, subprocess, time
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                subprocess.Popen(["sh", "-c", "trap '' TERM; while true; do sleep 1; done"])
                def handler(event, context): time.sleep(600)
                """, timeout: 900)
            async let outcome = running.invoke(requestID: "r")
            #expect(try await running.eventually { try await busy(running) == 1 })
            #expect(try await running.eventually { running.processes().count >= 2 })
            await running.host.shutdown()
            #expect(try await outcome.summary.contains("Runtime exited with error: signal: terminated"))
            #expect(running.processes().isEmpty)
        }
    }

    @Test("in a service group: graceful shutdown")
    func serviceGroup() async throws {
        let running = try RunningHost()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let services = ServiceGroup(services: [running.host], gracefulShutdownSignals: [], logger: logger)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await services.run() }
            try await running.host.waitUntilApplied(.zero)
            try await running.python("def handler(event, context): return 1")
            #expect(try await running.invoke().summary == "200 1")
            await services.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        #expect(running.processes().isEmpty)
        await #expect(throws: FunctionHostError.stopped) { try await running.host.waitUntilApplied(Revision(9)) }
        await #expect(throws: FunctionHostError.stopped) { try await running.host.run() }
        await running.host.shutdown()
        try await running.eventLoopGroup.shutdownGracefully()
    }

    @Test("cancelling run() leaves no process, and every call has its end")
    func cancellation() async throws {
        let running = try RunningHost { $0.terminationGrace = .milliseconds(50) }
        let run = Task { try await running.host.run() }
        try await running.host.waitUntilApplied(.zero)
        try await running.python("import time\ndef handler(event, context): time.sleep(600)", timeout: 900)
        async let outcome = running.invoke()
        #expect(try await running.eventually { try await busy(running) == 1 })
        run.cancel()
        _ = await run.result
        #expect(running.processes().isEmpty)
        #expect(try await outcome.summary.contains("signal: terminated"))
        #expect(!(try await running.invoke().summary.hasPrefix("200")))
        try await running.eventLoopGroup.shutdownGracefully()
    }

    @Test("a store that breaks ends the host, and no process is left")
    func storeFails() async throws {
        let running = try RunningHost { $0.terminationGrace = .milliseconds(50) }
        let run = Task { try await running.host.run() }
        try await running.host.waitUntilApplied(.zero)
        try await running.python("def handler(event, context): return 1")
        #expect(try await running.invoke().summary == "200 1")
        running.store.fail(StoreError.closed)
        await #expect(throws: StoreError.closed) { try await run.value }
        #expect(running.processes().isEmpty)
        try await running.eventLoopGroup.shutdownGracefully()
    }

    @Test("calls before run()")
    func notRunning() async throws {
        let running = try RunningHost()
        #expect(try await running.invoke().summary == "notFound")
        await running.host.shutdown()
        await #expect(throws: FunctionHostError.stopped) { try await running.host.run() }
        try await running.eventLoopGroup.shutdownGracefully()
    }

    @Test("a host follows the store again after its changes were compacted away")
    func compaction() async throws {
        try await RunningHost.run { (running) async throws in
            let record = FunctionRecord.sample("g")
            running.store.writeUnseen([
                .put(.function(record.name, in: record.scope), try StoredRecordCoding.encode(record))
            ])
            running.store.compact()
            try await running.host.waitUntilApplied(Revision(1))
            #expect(try await running.invoke("g").summary.contains("no package"))
            try await running.host.waitUntilApplied(
                running.store.write([.delete(.function(record.name, in: record.scope))]))
            #expect(try await running.invoke("g").summary == "notFound")
        }
    }

    @Test("waiting for a revision ends with the waiting task")
    func cancelledWait() async throws {
        try await RunningHost.run { (running) async throws in
            let wait = Task { try await running.host.waitUntilApplied(Revision(99)) }
            wait.cancel()
            await #expect(throws: CancellationError.self) { try await wait.value }
        }
    }
}

extension TemporaryDirectory {
    static func isEmpty(_ path: FilePath) -> Bool {
        guard let directory = opendir(path.string) else { return true }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        return count <= 2
    }
}
