import FoundationEssentials
import Glibc
import Logging
import NIOCore
import NIOPosix
import SystemPackage
import Testing
import TrellisInvoke
import TrellisLogs
import TrellisModel
import TrellisStore

@testable import TrellisFunctionHost

/// A function host in this process with a store, packages and loops of its own, for the length of one closure.
struct RunningHost: Sendable {
    static let scope: Scope = {
        guard let account = AccountID("123456789012"), let region = Region("us-east-1") else { preconditionFailure() }
        return Scope(account: account, region: region)
    }()

    let host: FunctionHost
    let store: InMemoryStore
    let directory: TemporaryDirectory
    let eventLoopGroup: MultiThreadedEventLoopGroup

    /// A host that does not run yet.
    init(
        loops: Int = 2, clock: any WallClock = SystemClock(),
        configure: (inout FunctionHostConfiguration) -> Void = { _ in }
    ) throws {
        let directory = try TemporaryDirectory()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        var configuration = FunctionHostConfiguration(
            dataDirectory: directory.path,
            searchPath: String(cString: getenv("PATH") ?? strdup("/usr/bin:/bin")))
        configuration.interpreters.prefersAWSLambdaRIC = false
        // Functions of these tests meet the test in directories of the machine, and tell their process ids.
        configuration.isolation = .none
        // Calls one after the other always meet the same environment, however slow the machine is.
        configuration.reuseWait = .seconds(10)
        configure(&configuration)
        let store = InMemoryStore()
        let host = FunctionHost(
            configuration: configuration, store: store, eventLoopGroup: group, clock: clock,
            // Names of environments must differ between hosts, which know their processes by them.
            random: SeededRandom(
                directory.path.string.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
            ), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        self.host = host
        self.store = store
        self.directory = directory
        eventLoopGroup = group
    }

    /// Runs `body`, shuts down, and checks that no process of the host is left.
    static func run(
        loops: Int = 2, clock: any WallClock = SystemClock(),
        configure: (inout FunctionHostConfiguration) -> Void = { _ in },
        _ body: (RunningHost) async throws -> Void
    ) async throws {
        let running = try RunningHost(loops: loops, clock: clock, configure: configure)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await running.host.run() }
            let result: Result<Void, any Error>
            do {
                try await running.host.waitUntilApplied(.zero)
                result = .success(try await body(running))
            } catch {
                result = .failure(error)
            }
            await running.host.shutdown()
            try await tasks.waitForAll()
            try result.get()
        }
        #expect(running.processes(supervisors: true).isEmpty, "processes left behind")
        try await running.eventLoopGroup.shutdownGracefully()
    }

    // MARK: Functions

    @discardableResult
    func deploy(
        _ name: String = "f", _ files: [ZipWriter.File], runtime: String = "python3.11",
        handler: String = "app.handler",
        timeout: Int = 10, environment: [String: String] = [:], logging: FunctionLogging? = nil, scope: Scope = scope
    ) async throws -> FunctionRecord {
        let package = try await host.packages.store(try ZipWriter.zip(files))
        var record = FunctionRecord.sample(
            name, runtime: runtime, handler: handler, timeout: timeout, environment: environment,
            sha256: package.sha256, scope: scope)
        record.latest.logging = logging
        try await put(record, at: .function(record.name, in: scope))
        return record
    }

    func put<Record: StoredRecord>(_ record: Record, at key: StoreKey) async throws {
        try await host.waitUntilApplied(store.put(record, at: key))
    }

    /// - Parameter number: `nil` takes the reservation away.
    func reserve(_ number: Int?, for name: String = "f") async throws {
        let function = try arn(name)
        let key = StoreKey.functionConcurrency(function.name, in: function.scope)
        guard let number else { return try await host.waitUntilApplied(store.write([.delete(key)])) }
        try await put(
            FunctionConcurrencyRecord(scope: function.scope, functionName: function.name, reserved: number), at: key)
    }

    func python(
        _ code: String, name: String = "f", timeout: Int = 10, environment: [String: String] = [:],
        logging: FunctionLogging? = nil
    ) async throws {
        try await deploy(
            name, [.init(path: "app.py", text: code)], timeout: timeout, environment: environment, logging: logging)
    }

    func shell(_ code: String, name: String = "f", timeout: Int = 10) async throws {
        try await deploy(
            name, [.init(path: "bootstrap", text: "#!/bin/sh\n" + code, isExecutable: true)],
            runtime: "provided.al2023", handler: "unused", timeout: timeout)
    }

    // MARK: Calls

    func arn(_ name: String = "f", _ qualifier: Qualifier? = nil) throws -> FunctionARN {
        FunctionARN(scope: Self.scope, name: try #require(FunctionName(name)), qualifier: qualifier)
    }

    func invoke(
        _ name: String = "f", _ event: String = "{}", qualifier: Qualifier? = nil,
        caller: Invocation.Caller = .authorized, requestID: String = "00000000-0000-4000-8000-000000000001",
        clientContext: String? = nil
    ) async throws -> InvocationOutcome {
        try await invoke(name, ByteBuffer(string: event), qualifier, caller, requestID, clientContext)
    }

    func invoke(
        _ name: String, _ event: ByteBuffer, _ qualifier: Qualifier? = nil, _ caller: Invocation.Caller = .authorized,
        _ requestID: String = "00000000-0000-4000-8000-000000000001", _ clientContext: String? = nil
    ) async throws -> InvocationOutcome {
        let invocation = Invocation(
            function: try arn(name, qualifier), payload: event, requestID: requestID, caller: caller,
            clientContext: clientContext)
        let loop = eventLoopGroup.next()
        return try await loop.flatSubmit { host.invoke(invocation, on: loop) }.get()
    }

    /// Everything in the function's log group, in the order of time, each event with a newline.
    func log(_ name: String = "f", group: String? = nil) async throws -> String {
        try await host.flushLogs()
        let group = try #require(LogGroupName(group ?? "/aws/lambda/\(name)"))
        let query = LogQuery(scope: Self.scope, group: group, streams: .all, limit: 10_000)
        return try await host.logs.events(query).events.map { String(decoding: $0.message, as: UTF8.self) + "\n" }
            .joined()
    }

    /// Processes that have this host's data directory in their environment or see a part of it as another directory:
    /// children and all that they started.
    ///
    /// - Parameter supervisors: Whether `trellis-supervisor` counts.
    func processes(supervisors: Bool = false) -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { process in
            let isMine = ["environ", "mountinfo"].contains { name in
                let text = ProcFile.read("/proc/\(process)/\(name)") ?? []
                return String(decoding: text, as: UTF8.self).contains(directory.path.string)
            }
            return isMine
                && (supervisors || ProcFile.read("/proc/\(process)/comm") != Array("trellis-supervi\n".utf8))
        }
    }

    /// Looks again and again, without a fixed wait, until a condition holds or 20 seconds are over.
    func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            if try await condition() { return true }
            try await Task.sleep(for: .milliseconds(5))
        }
        return false
    }
}

