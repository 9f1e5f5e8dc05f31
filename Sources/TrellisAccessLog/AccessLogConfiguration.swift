package import SystemPackage
package import TrellisModel

/// Where access logs go and what they may use; every default says why.
package struct AccessLogConfiguration: Sendable {
    /// What becomes of the log of all requests.
    package enum ServerLog: Hashable, Sendable {
        case none
        case standardOutput
        /// - Parameters:
        ///   - maximumBytes: A file that is larger becomes `<path>.1`, that one `<path>.2`, and so on.
        ///   - keptFiles: How many of those there are besides the file that is written.
        case file(FilePath, maximumBytes: Int, keptFiles: Int)
    }

    package var serverLog = ServerLog.none
    /// Where the AWS services are, by what they keep; a destination of a kind without endpoint is a local folder.
    package var endpoints: [AccessLogDestination.Kind: AWSEndpoint] = [:]
    /// Holds the local folders.
    package var directory: FilePath

    /// How long lines are collected for one object or call, by the kind of destination.
    ///
    /// AWS takes minutes; objects are few and large, the others are meant to be watched.
    package var intervals: [AccessLogDestination.Kind: Duration] = [
        .bucket: .seconds(60), .logGroup: .seconds(2), .deliveryStream: .seconds(2),
    ]
    /// The same for ``serverLog``: none, since its lines have been on their event loop for a while.
    package var serverInterval = Duration.zero

    /// Lines that one log may keep waiting, in bytes; what comes then is dropped.
    package var pendingBytes = 16_777_216
    /// The same for all logs together.
    package var totalPendingBytes = 134_217_728
    /// Deliveries at one time.
    package var concurrentDeliveries = 16

    /// Attempts to deliver a batch before it is dropped.
    package var attempts = 10
    /// Before the second attempt; twice as long before each further one.
    package var firstRetry = Duration.milliseconds(500)
    package var longestRetry = Duration.seconds(60)
    /// For what is left when the program stops.
    package var shutdownLimit = Duration.seconds(5)

    package init(directory: FilePath) {
        self.directory = directory
    }

    func interval(of source: AccessLogSource) -> Duration {
        guard case .subscription(let log) = source, let destination = AccessLogDestination(log) else {
            return serverInterval
        }
        return intervals[destination.kind] ?? .seconds(2)
    }
}
