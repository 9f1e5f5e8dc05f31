import TrellisAPI
import TrellisLogs
import TrellisModel

/// CreateLogStream and DeleteLogStream.
extension LogsService {
    func createLogStream(_ call: APICall) async throws -> APIResponse {
        try await store.createStream(try call.stream())
        return .json(.object([:]))
    }

    func deleteLogStream(_ call: APICall) async throws -> APIResponse {
        try await store.deleteStream(try call.stream())
        return .json(.object([:]))
    }
}

extension APICall {
    /// The stream that the input names.
    fileprivate func stream() throws -> LogStreamID {
        let (group, stream) = try read { ($0.requiredGroupName(), $0.requiredStreamName()) }
        guard let group else { throw LogsError.noGroup }
        guard let stream else { throw LogsError.noStream }
        return LogStreamID(scope: scope, group: group, stream: stream)
    }
}