extension FunctionRecord {
    static func sample(
        _ name: String, runtime: String = "python3.11", handler: String = "app.handler", timeout: Int = 10,
        environment: [String: String] = [:], sha256: String = String(repeating: "0", count: 64),
        scope: Scope = RunningHost.scope
    ) -> FunctionRecord {
        guard let functionName = FunctionName(name) else { preconditionFailure("bad name in a test") }
        return FunctionRecord(
            scope: scope, name: functionName,
            latest: FunctionConfiguration(
                runtime: runtime, handler: handler, role: "arn:aws:iam::123456789012:role/r", description: "",
                timeoutSeconds: timeout, memorySizeMB: 128, ephemeralStorageMB: 512, environment: environment,
                architecture: "x86_64", codeSHA256: sha256, codeSize: 1),
            revisionID: "r", createdAt: Timestamp(millisecondsSinceEpoch: 0),
            lastModified: Timestamp(millisecondsSinceEpoch: 0), wasUpdated: false, nextVersion: 1, tags: [:])
    }

    func version(_ number: Int) -> FunctionVersionRecord {
        FunctionVersionRecord(
            scope: scope, name: name, version: number, configuration: latest, revisionID: "v\(number)",
            lastModified: lastModified)
    }
}

extension InvocationOutcome {
    /// What the caller sees, in one line: `200 <payload>`, `error <failure> <payload>`, or the rejection.
    var summary: String {
        switch self {
        case .success(let result): "200 \(String(buffer: result.payload))"
        case .functionError(let result, let failure): "error \(failure) \(String(buffer: result.payload))"
        case .rejected(let rejection): "\(rejection)"
        }
    }

    var result: InvocationResult? {
        switch self {
        case .success(let result), .functionError(let result, _): result
        case .rejected: nil
        }
    }

    var tail: String { result.map { String(buffer: $0.logTail) } ?? "" }
}
