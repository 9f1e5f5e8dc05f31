import SystemPackage
import TrellisModel

/// The environment variables of a function's process.
///
/// The function's own variables win over what Lambda documents as a default (`TZ`, `PATH`, …) and never over what it
/// reserves. Nothing is inherited from the host; credentials are those of the function's role.
///
/// - Source: reference lambda.md §2.1.
struct FunctionEnvironmentVariables {
    var version: FunctionVersion
    /// `127.0.0.1:<port>`.
    var runtimeAPI: String
    /// Where the package is unpacked.
    var taskRoot: FilePath
    /// Where the process finds the files of its layers; `nil` without layers.
    var layersRoot: FilePath?
    /// Where the runtime clients of the host are.
    var runtimeDirectory: FilePath
    /// The environment's own directory for temporary files.
    var temporaryDirectory: FilePath
    var searchPath: String
    var logStream: LogStreamID
    var isProvisioned = false
    /// `nil` gives none.
    var credentials: FunctionCredentials?

    /// Names that a function cannot set, also those that this host leaves unset.
    private static let reserved: Set<String> = [
        "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL", "AWS_LAMBDA_MAX_CONCURRENCY", "AWS_LAMBDA_RUNTIME_API",
        "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
    ]

    var variables: [String: String] {
        var variables = defaults
        for (name, value) in version.configuration.environment
        where Self.isAllowed(name) && !Self.reserved.contains(name) && !value.utf8.contains(0) {
            variables[name] = value
        }
        if let own = version.configuration.environment["PYTHONPATH"], variables["PYTHONPATH"] == own {
            // Lambda's own runtime finds layers also where a function sets the variable.
            variables["PYTHONPATH"] = ([own] + pythonLayers).joined(separator: ":")
        }
        return variables.merging(platform) { _, platform in platform }
    }

    private var defaults: [String: String] {
        let root = taskRoot.string
        var defaults = [
            "TZ": ":UTC",
            "LANG": "en_US.UTF-8",
            "PATH": ([searchPath] + inLayers("bin")).joined(separator: ":"),
            "LD_LIBRARY_PATH": ([root, "\(root)/lib"] + inLayers("lib")).joined(separator: ":"),
            "TMPDIR": temporaryDirectory.string,
            "PWD": root,
            "SHLVL": "0",
        ]
        switch ManagedRuntime(version.configuration.runtime) {
        case .python: defaults["PYTHONPATH"] = ([root] + pythonLayers).joined(separator: ":")
        case .node(let major):
            let layers = inLayers("nodejs/node\(major)/node_modules", "nodejs/node_modules")
            defaults["NODE_PATH"] = (layers + ["\(root)/node_modules", root]).joined(separator: ":")
        case .provided, .unsupported: break
        }
        return defaults
    }

    /// - Source: the search path of Lambda's Python runtime.
    private var pythonLayers: [String] {
        guard case .python(let version) = ManagedRuntime(version.configuration.runtime) else { return [] }
        return inLayers("python/lib/python\(version)/site-packages", "python")
    }

    private func inLayers(_ names: String...) -> [String] {
        guard let layersRoot else { return [] }
        return names.map { "\(layersRoot.string)/\($0)" }
    }

    private var platform: [String: String] {
        let configuration = version.configuration
        let function = version.function
        var platform = [
            "_HANDLER": configuration.handler,
            "AWS_LAMBDA_RUNTIME_API": runtimeAPI,
            "LAMBDA_TASK_ROOT": taskRoot.string,
            "LAMBDA_RUNTIME_DIR": runtimeDirectory.string,
            "AWS_LAMBDA_FUNCTION_NAME": function.name.rawValue,
            "AWS_LAMBDA_FUNCTION_VERSION": version.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": String(configuration.memorySizeMB),
            "AWS_LAMBDA_LOG_GROUP_NAME": logStream.group.rawValue,
            "AWS_LAMBDA_LOG_STREAM_NAME": logStream.stream.rawValue,
            "AWS_LAMBDA_INITIALIZATION_TYPE": isProvisioned ? "provisioned-concurrency" : "on-demand",
            "AWS_REGION": function.scope.region.rawValue,
            "AWS_DEFAULT_REGION": function.scope.region.rawValue,
        ]
        if let credentials { platform.merge(credentials.variables) { _, own in own } }
        let logging = configuration.loggingInEffect
        if logging.format == .json {
            platform["AWS_LAMBDA_LOG_FORMAT"] = logging.format.rawValue
            platform["AWS_LAMBDA_LOG_LEVEL"] = logging.applicationLevel.rawValue
        }
        if ManagedRuntime(configuration.runtime) != .provided {
            platform["AWS_EXECUTION_ENV"] = "AWS_Lambda_\(configuration.runtime)"
        }
        return platform
    }

    /// `[a-zA-Z]([a-zA-Z0-9_])+`.
    private static func isAllowed(_ name: String) -> Bool {
        guard name.utf8.count >= 2, let first = name.utf8.first, isLetter(first) else { return false }
        return name.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
