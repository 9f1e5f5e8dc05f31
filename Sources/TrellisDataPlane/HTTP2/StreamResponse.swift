import NIOCore
import NIOHPACK
import NIOHTTP2
import TrellisLambdaEvent

/// The frames of an answer on an HTTP/2 stream; the last one ends the stream.
struct StreamResponse {
    let head: HTTP2Frame.FramePayload
    /// `nil` if the head is all.
    let body: HTTP2Frame.FramePayload?
    /// Head and body, as if the head were not compressed.
    let bytes: Int

    init(_ answer: Answer, in frame: ResponseFrame) {
        var headers = HPACKHeaders()
        headers.reserveCapacity(answer.headers.count + 4)
        headers.add(name: ":status", value: String(answer.status))
        var bytes = 0
        answer.forEachHeader(in: frame) { name, value in
            headers.add(name: name.lowercased(), value: value)
            bytes += name.utf8.count + value.utf8.count + Self.lineFrame
        }
        let hasBody = frame.framing.sendsBody && answer.body.readableBytes > 0
        head = .headers(.init(headers: headers, endStream: !hasBody))
        body = hasBody ? .data(.init(data: .byteBuffer(answer.body), endStream: true)) : nil
        self.bytes = bytes + (hasBody ? answer.body.readableBytes : 0)
    }

    /// What HTTP/1 puts around name and value.
    private static let lineFrame = 4
}
