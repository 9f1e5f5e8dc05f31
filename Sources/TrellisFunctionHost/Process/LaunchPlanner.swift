import Glibc
import SystemPackage
import TrellisModel

/// Finds out what to execute for a function version: unpacks the package, finds the interpreter.
struct LaunchPlanner: Sendable {
    let packages: PackageStore
    let interpreters: InterpreterCatalog
    let runtimeDirectory: FilePath
    let prefersAWSLambdaRIC: Bool
    /// Whether the function's process finds its files under ``SandboxPath``.
    let isSandboxed: Bool

    func plan(for version: FunctionVersion) async throws(LaunchFailure) -> LaunchPlan {
        let configuration = version.configuration
        let runtime = ManagedRuntime(configuration.runtime)
        guard runtime != .unsupported else {
            throw .unavailable(
                reason:
                    "the runtime \(configuration.runtime) cannot be run here; these can: python3.x, nodejs<n>.x and "
                    + "provided.*")
        }
        let taskRoot: FilePath
        let layersDirectory: FilePath?
        do {
            taskRoot = try await packages.unpacked(configuration.codeSHA256)
            layersDirectory = try await packages.unpacked(layers: configuration.layers.map(\.codeSHA256))
        } catch {
            throw .unavailable(reason: "\(error)")
        }
        var plan = try await plan(
            runtime, configuration.runtime, configuration.handler, taskRoot, layersDirectory)
        plan.layersDirectory = layersDirectory
        return plan
    }

    /// Where the function's process finds the runtime clients.
    var seenRuntimeDirectory: FilePath { isSandboxed ? SandboxPath.runtimes : runtimeDirectory }

    private func plan(
        _ runtime: ManagedRuntime, _ identifier: String, _ handler: String, _ taskRoot: FilePath, _ layers: FilePath?
    ) async throws(LaunchFailure) -> LaunchPlan {
        switch runtime {
        case .python(let version):
            let python = try await interpreters.python(identifier, version: version)
            let client =
                python.hasAWSLambdaRIC && prefersAWSLambdaRIC
                ? ["-m", "awslambdaric"] : ["-u", RuntimeClients.python(in: seenRuntimeDirectory).string]
            return LaunchPlan(
                command: [python.path.string] + client + [handler], taskRoot: taskRoot, interpreter: python.roots)
        case .node(let major):
            let node = try await interpreters.node(identifier, major: major)
            let client = RuntimeClients.node(in: seenRuntimeDirectory).string
            return LaunchPlan(
                command: [node.path.string, client, handler], taskRoot: taskRoot, interpreter: node.roots)
        case .provided:
            let roots =
                [(taskRoot, seen: SandboxPath.taskRoot)] + (layers.map { [($0, seen: SandboxPath.layers)] } ?? [])
            guard let (root, seen) = roots.first(where: { Self.isExecutable($0.0.appending("bootstrap")) }) else {
                throw .invalidEntrypoint
            }
            return LaunchPlan(
                command: [(isSandboxed ? seen : root).appending("bootstrap").string], taskRoot: taskRoot)
        case .unsupported:
            throw .invalidEntrypoint
        }
    }

    /// An ELF file or a script with `#!`: a shell would run anything else as a script of its own, Lambda does not.
    private static func isExecutable(_ path: FilePath) -> Bool {
        var status = Glibc.stat()
        guard stat(path.string, &status) == 0, status.st_mode & S_IFMT == S_IFREG, access(path.string, X_OK) == 0
        else { return false }
        let descriptor = open(path.string, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var magic = [UInt8](repeating: 0, count: 4)
        let size = read(descriptor, &magic, magic.count)
        return size >= 2 && magic.starts(with: Array("#!".utf8)) || size == 4 && magic == [0x7F, 0x45, 0x4C, 0x46]
    }
}
