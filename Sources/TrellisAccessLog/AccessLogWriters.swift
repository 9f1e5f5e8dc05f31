package import AsyncHTTPClient
package import NIOPosix
import SystemPackage
package import TrellisModel
import TrellisRouting

/// Makes the writers of logs: for the server's own by the configuration, for a subscription by its destination.
///
/// A destination without an endpoint is on this machine: a log group is where the caller keeps log groups, anything else a
/// folder with the objects that S3 would have, `s3/<bucket>` or `firehose/<Region>/<account>/<stream>`.
package struct AccessLogWriters: Sendable {
    private let configuration: AccessLogConfiguration
    private let credentials: @Sendable (AccessLogDestination.Kind) -> CredentialsSource
    private let logGroups: @Sendable (AccessLogGroup) -> any AccessLogWriter
    private let client: HTTPClient
    private let threadPool: NIOThreadPool
    private let clock: any WallClock

    /// - Parameters:
    ///   - logGroups: Writes to a log group of this machine.
    ///   - credentials: What requests to the endpoint of a kind are signed with.
    package init(
        configuration: AccessLogConfiguration, client: HTTPClient, threadPool: NIOThreadPool = .singleton,
        clock: any WallClock, logGroups: @escaping @Sendable (AccessLogGroup) -> any AccessLogWriter,
        credentials: @escaping @Sendable (AccessLogDestination.Kind) -> CredentialsSource
    ) {
        self.configuration = configuration
        self.credentials = credentials
        self.logGroups = logGroups
        self.client = client
        self.threadPool = threadPool
        self.clock = clock
    }

    package func writer(of source: AccessLogSource) -> any AccessLogWriter {
        switch source {
        case .server: serverWriter
        case .subscription(let log): writer(of: log)
        }
    }

    private var serverWriter: any AccessLogWriter {
        switch configuration.serverLog {
        case .none: NoWriter(reason: "there is no log of all requests")
        case .standardOutput: StandardOutputWriter(threadPool: threadPool)
        case .file(let path, let maximumBytes, let keptFiles):
            RotatingFileWriter(
                path: path, maximumBytes: maximumBytes, keptFiles: keptFiles, threadPool: threadPool)
        }
    }

    private func writer(of log: CompiledAccessLog) -> any AccessLogWriter {
        let arn = log.record.destinationARN
        guard let destination = AccessLogDestination(log) else {
            return NoWriter(reason: "\(arn) is not a destination of access logs")
        }
        guard let endpoint = configuration.endpoints[destination.kind] else {
            return localWriter(of: log, destination)
        }
        let requester = AWSRequester(
            endpoint: endpoint, service: destination.kind.signingName,
            region: ARN(arn)?.region.nonEmpty ?? log.record.scope.region.rawValue,
            credentials: credentials(destination.kind), client: client, clock: clock)
        return switch destination {
        case .bucket(let name, let prefix):
            BucketWriter(log: log, bucket: name, prefix: prefix, requester: requester)
        case .logGroup(let name): LogGroupWriter(log: log, group: name, requester: requester)
        case .deliveryStream(let name): DeliveryStreamWriter(stream: name, requester: requester)
        }
    }

    private func localWriter(of log: CompiledAccessLog, _ destination: AccessLogDestination) -> any AccessLogWriter {
        var prefix: String?
        var names = [destination.kind.signingName]
        switch destination {
        case .bucket(let name, let path):
            names.append(name)
            prefix = path
        case .logGroup(let name):
            return logGroups(
                AccessLogGroup(
                    arn: log.record.destinationARN, name: name, stream: LogGroupWriter.stream(of: log)))
        case .deliveryStream(let name):
            let arn = ARN(log.record.destinationARN)
            names += [arn?.region ?? "", arn?.account ?? "", name]
        }
        return FolderWriter(
            log: log, folder: configuration.directory.appending(names.flatMap { FolderName.components(of: $0) }),
            prefix: prefix, threadPool: threadPool)
    }
}

/// Of a log that can be written nowhere.
package struct NoWriter: AccessLogWriter {
    let reason: String

    /// - Parameter reason: Why, in words for whoever runs Trellis.
    package init(reason: String) {
        self.reason = reason
    }

    package let batchBytes = 65_536

    package func write(_ batch: inout AccessLogBatch) async throws(AccessLogWriteError) { throw .refused(reason) }
}

extension AccessLogDestination.Kind {
    /// Of the service that has such destinations.
    package var signingName: String {
        switch self {
        case .logGroup: "logs"
        case .bucket: "s3"
        case .deliveryStream: "firehose"
        }
    }
}

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}

/// The place of a log in CloudWatch Logs.
package struct AccessLogGroup: Hashable, Sendable {
    /// Of the log group, which says its Region and account.
    package let arn: String
    package let name: String
    /// The log stream.
    package let stream: String
}
