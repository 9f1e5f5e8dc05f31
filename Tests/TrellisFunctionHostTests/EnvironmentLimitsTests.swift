import Glibc
import NIOCore
import SystemPackage
import Testing
import TrellisInvoke
import TrellisModel

@testable import TrellisFunctionHost

@Suite("Limits of execution environments")
struct EnvironmentBudgetTests {
    @Test("the memory of all environments together, and their number")
    func budget() {
        let budget = EnvironmentBudget(environments: 3, memoryMB: 1_024)
        #expect(budget.take(memoryMB: 512))
        #expect(budget.take(memoryMB: 512))
        #expect(!budget.take(memoryMB: 128), "no memory")
        budget.giveBack(memoryMB: 512)
        #expect(budget.take(memoryMB: 128))
        #expect(budget.take(memoryMB: 128))
        #expect(!budget.take(memoryMB: 128), "three of three")
    }

    @Test("a function that may use more than there is runs alone")
    func larger() {
        let budget = EnvironmentBudget(environments: 3, memoryMB: 1_024)
        #expect(budget.take(memoryMB: 10_240))
        #expect(!budget.take(memoryMB: 128))
        budget.giveBack(memoryMB: 10_240)
        #expect(budget.take(memoryMB: 1_024))
    }

    @Test("what reservations leave of an account's concurrency")
    func scope() {
        let scope = ScopeConcurrency(limit: 2)
        #expect(scope.take() && scope.take())
        #expect(!scope.take())
        scope.setLimit(1)
        scope.giveBack()
        #expect(!scope.take(), "one still runs")
        scope.giveBack()
        #expect(scope.take())
    }

    @Test("a queue: the earliest deadline first, in the order of arrival where deadlines are equal")
    func queue() {
        var queue = InvocationQueue<Int>()
        func at(_ seconds: UInt64) -> NIODeadline { .uptimeNanoseconds(seconds * 1_000_000_000) }
        for (item, deadline) in [(1, 3), (2, 3), (3, 5), (4, 1)] as [(Int, UInt64)] {
            queue.insert(.init(item: item, deadline: at(deadline), reason: .account))
        }
        #expect(queue.count == 4)
        #expect(queue.expire(now: at(1)).map(\.item) == [4])
        #expect(queue.popFirst()?.item == 1)
        // Back, because there is no room yet.
        queue.insert(.init(item: 1, deadline: at(2), reason: .account))
        #expect(queue.first?.item == 1)
        #expect(queue.expire(now: at(9)).map(\.item) == [1, 2, 3])
        #expect(queue.isEmpty && queue.popFirst() == nil)
    }
}

@Suite("Execution environments at their limits", .serialized, .timeLimit(.minutes(5)))
struct EnvironmentLimitsTests {
    /// Answers with its process id when a file of its name is there; the event is the name.
    static let gate = FunctionHostTests.gate
    static let accountLimit = #"throttled(reason: "ConcurrentInvocationLimitExceeded")"#

    func busy(_ running: RunningHost) async throws -> Int {
        try await running.host.environments().count { $0.state == "busy" }
    }

    /// Holds as many invocations of `f` while `body` runs, and returns their answers.
    func hold(_ running: RunningHost, _ count: Int, _ body: () async throws -> Void) async throws -> [String] {
        let gate = running.directory.file("held-\(count)")
        return try await withThrowingTaskGroup(of: String.self) { tasks in
            for index in 0..<count {
                tasks.addTask { try await running.invoke("f", "\"\(gate)\"", requestID: "held-\(index)").summary }
            }
            #expect(try await running.eventually { try await busy(running) == count })
            try await body()
            try gate.write("")
            return try await tasks.reduce(into: []) { $0.append($1) }
        }
    }

    @Test("the account's concurrency, less what other functions reserve")
    func account() async throws {
        try await RunningHost.run { configuration in
            configuration.accountConcurrency = 3
        } _: { (running) async throws in
            for name in ["f", "g", "h"] { try await running.python(Self.gate, name: name, timeout: 60) }
            try await running.reserve(2, for: "h")
            let answers = try await hold(running, 1) { () async throws in
                #expect(try await running.invoke("f", "null").summary == Self.accountLimit)
                #expect(try await running.invoke("g", "null").summary == Self.accountLimit)
                #expect(try await running.invoke("h", "null").summary.hasPrefix("200 "), "it has its own")
            }
            #expect(answers.allSatisfy { $0.hasPrefix("200 ") })
            #expect(try await running.invoke("g", "null").summary.hasPrefix("200 "))
            try await running.reserve(nil, for: "h")
            _ = try await hold(running, 2) { () async throws in
                #expect(try await running.invoke("g", "null").summary.hasPrefix("200 "))
            }
        }
    }

