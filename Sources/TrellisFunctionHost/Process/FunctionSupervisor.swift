import Glibc
import Logging
import NIOCore
import NIOPosix
import Subprocess
import SystemPackage
import TrellisModel

/// A process that an execution environment asks for.
struct FunctionLaunch: Sendable {
    var version: FunctionVersion
    /// Kept initialised, not started for an invocation.
    var isProvisioned: Bool
    /// `127.0.0.1:<port>`.
    var runtimeAPI: String
    var temporaryDirectory: FilePath
    var logStream: LogStreamID
    /// A descriptor of the directory whose contents the sandbox's `/tmp` begins with.
    var earlierFiles: CInt?
    /// For standard output and error; the supervisor closes it.
    var output: CInt
    var started: @Sendable (_ process: pid_t, SandboxReport?) -> Void
    /// The process and its group are gone, or there never was one.
    ///
    /// Called exactly once, after `started`.
    var ended: @Sendable (ProcessEnd) -> Void

    /// The name of the environment, after which its directory is called.
    var environment: String { temporaryDirectory.removingLastComponent().lastComponent?.string ?? "" }
}

/// Runs functions' processes with swift-subprocess, one task for each, children of the function host's `run()`.
struct FunctionSupervisor: Sendable {
    let planner: LaunchPlanner
    let configuration: FunctionHostConfiguration
    let isolation: Isolation
    let setpriv: FilePath?
    private let terminationGrace: Duration
    private let threadPool: NIOThreadPool
    let program: FilePath?

    /// - Parameter program: `trellis-supervisor`, if there is one.
    init(
        planner: LaunchPlanner, configuration: FunctionHostConfiguration, isolation: Isolation, program: FilePath?,
        threadPool: NIOThreadPool, logger: Logger
    ) {
        self.planner = planner
        self.configuration = configuration
        self.isolation = isolation
        terminationGrace = configuration.terminationGrace
        self.threadPool = threadPool
        self.program = program
        setpriv = ProcessCommand.findSetpriv()
        if program == nil {
            logger.notice(
                "trellis-supervisor is not beside this program: what functions start outlives a server that is killed")
        }
    }

    /// Returns when the process has ended.
    ///
    /// If the task is cancelled, the process group is terminated.
    func supervise(_ launch: FunctionLaunch) async {
        let packages = PackageStore.names(of: launch.version.configuration)
        await planner.packages.hold(packages)
        await superviseHeld(launch)
        await planner.packages.giveBack(packages)
    }

    private func superviseHeld(_ launch: FunctionLaunch) async {
        let output = SystemPackage.FileDescriptor(rawValue: launch.output)
        let plan: LaunchPlan
        do throws(LaunchFailure) {
            plan = try await planner.plan(for: launch.version)
            try await prepare(launch.temporaryDirectory)
        } catch {
            try? output.close()
            return launch.ended(.notStarted(error))
        }
        launch.ended(await run(launch, plan, output))
    }

    private func prepare(_ temporaryDirectory: FilePath) async throws(LaunchFailure) {
        do {
            try await threadPool.runIfActive { try DirectoryTree.make(temporaryDirectory) }
        } catch {
            throw .unavailable(reason: "\(error)")
        }
    }

    /// - Parameter output: Closed by swift-subprocess, whatever happens.
    private func run(
        _ launch: FunctionLaunch, _ plan: LaunchPlan, _ output: SystemPackage.FileDescriptor
    ) async -> ProcessEnd {
        let start: FunctionStart
        do {
            start = try await threadPool.runIfActive { try self.start(launch, plan) }
        } catch {
            try? output.close()
            return .notStarted(.unavailable(reason: "the function's process cannot be prepared: \(error)"))
        }
        let end = await run(start, launch, plan, output)
        if let controlGroups = isolation.controlGroups {
            try? await threadPool.runIfActive { controlGroups.remove(launch.environment) }
        }
        return end
    }

    private func run(
        _ start: FunctionStart, _ launch: FunctionLaunch, _ plan: LaunchPlan, _ output: SystemPackage.FileDescriptor
    ) async -> ProcessEnd {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: terminationGrace)
        ]
        if program != nil, start.sandbox == nil {
            options.teardownSequence.append(
                .send(signal: .userDefinedOne, allowedDurationToNextStep: FunctionProcess.supervisorGrace))
        }
        let environment = Dictionary(
            start.variables.map { (Environment.Key(stringLiteral: $0.key), $0.value) }, uniquingKeysWith: { $1 })
        do {
            let result = try await Subprocess.run(
                .path(start.executable), arguments: Arguments(start.arguments),
                environment: .custom(environment), workingDirectory: start.workingDirectory, platformOptions: options,
                input: .fileDescriptor(start.input, closeAfterSpawningProcess: true),
                output: .fileDescriptor(output, closeAfterSpawningProcess: true), error: .combinedWithOutput
            ) { execution in
                launch.started(execution.processIdentifier.value, start.sandbox)
                return execution.processIdentifier.value
            }
            await endWhatIsLeft(of: launch, start.sandbox, group: result.closureResult, result.terminationStatus)
            switch result.terminationStatus {
            case .exited(let status): return start.end(status: status)
            case .signaled(let signal): return .signaled(signal: signal)
            }
        } catch {
            let reason = "\(plan.command.first ?? "the runtime") cannot be started: \(error)"
            return .notStarted(.unavailable(reason: reason))
        }
    }

    /// Ends what a process left in its group or its sandbox, and waits a moment until it is gone.
    ///
    /// A supervisor that was not killed has ended everything before it ended itself.
    private func endWhatIsLeft(
        of launch: FunctionLaunch, _ sandbox: SandboxReport?, group: pid_t, _ status: TerminationStatus
    ) async {
        if let sandbox {
            // Bubblewrap is gone, and the kernel is ending what was in the sandbox.
            if let first = sandbox.firstProcess { await Self.killAll(first) }
            return await Self.killAll(-group)
        }
        if program == nil { await Self.killAll(-group) }
        guard program == nil || status == .signaled(SIGKILL) else { return }
        // Throws only if the pool is shut down, and then the whole program ends.
        try? await threadPool.runIfActive { ProcessSweep.end(environments: [launch.environment]) }
    }

    /// The id of the process, which is reaped, cannot belong to another group yet: ids are given out in turn, and one
    /// that still names a group is not given out at all.
    ///
    /// - Parameter process: As `kill` takes it, negative for a group.
    private static func killAll(_ process: pid_t) async {
        // Bounded, because a zombie whose parent does not reap it stays in the group.
        for _ in 0..<100 {
            guard kill(process, SIGKILL) == 0 else { return }
            // Cancelled or not: there is nothing better to do than to look again.
            try? await Task.sleep(for: .milliseconds(2))
        }
    }
}
