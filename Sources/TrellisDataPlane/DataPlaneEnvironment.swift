import Logging
import Synchronization
import TrellisAccessLog
import TrellisInvoke
import TrellisModel
import TrellisTraffic

/// What every connection of the data plane uses.
final class DataPlaneEnvironment: Sendable {
    let configuration: DataPlaneConfiguration
    let invoker: any FunctionInvoker
    let callers: CallerSource
    let certificates: ServerCertificates
    let clock: any WallClock
    let logger: Logger
    let accessLogs: (any AccessLogReceiver)?
    /// Gets every entry, on the event loop of its connection.
    let onEntry: (@Sendable (AccessLogEntry) -> Void)?
    /// Gets some of the requests, with all that there is to say about them.
    let journal: RequestJournal?
    let served: ConnectionCount
    let refused: ConnectionCount
    let streams: ConnectionCount
    /// Of bodies that are collected for functions.
    let bodies: ByteBudget
    let requestRates: RequestRates

    init(
        configuration: DataPlaneConfiguration, invoker: any FunctionInvoker, callers: CallerSource,
        certificates: ServerCertificates, clock: any WallClock, logger: Logger,
        accessLogs: (any AccessLogReceiver)? = nil, onEntry: (@Sendable (AccessLogEntry) -> Void)? = nil,
        journal: RequestJournal? = nil
    ) {
        self.configuration = configuration
        self.invoker = invoker
        self.callers = callers
        self.certificates = certificates
        self.clock = clock
        self.logger = logger
        self.accessLogs = accessLogs
        self.onEntry = onEntry
        self.journal = journal
        served = ConnectionCount(limit: configuration.limits.connections)
        streams = ConnectionCount(limit: configuration.limits.streams)
        bodies = ByteBudget(limit: configuration.limits.collectedBodyBytes)
        requestRates = RequestRates(perSecond: configuration.limits.requestsPerSecond)
        refused = ConnectionCount(limit: configuration.limits.refusedConnections)
    }
}

/// A number of connections with an upper bound.
final class ConnectionCount: Sendable {
    private let count = Atomic<Int>(0)
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// - Returns: Whether there was room for one more; then it is to be given back.
    func take() -> Bool {
        guard count.add(1, ordering: .relaxed).newValue <= limit else {
            giveBack()
            return false
        }
        return true
    }

    func giveBack() {
        count.subtract(1, ordering: .relaxed)
    }
}
