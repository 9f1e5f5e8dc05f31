import NIOCore
import TrellisTraffic

/// The beginnings of the bodies of a request and its answer.
struct BodyCapture {
    private(set) var request = CapturedBody()
    /// Only of an answer that comes in parts.
    private(set) var response = CapturedBody()

    mutating func addToRequest(_ bytes: ByteBuffer) { request.append(bytes.readableBytesView) }

    mutating func addToResponse(_ bytes: ByteBuffer) { response.append(bytes.readableBytesView) }
}
