import NIOCore
import NIOHTTP1
import TrellisModel
import TrellisRouting
import TrellisSignature

/// One gzip object for each batch, in an S3 bucket.
struct BucketWriter: AccessLogWriter {
    let log: CompiledAccessLog
    let bucket: String
    let prefix: String?
    let requester: AWSRequester

    let batchBytes = 8_388_608

    func write(_ batch: inout AccessLogBatch) async throws(AccessLogWriteError) {
        let object: ByteBuffer
        do {
            object = try Gzip.compress(batch.bytes)
        } catch {
            throw .unavailable("zlib: \(error)")
        }
        let key = AccessLogObjectName(log, prefix: prefix, batch: batch).key
        let path =
            "/\(bucket)/"
            + key.split(separator: "/", omittingEmptySubsequences: false)
            .map { PercentEncoding.encoded(String($0)) }.joined(separator: "/")
        let answer = try await requester.send(
            .PUT, path: path, headers: [("content-type", "application/gzip")], body: object)
        guard answer.isSuccess else { throw requester.failure(answer) }
        batch.finish(first: batch.lines.count)
    }
}
