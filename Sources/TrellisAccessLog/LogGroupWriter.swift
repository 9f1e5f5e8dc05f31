import FoundationEssentials
import NIOCore
import Synchronization
import TrellisLambdaEvent
import TrellisModel
import TrellisRouting

/// One event for each line, in a log stream of the resource's own: `VpcLattice-AccessLogs-<resource-id>`.
///
/// - Source: reference section "Subscriptions"; CloudWatch Logs API, PutLogEvents: at most 10,000 events and 1 MiB with
///   26 bytes for each event, in the order of time, within 24 hours.
final class LogGroupWriter: AccessLogWriter {
    private let group: String
    private let stream: String
    private let requester: AWSRequester
    private let hasStream = Mutex(false)

    let batchBytes = 786_432

    init(log: CompiledAccessLog, group: String, requester: AWSRequester) {
        self.group = group
        stream = Self.stream(of: log)
        self.requester = requester
    }

    static func stream(of log: CompiledAccessLog) -> String { "VpcLattice-AccessLogs-\(log.record.owner.id)" }

    func write(_ batch: inout AccessLogBatch) async throws(AccessLogWriteError) {
        batch.sort()
        try await makeStream()
        while !batch.lines.isEmpty {
            let (body, count) = events(of: batch)
            let answer = try await requester.call("Logs_20140328.PutLogEvents", body)
            guard answer.isSuccess else {
                // The stream may have been deleted since.
                if answer.errorName == "ResourceNotFoundException" { hasStream.withLock { $0 = false } }
                throw requester.failure(answer)
            }
            batch.finish(first: count)
        }
    }

    private func makeStream() async throws(AccessLogWriteError) {
        guard !hasStream.withLock({ $0 }) else { return }
        var body = ByteBuffer()
        writeNames(to: &body)
        body.writeStaticString("}")
        let answer = try await requester.call("Logs_20140328.CreateLogStream", body)
        guard answer.isSuccess || answer.errorName == "ResourceAlreadyExistsException" else {
            throw requester.failure(answer)
        }
        hasStream.withLock { $0 = true }
    }

    private func writeNames(to body: inout ByteBuffer) {
        body.writeStaticString(#"{"logGroupName":"#)
        body.writeJSONString(group)
        body.writeStaticString(#","logStreamName":"#)
        body.writeJSONString(stream)
    }

    /// As many of the first lines as one call may have.
    private func events(of batch: AccessLogBatch) -> (body: ByteBuffer, count: Int) {
        var body = ByteBufferAllocator().buffer(capacity: batch.byteCount + batch.byteCount / 4)
        writeNames(to: &body)
        body.writeStaticString(#","logEvents":["#)
        var count = 0
        var bytes = 0
        for line in batch.lines.prefix(Self.eventsPerCall) {
            let message = line.bytes.readableBytes - 1
            bytes += message + Self.eventOverhead
            let age = batch.lines.first.map { $0.time.duration(to: line.time) } ?? .zero
            guard count == 0 || bytes <= Self.bytesPerCall && age < Self.span else { break }
            if count > 0 { body.writeStaticString(",") }
            body.writeStaticString(#"{"timestamp":"#)
            body.writeString(String(line.time.millisecondsSinceEpoch))
            body.writeStaticString(#","message":"#)
            line.bytes.withUnsafeReadableBytes { text in
                _ = body.writeJSONString(utf8: UnsafeRawBufferPointer(rebasing: text.dropLast()))
            }
            body.writeStaticString("}")
            count += 1
        }
        body.writeStaticString("]}")
        return (body, count)
    }

    private static let eventsPerCall = 10_000
    private static let bytesPerCall = 1_048_576
    private static let eventOverhead = 26
    private static let span = Duration.seconds(24 * 3600)
}