    @Test("the machine's memory: unused environments of other functions make room, then calls are throttled")
    func memory() async throws {
        try await RunningHost.run { configuration in
            configuration.memoryBudgetMB = 256
            configuration.reuseWait = .milliseconds(500)
        } _: { (running) async throws in
            for name in ["f", "g", "h"] { try await running.python(Self.gate, name: name, timeout: 60) }
            for name in ["g", "h", "f"] { #expect(try await running.invoke(name, "null").summary.hasPrefix("200 ")) }
            #expect(try await running.eventually { try await running.host.environments().count == 2 })
            _ = try await hold(running, 2) { () async throws in
                #expect(try await running.invoke("g", "null").summary == Self.accountLimit)
            }
            #expect(try await running.invoke("g", "null").summary.hasPrefix("200 "))
        }
    }

    @Test(
        "a configured queue: calls wait in turn, not more than it holds, not longer than they may",
        .timeLimit(.minutes(5)))
    func queue() async throws {
        try await RunningHost.run { configuration in
            configuration.maximumEnvironmentsPerFunction = 1
            configuration.queueLength = 2
            configuration.queueWait = .seconds(60)
        } _: { (running) async throws in
            try await running.python(Self.gate, timeout: 60)
            let gate = running.directory.file("gate")
            let served = try await withThrowingTaskGroup(of: String.self) { (tasks) async throws in
                tasks.addTask { try await running.invoke("f", "\"\(gate)\"").summary }
                #expect(try await running.eventually { try await busy(running) == 1 })
                for _ in 0..<3 { tasks.addTask { try await running.invoke("f", "null").summary } }
                // Two wait, and the third has no place.
                #expect(try await tasks.next() == Self.accountLimit)
                // Those that wait are tried a hundred times a second; none of these tries may lead to more tries.
                try await Task.sleep(for: .milliseconds(500))
                try gate.write("")
                var summaries: [String] = []
                for try await summary in tasks { summaries.append(summary) }
                return summaries
            }
            #expect(served.count == 3 && served.allSatisfy { $0.hasPrefix("200 ") })
            #expect(try await running.host.environments().count == 1)
        }
        try await RunningHost.run { configuration in
            configuration.queueLength = 1
            configuration.queueWait = .milliseconds(20)
        } _: { (running) async throws in
            try await running.python(Self.gate, timeout: 60)
            try await running.reserve(1)
            _ = try await hold(running, 1) { () async throws in
                let reason = try await running.invoke("f", "null").summary
                #expect(reason == #"throttled(reason: "ReservedFunctionConcurrentInvocationLimitExceeded")"#)
            }
        }
    }

    @Test("a shutdown ends the wait in the queue")
    func queueAtShutdown() async throws {
        try await RunningHost.run { configuration in
            configuration.maximumEnvironmentsPerFunction = 1
            configuration.queueLength = 1
            configuration.queueWait = .seconds(600)
            configuration.drainTimeout = .milliseconds(50)
        } _: { (running) async throws in
            try await running.python("import time\ndef handler(event, context): time.sleep(600)", timeout: 900)
            async let first = running.invoke(requestID: "first")
            #expect(try await running.eventually { try await busy(running) == 1 })
            async let second = running.invoke(requestID: "second")
            // It is refused in both cases, and in the queue most of the time.
            await running.host.shutdown()
            #expect(try await second.summary.contains("shutting down"))
            #expect(try await first.summary.contains("signal: terminated"))
        }
    }

    @Test("more memory than MemorySize, over all processes: killed, and the next call runs")
    func outOfMemory() async throws {
        try await RunningHost.run { (running) async throws in
            try await running.python(
                """
                import os, subprocess, sys, time
                def handler(event, context):
                    if event == "own":
                        waste = bytearray(200_000_000)
                        time.sleep(600)
                    if event == "children":
                        code = "import time; waste = bytearray(60_000_000); time.sleep(600)"
                        for _ in range(3): subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
                        time.sleep(600)
                    return os.getpid()
                """, timeout: 900)
            let first = try await running.invoke("f", "null").summary
            for event in [#""own""#, #""children""#] {
                let outcome = try await running.invoke("f", event, requestID: "r")
                #expect(
                    outcome.summary == #"error exited {"errorType":"Runtime.ExitError","errorMessage":"RequestId: r "#
                        + #"Error: Runtime exited with error: signal: killed"}"#)
                let used = outcome.tail.split(separator: "Max Memory Used: ").last?.split(separator: " ").first
                #expect(used.flatMap { Int($0) } ?? 0 > 128, "\(outcome.tail)")
            }
            let last = try await running.invoke("f", "null").summary
            #expect(last.hasPrefix("200 ") && last != first)
            #expect(running.processes().count == 1)
        }
    }

    @Test("unused: stopped with all it started, and running again for the next call")
    func freeze() async throws {
        try await RunningHost.run { configuration in
            configuration.freezeDelay = .milliseconds(1)
        } _: { (running) async throws in
            let beats = running.directory.file("beats")
            try await running.python(
                """
                import subprocess
                subprocess.Popen(["sh", "-c", "while true; do echo >> \(beats); sleep 0.01; done"], start_new_session=True)
                def handler(event, context): return event
                """)
            for number in 1...3 {
                #expect(try await running.invoke("f", "\(number)").summary == "200 \(number)")
                #expect(try await running.eventually { try await running.host.environments().allSatisfy(\.isFrozen) })
                // A signal that was sent takes effect a moment later. What ended before it did stays a zombie, as its
                // parent is stopped; and a shell whose child is stopped between vfork and exec waits for it without end.
                let areStopped = try await running.eventually {
                    let states: [Character] = running.processes().compactMap { ProcFile.read("/proc/\($0)/stat") }
                        .compactMap { String(decoding: $0, as: UTF8.self).split(separator: ") ").last?.first }
                    return states.count { $0 == "T" } >= 2 && states.allSatisfy { "TZD".contains($0) }
                }
                #expect(areStopped)
            }
            // A frozen environment ends like any other.
            await running.host.shutdown()
        }
    }

    @Test("nothing is left of a function that hides what it starts, whichever way it ends")
    func hiddenProcesses() async throws {
        try await RunningHost.run { configuration in
            configuration.terminationGrace = .milliseconds(50)
        } _: { (running) async throws in
            try await running.python(
                """
                import os, subprocess, sys, time
                orphan = "(setsid sleep 600 &) ; setsid setsid sleep 600 & (trap '' TERM HUP; sleep 600) &"
                def handler(event, context):
                    subprocess.run(["sh", "-c", orphan], stdin=subprocess.DEVNULL)
                    if event == "exit": os._exit(0)
                    if event == "hang": time.sleep(600)
                    return 1
                """, timeout: 2)
            for event in [#""exit""#, #""hang""#, "null"] {
                _ = try await running.invoke("f", event)
            }
            // What was started last may still be on its way from one program to the next.
            #expect(try await running.eventually { running.processes().count >= 4 })
        }
    }

    @Test("somebody kills the supervisor: the call fails, what the function started is gone, the next call runs")
    func supervisorKilled() async throws {
        try await RunningHost.run { (running) async throws in
            try await running.python(
                """
                import os, subprocess, signal, time
                def handler(event, context):
                    if event is None: return "fine"
                    subprocess.Popen(["setsid", "sleep", "600"])
                    os.kill(os.getppid(), signal.SIGKILL)
                    time.sleep(600)
                """, timeout: 900)
            #expect(try await running.invoke("f", "1").summary.contains("signal: killed"))
            #expect(running.processes(supervisors: true).isEmpty)
            #expect(try await running.invoke("f", "null").summary == #"200 "fine""#)
        }
    }

    @Test("an initialisation that fails on the time of an invocation says so in the log")
    func initReport() async throws {
        try await RunningHost.run { configuration in
            configuration.initTimeout = .milliseconds(100)
        } _: { (running) async throws in
            try await running.python("import time\ntime.sleep(600)\n", timeout: 1)
            let tail = try await running.invoke(requestID: "r").tail
            #expect(tail.contains(" ms\tPhase: invoke\tStatus: timeout\t\n"))
            #expect(try await running.log().contains(" ms\tPhase: init\tStatus: timeout\t\n"))
            try await running.python("import os\nos._exit(3)\n")
            #expect(try await running.invoke(requestID: "r").tail.contains(" ms\tPhase: invoke\tStatus: error\t\n"))
        }
    }
}
