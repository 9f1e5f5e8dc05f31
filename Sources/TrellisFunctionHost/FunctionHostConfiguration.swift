package import SystemPackage
package import TrellisModel

/// Settings of the embedded function host.
package struct FunctionHostConfiguration: Sendable {
    /// Holds `packages`, `unpacked`, `runtimes`, `environments` and `logs`.
    package var dataDirectory: FilePath
    /// Where interpreters are looked up, and the `PATH` of functions; directories with `:` between them.
    package var searchPath: String
    package var interpreters = Interpreters()
    /// How functions are kept apart.
    package var isolation = IsolationMode.auto
    /// Whether a connection to an environment's Runtime API comes from the environment, whose process is given.
    ///
    /// Blocks, and is called on the thread pool. Tests that play the runtime themselves take another one.
    package var admitsRuntimeAPIPeer: @Sendable (RuntimeAPIPeer, _ process: Int32) -> Bool = { peer, process in
        peer.belongs(to: process)
    }
    /// Gives a process the credentials of its function's role; `nil` for a role that functions cannot have.
    ///
    /// Called on the thread pool, once for each process.
    package var roleCredentials: @Sendable (_ role: String, _ function: FunctionARN) -> FunctionCredentials? = { _, _ in
        nil
    }
    /// How long a process with credentials may run before another one takes its place, which must be before they end.
    package var maximumCredentialAge = Duration.seconds(11 * 3600)
    /// Execution environments of all functions together.
    ///
    /// 64 Python processes fit a laptop's memory.
    package var maximumEnvironments = 64
    /// Execution environments of one function, all versions together, without those of provisioned concurrency.
    package var maximumEnvironmentsPerFunction = 10
    /// The `MemorySize` of all execution environments together.
    ///
    /// 8 GB hold ``maximumEnvironments`` of the smallest size; the server derives it from the machine's memory.
    package var memoryBudgetMB = 8_192
    /// Invocations of an account that may run at once in a Region; Lambda's default.
    package var accountConcurrency = 1_000
    /// Invocations of one function that may wait for room when a limit is reached; 0 throttles them at once.
    package var queueLength = 0
    /// How long each of them may wait.
    package var queueWait = Duration.seconds(1)
    /// How long an environment may be unused before it is stopped.
    package var idleTimeout = Duration.seconds(600)
    /// How long an environment may be unused before its processes are stopped until the next invocation.
    ///
    /// Calls that follow each other sooner never meet a stopped process, and do not pay for stopping one.
    package var freezeDelay = Duration.seconds(1)
    /// How long the first initialisation of an environment may take; Lambda's limit.
    package var initTimeout = Duration.seconds(10)
    /// How long an invocation may wait for an environment that has just answered, before another one is started.
    ///
    /// Runtimes ask for the next event within a millisecond, unless they have work left to do; starting takes far
    /// longer.
    package var reuseWait = Duration.milliseconds(50)
    /// How long an invocation may wait for one where no other may be started, before it is throttled.
    ///
    /// On a busy machine a runtime asks late, and the invocations that run are fewer than the limit then.
    package var reuseWaitAtLimit = Duration.seconds(1)
    /// Between SIGTERM and SIGKILL.
    package var terminationGrace = Duration.milliseconds(500)
    /// How long running invocations may go on after a shutdown began.
    package var drainTimeout = Duration.seconds(5)
    /// The logs of all functions, in bytes on disk; above it the oldest events go.
    package var maximumLogBytes = 1024 * 1024 * 1024
    /// Of a response that is streamed to its caller, in bytes; Lambda's limit of 200 MB.
    package var maximumStreamedResponseSize = 209_715_200
    /// How long after the start packages that nothing refers to are looked for the first time, and how long between two
    /// looks.
    ///
    /// They cost nothing but room on the disk, and a look reads all records of functions.
    package var firstPackageCollection = Duration.seconds(60)
    package var packageCollectionInterval = Duration.seconds(600)

    /// Programs that run managed runtimes.
    ///
    /// What is not named here is looked up in ``searchPath``.
    package struct Interpreters: Hashable, Sendable {
        /// By runtime (`python3.12`, `nodejs20.x`): used for exactly this one.
        package var byRuntime: [String: FilePath] = [:]
        /// For every Python runtime that ``byRuntime`` does not name.
        package var python: FilePath?
        /// For every Node.js runtime that ``byRuntime`` does not name.
        package var node: FilePath?
        /// Use AWS' own Python client where the interpreter can import `awslambdaric`, else the bundled one.
        package var prefersAWSLambdaRIC = true

        package init() {}
    }

    package init(dataDirectory: FilePath, searchPath: String) {
        self.dataDirectory = dataDirectory
        self.searchPath = searchPath
    }
}

package enum FunctionHostError: Error, Hashable, Sendable {
    /// The function host does not run any more.
    case stopped
}
