import Logging
import TrellisFunctionHost
import TrellisLatticeAPI
import TrellisModel
import TrellisPrincipals

/// Everything `trellis serve` can be told, with the defaults of a laptop.
struct ServerConfiguration: Sendable {
    struct Address: Hashable, Sendable {
        var host: String
        /// 0 takes a free port.
        var port: Int
    }

    /// Where the store, the function packages, the logs and the credentials live.
    var dataDirectory = "./trellis-data"
    var api = Address(host: "127.0.0.1", port: 7070)
    var operatorAddress = Address(host: "127.0.0.1", port: 7071)
    /// Added to listener ports under 1024, so that no privilege is needed; 0 binds them as they are.
    var portOffset = 8000
    /// The data plane's address; beyond loopback only when asked for.
    var bind = "127.0.0.1"
    /// `nil` keeps the account of the data directory, or makes one.
    var account: AccountID?
    /// Accounts beside it, each with a root access key of its own.
    var otherAccounts: [AccountID] = []
    /// What all accounts belong to.
    var organization: Organization?
    /// The Region of `trellis env`; callers choose theirs by their credential scope.
    var region = Region.usEast1
    /// Every access key and signature is the root user of the account.
    var takesAnyKey = false
    /// How long an asynchronous create or delete stays in progress.
    var transitionDelay: Duration = .milliseconds(100)
    /// How long a deregistered target is listed as DRAINING.
    var drainDelay: Duration = .seconds(1)
    /// Before the first retry of an asynchronous invocation whose function failed; twice as long before the second.
    var eventRetryDelay: Duration = .seconds(60)
    /// Event loops of the data plane and the function host; `nil` is one for each processor.
    var workers: Int?
    /// Execution environments of all functions together.
    var maximumEnvironments = 64
    /// Execution environments of one function.
    var maximumEnvironmentsPerFunction = 10
    /// The logs of all functions on disk, in MiB; above it the oldest events go.
    var maximumLogMB = 1024
    /// How functions are kept apart from each other and from the server.
    var isolation = IsolationMode.auto
    /// Invocations of an account that may run at once in a Region.
    var accountConcurrency = 1_000
    /// The `MemorySize` of all execution environments together; `nil` derives it from the machine.
    var memoryBudgetMB: Int?
    /// Invocations of one function that may wait when a limit is reached; 0 throttles them at once.
    var invocationQueueLength = 0
    /// How long each of them may wait.
    var invocationQueueWait: Duration = .seconds(1)
    /// An environment that is unused for so long is frozen.
    var environmentFreezeDelay: Duration = .seconds(1)
    /// An environment that is unused for so long is stopped.
    var environmentIdleTimeout: Duration = .seconds(600)
    /// Between SIGTERM and SIGKILL.
    var terminationGrace: Duration = .milliseconds(500)
    /// Connections of clients over all listeners.
    var maximumConnections = 10_000
    /// HTTP/2 streams over all connections.
    var maximumStreams = 10_000
    /// Request bodies that may be in memory for functions at once, in MiB.
    var bodyBudgetMB = 1024
    /// Requests to one service in a second.
    var requestsPerSecond = 10_000
    /// Client networks and the VPCs they stand for; empty lets every client in.
    var sourceVPCs: [SourceVPCEntry] = []
    /// Listener ports whose connections from trusted proxies begin with a PROXY protocol header.
    var proxyProtocolPorts: [Int] = []
    /// Addresses of these proxies.
    var proxyProtocolPeers: [CIDRBlock] = []
    /// How much of everything an account may have in a Region.
    var quotas = LatticeQuotas()
    /// VPC endpoints, what proves who owns a domain, and functions that are elsewhere.
    var declared = DeclaredResources()
    var accessLogs = AccessLogSettings()
    /// Where `<id>.pem` and `<id>.key` of custom domains are; `nil` is `certificates` in the data directory.
    var certificateDirectory: String?
    /// Which certificates of HTTPS targets are good.
    var targetCertificates = TargetCertificates.none
    var logLevel = Logger.Level.info

    struct SourceVPCEntry: Hashable, Sendable {
        var cidr: String
        var vpc: String
    }
}
