import Glibc
import NIOCore
import Testing
import TrellisInvoke
import TrellisModel

@testable import TrellisFunctionHost

@Suite("Provisioned concurrency, decided")
struct ProvisionedDecisionTests {
    let now = NIODeadline.uptimeNanoseconds(1_000)

    func isNothing(_ action: EnvironmentPoolStateMachine<Int>.Action?) -> Bool {
        if case nil = action { true } else { false }
    }

    func expectEnough(
        _ machine: inout EnvironmentPoolStateMachine<Int>, _ isEnough: Bool = true,
        at location: SourceLocation = #_sourceLocation
    ) {
        let made = machine.provision()
        #expect((made == nil) == isEnough, sourceLocation: location)
    }

    /// A pool with two environments that are kept initialised, and are.
    func machine() throws -> EnvironmentPoolStateMachine<Int> {
        var machine = EnvironmentPoolStateMachine<Int>()
        #expect(machine.setProvisioned(2).isEmpty)
        for _ in 0..<2 {
            let made = machine.provision()
            let id = try #require(made)
            #expect(isNothing(machine.becameReady(id, now: now)))
        }
        expectEnough(&machine)
        return machine
    }

    @Test("they take invocations first, do not count as started on demand, and never grow old")
    func use() throws {
        var machine = try machine()
        #expect(machine.onDemandCount == 0 && machine.provisionedCount == 2 && machine.hasFreeProvisioned)
        #expect(machine.reap(unusedSince: now + .hours(1)).isEmpty)
        #expect(machine.giveUpOne() == nil)
        #expect(machine.unusedSince == nil)
        for item in 1...2 {
            guard case .run(item, _) = machine.invoke(item) else {
                Issue.record("does not run at once")
                return
            }
        }
        guard case .needsEnvironment = machine.invoke(3), case .start? = machine.grow(.available) else {
            Issue.record("no spillover")
            return
        }
        #expect(machine.onDemandCount == 1)
    }

    @Test("one that ends is replaced; one that ends while a call waits runs that call")
    func replace() throws {
        var machine = try machine()
        guard case .run(1, let id) = machine.invoke(1), case .stop(id)? = machine.becameCold(id, now: now) else {
            Issue.record("kept")
            return
        }
        #expect(machine.initializedProvisionedCount == 1)
        let made = machine.provision()
        let replacement = try #require(made)
        #expect(machine.initializedProvisionedCount == 1 && machine.provisionedCount == 2)
        guard case .run(2, _) = machine.invoke(2), case .needsEnvironment = machine.invoke(3) else {
            Issue.record("not the one that is free")
            return
        }
        // The call waits, so that the one that could not be initialised tries again for it.
        guard case .run(3, replacement)? = machine.becameCold(replacement, now: now) else {
            Issue.record("the call is lost")
            return
        }
        #expect(!machine.isProvisioned(replacement))
        expectEnough(&machine, false)
    }

    @Test("fewer: unused ones go, busy ones stay as ordinary ones")
    func shrink() throws {
        var machine = try machine()
        guard case .run(1, let busy) = machine.invoke(1) else {
            Issue.record("does not run")
            return
        }
        #expect(machine.setProvisioned(0).count == 1)
        #expect(machine.onDemandCount == 1 && machine.provisionedCount == 0)
        #expect(isNothing(machine.answered(busy)))
        #expect(isNothing(machine.becameReady(busy, now: now)))
        #expect(machine.giveUpOne() == busy)
        #expect(machine.isEmpty)
    }

    @Test("a pool that is to keep some is not forgotten; a retired one keeps none")
    func retire() throws {
        var machine = EnvironmentPoolStateMachine<Int>()
        _ = machine.setProvisioned(1)
        #expect(!machine.isEmpty)
        let made = machine.provision()
        let id = try #require(made)
        #expect(isNothing(machine.provisionDenied(id)))
        expectEnough(&machine, false)
        _ = machine.retire()
        _ = machine.setProvisioned(3)
        expectEnough(&machine)
    }
}

@Suite("Provisioned concurrency", .serialized, .timeLimit(.minutes(5)))
struct ProvisionedEnvironmentsTests {
    static let code = """
        import os
        def handler(event, context):
            if event == "exit": os._exit(1)
            return [os.getpid(), os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]]
        """

    /// Version 1 of `f`, with a number of environments that are to be kept initialised.
    func deploy(_ running: RunningHost, _ count: Int, _ code: String = code) async throws -> FunctionRecord {
        let record = try await running.deploy("f", [.init(path: "app.py", text: code)])
        try await running.put(record.version(1), at: .functionVersion(1, of: record.name, in: record.scope))
        try await provision(running, record, count)
        return record
    }

    func provision(_ running: RunningHost, _ record: FunctionRecord, _ count: Int) async throws {
        let provisioned = ProvisionedConcurrencyRecord(
            scope: record.scope, functionName: record.name, qualifier: .version(1), requested: count,
            lastModified: record.lastModified)
        try await running.put(
            provisioned, at: .provisionedConcurrency(.version(1), of: record.name, in: record.scope))
    }

    func available(_ running: RunningHost, _ count: Int) async throws -> Bool {
        try await running.eventually {
            await running.host.provisionedEnvironments(of: try running.arn("f", .version(1)))
                == ProvisionedEnvironments(allocated: count, available: count)
        }
    }

    @Test("they are there before the first call, are told what they are, and are replaced when they end")
    func keep() async throws {
        try await RunningHost.run { configuration in
            configuration.idleTimeout = .milliseconds(1)
        } _: { (running) async throws in
            let record = try await deploy(running, 2)
            #expect(try await available(running, 2))
            let known = Set(try await running.host.environments().compactMap(\.process))
            #expect(known.count == 2)
            let answer = try await running.invoke("f", "null", qualifier: .version(1)).summary
            #expect(answer.hasSuffix(#", "provisioned-concurrency"]"#))
            #expect(known.contains { answer.contains("[\($0),") })
            #expect(try await running.invoke("f", "null").summary.contains("on-demand"), "$LATEST has none")
            let exit = try await running.invoke("f", #""exit""#, qualifier: .version(1))
            #expect(exit.summary.contains("exit status 1"))
            #expect(try await available(running, 2))
            try await provision(running, record, 0)
            #expect(try await running.eventually { try await running.host.environments().isEmpty })
        }
    }

    @Test("one that cannot be initialised says why and is tried again")
    func failure() async throws {
        try await RunningHost.run { (running) async throws in
            let gate = running.directory.file("gate")
            let code = "import os\nif not os.path.exists('\(gate)'): os._exit(1)\n" + Self.code
            _ = try await deploy(running, 1, code)
            let version = try running.arn("f", .version(1))
            #expect(
                try await running.eventually {
                    await running.host.provisionedEnvironments(of: version).failure != nil
                })
            try gate.write("")
            #expect(try await available(running, 1))
        }
    }

    @Test("they take from the account's concurrency and from the machine's memory")
    func limits() async throws {
        try await RunningHost.run { configuration in
            configuration.accountConcurrency = 2
            configuration.memoryBudgetMB = 256
        } _: { (running) async throws in
            let record = try await deploy(running, 2)
            #expect(try await available(running, 2))
            try await running.python("def handler(event, context): return 1", name: "g")
            #expect(
                try await running.invoke("g").summary == #"throttled(reason: "ConcurrentInvocationLimitExceeded")"#)
            #expect(try await running.invoke("f", "null", qualifier: .version(1)).summary.hasPrefix("200 "))
            try await provision(running, record, 1)
            #expect(try await running.invoke("g").summary == "200 1")
        }
    }
}
