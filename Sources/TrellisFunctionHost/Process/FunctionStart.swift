import Glibc
import SystemPackage
import TrellisModel

/// Everything that starting a function's process needs.
struct FunctionStart: Sendable {
    var executable: FilePath
    var arguments: [String]
    var variables: [String: String]
    var workingDirectory: FilePath
    /// Given to swift-subprocess, which closes it.
    var input: FileDescriptor
    /// `nil` without a sandbox.
    var sandbox: SandboxReport?

    /// What the exit of the process that was started says about the function's process.
    func end(status: Int32) -> ProcessEnd {
        guard let sandbox else { return .exited(status: status) }
        switch sandbox.finish() {
        case .exited(let status): return .exited(status: status)
        case .signaled(let signal): return .signaled(signal: signal)
        case nil:
            let reason =
                "the function's sandbox cannot be made (exit status \(status)): its log says why, and so does trellis "
                + "doctor"
            return .notStarted(.unavailable(reason: reason))
        }
    }
}

extension FunctionSupervisor {
    /// Decides how a function's process is started at the level in force.
    ///
    /// Blocks.
    func start(_ launch: FunctionLaunch, _ plan: LaunchPlan) throws -> FunctionStart {
        guard let bubblewrap = isolation.bubblewrap else { return try plainStart(launch, plan) }
        return try sandboxedStart(bubblewrap, launch, plan)
    }

    private func plainStart(_ launch: FunctionLaunch, _ plan: LaunchPlan) throws -> FunctionStart {
        var variables = FunctionEnvironmentVariables(
            version: launch.version, runtimeAPI: launch.runtimeAPI, taskRoot: plan.taskRoot,
            layersRoot: plan.layersDirectory, runtimeDirectory: planner.seenRuntimeDirectory,
            temporaryDirectory: launch.temporaryDirectory,
            searchPath: configuration.searchPath, logStream: launch.logStream,
            isProvisioned: launch.isProvisioned, credentials: credentials(for: launch.version)
        ).variables
        let command = ProcessCommand.make(
            plan.command, supervisor: program, setpriv: setpriv, host: getpid(),
            largestFile: launch.version.temporarySize, variables: &variables)
        return FunctionStart(
            executable: command.executable, arguments: command.arguments, variables: variables,
            workingDirectory: plan.taskRoot,
            input: try FileDescriptor.open("/dev/null", .readOnly, options: .closeOnExec))
    }

    private func sandboxedStart(
        _ bubblewrap: Bubblewrap, _ launch: FunctionLaunch, _ plan: LaunchPlan
    ) throws -> FunctionStart {
        var variables = FunctionEnvironmentVariables(
            version: launch.version, runtimeAPI: launch.runtimeAPI, taskRoot: SandboxPath.taskRoot,
            layersRoot: SandboxPath.layers, runtimeDirectory: planner.seenRuntimeDirectory,
            temporaryDirectory: SandboxPath.temporary,
            searchPath: searchPath(plan, bubblewrap), logStream: launch.logStream,
            isProvisioned: launch.isProvisioned, credentials: credentials(for: launch.version)
        ).variables
        let deferred = ProcessCommand.takeDeferred(from: &variables)
        let sandbox = Bubblewrap.Sandbox(
            taskRoot: plan.taskRoot, runtimes: planner.runtimeDirectory, layers: plan.layersDirectory,
            interpreter: plan.interpreter,
            hidden: (configuration.dataDirectory, by: RuntimeClients.empty(in: planner.runtimeDirectory)),
            temporarySize: launch.version.temporarySize, variables: variables)
        let configuration = launch.version.configuration
        let controlGroup = try isolation.controlGroups?.make(
            launch.environment,
            .init(memorySizeMB: configuration.memorySizeMB, ephemeralStorageMB: configuration.ephemeralStorageMB))
        let command = ProcessCommand.sandboxed(
            plan.command, bubblewrap: bubblewrap, setpriv: setpriv, host: getpid(), deferred: deferred,
            earlierFiles: launch.earlierFiles, controlGroup: controlGroup)
        let (report, end) = try SandboxReport.make(options: bubblewrap.options(sandbox))
        return FunctionStart(
            executable: command.executable, arguments: command.arguments, variables: [:], workingDirectory: "/",
            input: end, sandbox: report)
    }

    private func credentials(for version: FunctionVersion) -> FunctionCredentials? {
        configuration.roleCredentials(version.configuration.role, version.function)
    }

    /// With the directory of an interpreter that stands somewhere else, so that the function finds it too.
    private func searchPath(_ plan: LaunchPlan, _ bubblewrap: Bubblewrap) -> String {
        guard let program = plan.command.first.map({ FilePath($0) }), !plan.interpreter.isEmpty,
            !bubblewrap.layout.additional([program]).isEmpty
        else { return SandboxPath.searchPath }
        return "\(program.removingLastComponent()):\(SandboxPath.searchPath)"
    }
}

extension FunctionVersion {
    /// Bytes of its `/tmp`.
    var temporarySize: Int { max(1, min(configuration.ephemeralStorageMB, 1 << 20)) << 20 }
}
