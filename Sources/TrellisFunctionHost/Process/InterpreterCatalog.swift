import Glibc
import Logging
import Subprocess
import SystemPackage

/// Finds the programs that run managed runtimes and asks each one once what it is.
actor InterpreterCatalog {
    struct Python: Hashable, Sendable {
        /// The interpreter itself, also when a wrapper script was found.
        var path: FilePath
        /// `3.11`.
        var version: String
        var hasAWSLambdaRIC: Bool
        /// Directories without which it does not run: a virtual environment's own and those it is based on.
        var roots: [FilePath]
    }

    struct Node: Hashable, Sendable {
        var path: FilePath
        var major: Int
        /// The directory it is installed in.
        var roots: [FilePath]
    }

    private let configuration: FunctionHostConfiguration.Interpreters
    private let searchPath: String
    private let logger: Logger
    private var pythons: [FilePath: Python] = [:]
    private var nodes: [FilePath: Node] = [:]
    private var notices: Set<String> = []

    init(configuration: FunctionHostConfiguration, logger: Logger) {
        self.configuration = configuration.interpreters
        searchPath = configuration.searchPath
        self.logger = logger
    }

    /// - Parameters:
    ///   - runtime: `python3.11`
    ///   - version: `3.11`
    func python(_ runtime: String, version: String) async throws(LaunchFailure) -> Python {
        let configured = configuration.byRuntime[runtime] ?? configuration.python
        guard let path = configured ?? find(["python\(version)", "python3"]) else {
            throw .unavailable(
                reason:
                    "\(runtime) needs python\(version) or python3 (Debian: apt-get install python3), and neither is "
                    + "in \(searchPath)")
        }
        let python = try await probe(python: path, runtime: runtime)
        if python.version != version { noticeOnce(runtime, path, python.version) }
        return python
    }

    /// - Parameters:
    ///   - runtime: `nodejs20.x`
    ///   - major: 20
    func node(_ runtime: String, major: Int) async throws(LaunchFailure) -> Node {
        guard let path = configuration.byRuntime[runtime] ?? configuration.node ?? find(["node"]) else {
            throw .unavailable(
                reason: "\(runtime) needs node (Debian: apt-get install nodejs), and it is not in \(searchPath)")
        }
        let node = try await probe(node: path, runtime: runtime)
        if node.major != major { noticeOnce(runtime, path, String(node.major)) }
        return node
    }

    private func find(_ names: [String]) -> FilePath? {
        let directories = searchPath.split(separator: ":").filter { $0.hasPrefix("/") }
        for name in names {
            for directory in directories {
                let path = FilePath(String(directory)).appending(name)
                if access(path.string, X_OK) == 0 { return path }
            }
        }
        return nil
    }

    private func probe(python path: FilePath, runtime: String) async throws(LaunchFailure) -> Python {
        if let known = pythons[path] { return known }
        let script = """
            import os, sys
            lines = [sys.executable, "%d.%d" % sys.version_info[:2], ""]
            lines += [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix]
            lines.append(os.path.dirname(os.path.dirname(os.path.realpath(sys.executable))))
            try:
                import awslambdaric.bootstrap
                lines[2] = "awslambdaric"
            except Exception:
                pass
            sys.stdout.write("".join(line + "\\n" for line in lines))
            """
        // Without what the user installed for himself (-s): in a sandbox, functions do not see his home.
        let lines = try await Self.output(of: path, ["-s", "-c", script], searchPath: searchPath, for: runtime)
        guard lines.count >= 3, lines[0].hasPrefix("/"), !lines[1].isEmpty else {
            throw .unavailable(reason: "\(runtime): \(path) is not a Python interpreter")
        }
        let python = Python(
            path: FilePath(lines[0]), version: lines[1], hasAWSLambdaRIC: lines[2] == "awslambdaric",
            roots: lines.dropFirst(3).filter { $0.hasPrefix("/") }.map { FilePath($0) })
        pythons[path] = python
        return python
    }

    private func probe(node path: FilePath, runtime: String) async throws(LaunchFailure) -> Node {
        if let known = nodes[path] { return known }
        let script = "console.log(process.execPath); console.log(process.versions.node.split('.')[0])"
        let lines = try await Self.output(of: path, ["-e", script], searchPath: searchPath, for: runtime)
        guard lines.count >= 2, lines[0].hasPrefix("/"), let major = Int(lines[1]) else {
            throw .unavailable(reason: "\(runtime): \(path) is not Node.js")
        }
        let program = FilePath(lines[0])
        let directory = program.removingLastComponent()
        let root = directory.lastComponent == "bin" ? directory.removingLastComponent() : directory
        let node = Node(path: program, major: major, roots: [root])
        nodes[path] = node
        return node
    }

    private static let probeTimeout = Duration.seconds(20)

    /// The lines that a program prints.
    ///
    /// Not remembered if it fails: it may be installed meanwhile.
    private static func output(
        of path: FilePath, _ arguments: [String], searchPath: String, for runtime: String
    ) async throws(LaunchFailure) -> [String] {
        let variables: [Environment.Key: String] = ["PATH": searchPath, "LANG": "C.UTF-8"]
        do {
            return try await withThrowingTaskGroup(of: [String].self) { group in
                group.addTask {
                    var options = PlatformOptions()
                    options.createSession = true
                    let result = try await Subprocess.run(
                        .path(path), arguments: Arguments(arguments), environment: .custom(variables),
                        workingDirectory: "/", platformOptions: options, output: .string(limit: 16 * 1024),
                        error: .discarded)
                    guard result.terminationStatus.isSuccess else {
                        throw LaunchFailure.unavailable(reason: "\(result.terminationStatus)")
                    }
                    return result.standardOutput.split(separator: "\n", omittingEmptySubsequences: false)
                        .map(String.init)
                }
                group.addTask {
                    try await Task.sleep(for: Self.probeTimeout)
                    throw LaunchFailure.unavailable(reason: "no answer within \(Self.probeTimeout)")
                }
                defer { group.cancelAll() }
                return try await group.next() ?? []
            }
        } catch {
            throw .unavailable(reason: "\(runtime): \(path) cannot be used: \(error)")
        }
    }

    private func noticeOnce(_ runtime: String, _ path: FilePath, _ version: String) {
        guard notices.insert("\(runtime) \(path)").inserted else { return }
        logger.notice(
            "interpreter has another version than the runtime",
            metadata: [
                "runtime": "\(runtime)", "interpreter": "\(path)", "version": "\(version)",
            ])
    }
}
