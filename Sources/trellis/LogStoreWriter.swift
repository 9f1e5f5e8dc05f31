import NIOCore
import TrellisAccessLog
import TrellisLogs
import TrellisModel

/// Access log lines as events of a log group that this server keeps, where `aws logs tail` finds them.
///
/// The group has to be there, as on AWS; the log stream is made.
struct LogStoreWriter: AccessLogWriter {
    private let store: LogStore
    private let stream: LogStreamID

    let batchBytes = 786_432

    /// - Returns: A writer that refuses all lines if the group's name or ARN is not well formed.
    static func make(for group: AccessLogGroup, in store: LogStore) -> any AccessLogWriter {
        guard let arn = ARN(group.arn), let account = AccountID(arn.account), let region = Region(arn.region),
            let name = LogGroupName(group.name), let stream = LogStreamName(group.stream)
        else { return NoWriter(reason: "\(group.arn) is not a log group") }
        return LogStoreWriter(
            store: store,
            stream: LogStreamID(scope: Scope(account: account, region: region), group: name, stream: stream))
    }

    private init(store: LogStore, stream: LogStreamID) {
        self.store = store
        self.stream = stream
    }

    func write(_ batch: inout AccessLogBatch) async throws(AccessLogWriteError) {
        batch.sort()
        let chunks = batch.lines.map { LogChunk(.lines, $0.bytes, at: $0.time) }
        do {
            do {
                try await store.put(chunks, to: stream)
            } catch LogStoreError.noSuchStream {
                try await makeStream()
                try await store.put(chunks, to: stream)
            }
        } catch LogStoreError.noSuchGroup {
            throw .unavailable("there is no log group \(stream.group)")
        } catch {
            throw .unavailable("\(error)")
        }
        batch.finish(first: chunks.count)
    }

    private func makeStream() async throws {
        do {
            try await store.createStream(stream)
        } catch LogStoreError.streamExists {
            // Another subscription of the resource has made it.
        }
    }
}
