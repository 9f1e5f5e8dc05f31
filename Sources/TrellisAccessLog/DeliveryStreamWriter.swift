import FoundationEssentials
import NIOCore
import TrellisLambdaEvent
import TrellisModel

/// One record for each line, with its line break, in a Firehose stream.
///
/// - Source: reference section "Subscriptions"; Firehose API, PutRecordBatch: at most 500 records and 4 MiB.
struct DeliveryStreamWriter: AccessLogWriter {
    let stream: String
    let requester: AWSRequester

    let batchBytes = 2_097_152

    func write(_ batch: inout AccessLogBatch) async throws(AccessLogWriteError) {
        while !batch.lines.isEmpty {
            let (body, count) = records(of: batch)
            let answer = try await requester.call("Firehose_20150804.PutRecordBatch", body)
            guard answer.isSuccess else { throw requester.failure(answer) }
            let failed = try failures(in: answer, of: count)
            batch.finish(first: count, but: failed.places)
            if let reason = failed.reason {
                throw .unavailable("the Firehose stream \(stream) refused records: \(reason)")
            }
        }
    }

    /// As many of the first lines as one call may have.
    private func records(of batch: AccessLogBatch) -> (body: ByteBuffer, count: Int) {
        var body = ByteBufferAllocator().buffer(capacity: batch.byteCount + batch.byteCount / 2)
        body.writeStaticString(#"{"DeliveryStreamName":"#)
        body.writeJSONString(stream)
        body.writeStaticString(#","Records":["#)
        var count = 0
        var bytes = 0
        for line in batch.lines.prefix(Self.recordsPerCall) {
            bytes += line.bytes.readableBytes
            guard count == 0 || bytes <= Self.bytesPerCall else { break }
            body.writeString(count > 0 ? #",{"Data":""# : #"{"Data":""#)
            body.writeString(Data(line.bytes.readableBytesView).base64EncodedString())
            body.writeStaticString(#""}"#)
            count += 1
        }
        body.writeStaticString("]}")
        return (body, count)
    }

    /// The records that were not taken, by their places.
    private func failures(
        in answer: AWSRequester.Answer, of count: Int
    ) throws(AccessLogWriteError) -> (places: [Int], reason: String?) {
        struct Result: Decodable {
            struct Record: Decodable {
                var errorCode: String?
                var errorMessage: String?

                enum CodingKeys: String, CodingKey {
                    case errorCode = "ErrorCode"
                    case errorMessage = "ErrorMessage"
                }
            }
            var failedPutCount: Int
            var requestResponses: [Record]

            enum CodingKeys: String, CodingKey {
                case failedPutCount = "FailedPutCount"
                case requestResponses = "RequestResponses"
            }
        }
        let result: Result
        do {
            result = try JSONDecoder().decode(Result.self, from: Data(answer.body.readableBytesView))
        } catch {
            throw .unavailable("the Firehose stream \(stream) answered something else than PutRecordBatch does")
        }
        guard result.failedPutCount > 0 else { return ([], nil) }
        let failed = result.requestResponses.prefix(count).enumerated().filter { $0.element.errorCode != nil }
        guard let first = failed.first?.element else { return ([], nil) }
        return (failed.map(\.offset), "\(first.errorCode ?? "") \(first.errorMessage ?? "")")
    }

    private static let recordsPerCall = 500
    /// Of lines: in base64 they are a third more.
    private static let bytesPerCall = 3_000_000
}
