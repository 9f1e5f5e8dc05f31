import Glibc
import Logging
import NIOCore
import NIOPosix
import Subprocess
import Synchronization
import SystemPackage

/// A process that an execution environment asks for.
struct FunctionLaunch: Sendable {
    var version: FunctionVersion
    /// `127.0.0.1:<port>`.
    var runtimeAPI: String
    var temporaryDirectory: FilePath
    var logStream: String
    /// The process runs; the descriptor is the reading end of its standard output and error, and the callee's to close.
    var started: @Sendable (_ process: pid_t, _ output: CInt) -> Void
    /// The process and its group are gone, or there never was one.
    ///
    /// Called exactly once, after `started`.
    var ended: @Sendable (ProcessEnd) -> Void
}

/// Runs functions' processes with swift-subprocess, one task for each, children of the function host's `run()`.
struct FunctionSupervisor: Sendable {
    private let planner: LaunchPlanner
    private let searchPath: String
    private let terminationGrace: Duration
    private let threadPool: NIOThreadPool
    private let setpriv: FilePath?

    init(
        planner: LaunchPlanner, configuration: FunctionHostConfiguration, threadPool: NIOThreadPool, logger: Logger
    ) {
        self.planner = planner
        searchPath = configuration.searchPath
        terminationGrace = configuration.terminationGrace
        self.threadPool = threadPool
        setpriv = ProcessCommand.findSetpriv()
        if setpriv == nil {
            logger.notice("setpriv (util-linux) is not installed: functions outlive a server that is killed")
        }
    }

    /// Returns when the process has ended.
    ///
    /// If the task is cancelled, the process group is terminated.
    func supervise(_ launch: FunctionLaunch) async {
        do throws(LaunchFailure) {
            let plan = try await planner.plan(for: launch.version)
            try await prepare(launch.temporaryDirectory)
            launch.ended(try await run(launch, plan))
        } catch {
            launch.ended(.notStarted(error))
        }
    }

    private func prepare(_ temporaryDirectory: FilePath) async throws(LaunchFailure) {
        do {
            try await threadPool.runIfActive { try DirectoryTree.make(temporaryDirectory) }
        } catch {
            throw .unavailable(reason: "\(error)")
        }
    }

    private func run(_ launch: FunctionLaunch, _ plan: LaunchPlan) async throws(LaunchFailure) -> ProcessEnd {
        var variables = FunctionEnvironmentVariables(
            version: launch.version, runtimeAPI: launch.runtimeAPI, taskRoot: plan.taskRoot,
            runtimeDirectory: planner.runtimeDirectory, temporaryDirectory: launch.temporaryDirectory,
            searchPath: searchPath, logStream: launch.logStream
        ).variables
        let command = ProcessCommand.make(plan.command, setpriv: setpriv, host: getpid(), variables: &variables)
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: terminationGrace)
        ]
        let environment = Dictionary(
            variables.map { (Environment.Key(stringLiteral: $0.key), $0.value) }, uniquingKeysWith: { $1 })
        let output = try Self.makePipe()
        let hasStarted = Mutex(false)
        do {
            let result = try await Subprocess.run(
                .path(command.executable), arguments: Arguments(command.arguments),
                environment: .custom(environment), workingDirectory: plan.taskRoot, platformOptions: options,
                input: .none, output: .fileDescriptor(output.write, closeAfterSpawningProcess: true),
                error: .combinedWithOutput
            ) { execution in
                hasStarted.withLock { $0 = true }
                launch.started(execution.processIdentifier.value, output.read.rawValue)
                return execution.processIdentifier.value
            }
            await Self.killGroup(result.closureResult)
            switch result.terminationStatus {
            case .exited(let status): return .exited(status: status)
            case .signaled(let signal): return .signaled(signal: signal)
            }
        } catch {
            // The environment closes what it was given; closing twice could hit somebody else's descriptor.
            if !hasStarted.withLock({ $0 }) { try? output.read.close() }
            throw .unavailable(reason: "\(plan.command.first ?? "") cannot be started: \(error)")
        }
    }

    /// Ends what a process left in its group, and waits a moment until it is gone.
    ///
    /// The id of the process, which is reaped, cannot belong to another group yet: ids are given out in turn, and one
    /// that still names a group is not given out at all.
    private static func killGroup(_ group: pid_t) async {
        // Bounded, because a zombie whose parent does not reap it stays in the group.
        for _ in 0..<100 {
            guard kill(-group, SIGKILL) == 0 else { return }
            // Cancelled or not: there is nothing better to do than to look again.
            try? await Task.sleep(for: .milliseconds(2))
        }
    }

    /// The reading end does not block.
    private static func makePipe() throws(LaunchFailure) -> (
        read: SystemPackage.FileDescriptor, write: SystemPackage.FileDescriptor
    ) {
        do {
            let ends = try SystemPackage.FileDescriptor.pipe()
            for end in [ends.readEnd, ends.writeEnd] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
            _ = fcntl(ends.readEnd.rawValue, F_SETFL, O_NONBLOCK)
            return (ends.readEnd, ends.writeEnd)
        } catch {
            throw .unavailable(reason: "no pipe for the function's output: \(error)")
        }
    }
}
