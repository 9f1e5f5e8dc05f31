package import TrellisAPI
package import TrellisLogs
package import TrellisModel

/// The part of the CloudWatch Logs API, version 2014-03-28, that shows and keeps the logs of functions.
package enum LogsAPI {
    /// 10,000 events of a batch with their names and escapes around 1 MB of messages.
    private static let bodyLimit = 8 * 1024 * 1024

    /// - Parameter onInternalError: Told of every error that became a 5xx, so that it can be logged.
    package static func make(
        store: LogStore, clock: any WallClock,
        onInternalError: @escaping @Sendable (_ operation: String, _ requestID: String, any Error) -> Void
    ) -> AWSJSONAPI {
        AWSJSONAPI(
            signingName: "logs", targetPrefix: "Logs_20140328",
            operations: operations(of: LogsService(store: store, clock: clock)), bodyLimit: bodyLimit,
            permissions: OperationPermissions(clock: clock) { call in
                await LogsPermissions.permissions(for: call, in: store)
            },
            errors: LogsErrorTable(), onInternalError: onInternalError)
    }

    private static func operations(of service: LogsService) -> [AWSJSONOperation] {
        [
            .init("CreateLogGroup", handle: service.createLogGroup),
            .init("DeleteLogGroup", handle: service.deleteLogGroup),
            .init("DescribeLogGroups", handle: service.describeLogGroups),
            .init("PutRetentionPolicy", handle: service.putRetentionPolicy),
            .init("DeleteRetentionPolicy", handle: service.deleteRetentionPolicy),
            .init("PutLogGroupDeletionProtection", handle: service.putLogGroupDeletionProtection),
            .init("CreateLogStream", handle: service.createLogStream),
            .init("DeleteLogStream", handle: service.deleteLogStream),
            .init("DescribeLogStreams", handle: service.describeLogStreams),
            .init("PutLogEvents", handle: service.putLogEvents),
            .init("GetLogEvents", handle: service.getLogEvents),
            .init("FilterLogEvents", handle: service.filterLogEvents),
            .init("TagResource", handle: service.tagResource),
            .init("UntagResource", handle: service.untagResource),
            .init("ListTagsForResource", handle: service.listTagsForResource),
            .init("TagLogGroup", handle: service.tagLogGroup),
            .init("UntagLogGroup", handle: service.untagLogGroup),
            .init("ListTagsLogGroup", handle: service.listTagsLogGroup),
        ]
    }
}

/// What the operations work with; each one is an extension in a file of its own or of its resource.
struct LogsService: Sendable {
    let store: LogStore
    let clock: any WallClock
}
