import Logging
import NIOCore
import NIOPosix
import Synchronization
import SystemPackage
import TrellisLogs
import TrellisModel

/// What all event loops of a function host share.
///
/// Immutable, but for the budget's counter and what has been said about permissions.
final class HostServices: Sendable {
    let configuration: FunctionHostConfiguration
    let clock: any WallClock
    let random: any RandomSource
    let threadPool: NIOThreadPool
    let logger: Logger
    let logs: LogStore
    let budget: EnvironmentBudget
    /// The program `trellis-supervisor`, if there is one.
    let supervisor: FilePath?
    let missingPermissions = Mutex(MissingPermissions())
    private let launches: AsyncStream<FunctionLaunch>.Continuation

    init(
        configuration: FunctionHostConfiguration, clock: any WallClock, random: any RandomSource,
        threadPool: NIOThreadPool, logger: Logger, launches: AsyncStream<FunctionLaunch>.Continuation
    ) {
        self.configuration = configuration
        self.clock = clock
        self.random = random
        self.threadPool = threadPool
        self.logger = logger
        supervisor = ProcessCommand.findSupervisor()
        self.launches = launches
        var logConfiguration = LogStoreConfiguration(directory: configuration.dataDirectory.appending("logs"))
        logConfiguration.maximumBytes = configuration.maximumLogBytes
        logs = LogStore(configuration: logConfiguration, threadPool: threadPool, clock: clock, logger: logger)
        budget = EnvironmentBudget(
            environments: configuration.maximumEnvironments, memoryMB: configuration.memoryBudgetMB)
    }

    /// One directory for each environment, named as it is.
    var environmentsDirectory: FilePath { configuration.dataDirectory.appending("environments") }

    /// Hands a process to the supervisor.
    ///
    /// - Returns: `false` if the host has ended; nothing of `launch` is called then.
    func launch(_ launch: FunctionLaunch) -> Bool {
        if case .enqueued = launches.yield(launch) { true } else { false }
    }
}
