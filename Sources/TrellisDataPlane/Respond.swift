import NIOCore
import NIOHTTP1
import TrellisLambdaEvent
import TrellisModel

extension ConnectionHandler {
    /// *Respond*: one buffer with head and body, one write; then *record*.
    func respond(_ answer: Answer) {
        guard let context else { return }
        // Writing may find the connection closed, which must not see the request as unanswered.
        let request = request
        self.request = nil
        var frame = ResponseFrame(
            requestID: request?.id ?? loop.random.uuid(), date: loop.date(at: loop.environment.clock.now()),
            connection: nil,
            framing: ResponseFraming(
                method: request?.head.method.rawValue ?? "", statusCode: answer.status,
                bodyLength: answer.body.readableBytes),
            showsDetail: peer.isLoopback)
        if machine.closesAfterAnswer {
            frame.connection = "close"
        } else if request?.head.isHTTP10 == true {
            frame.connection = "keep-alive"
        }
        let bytesSent =
            switch carrier {
            case .http1: write(answer, in: frame, context)
            case .http2: writeToStream(answer, in: frame, context)
            }
        if let request {
            record(request, answer: answer, failureReason: answer.failureReason, bytesSent: bytesSent)
        } else {
            recordUnreadable(answer, requestID: frame.requestID, bytesSent: bytesSent)
        }
        proceed(machine.answered(isWritable: context.channel.isWritable))
    }

    private func write(_ answer: Answer, in frame: ResponseFrame, _ context: ChannelHandlerContext) -> Int {
        responseBuffer.clear()
        responseBuffer.writeResponse(answer, in: frame)
        let bytesSent = responseBuffer.readableBytes
        context.writeAndFlush(wrapOutboundOut(responseBuffer), promise: nil)
        if responseBuffer.capacity > Self.keptBufferBytes { responseBuffer = ByteBuffer() }
        return bytesSent
    }

    /// The frame that ends the stream waits for the request to be done with.
    private func writeToStream(_ answer: Answer, in frame: ResponseFrame, _ context: ChannelHandlerContext) -> Int {
        var frame = frame
        frame.connection = nil
        let response = StreamResponse(answer, in: frame)
        if let body = response.body {
            context.write(NIOAny(response.head), promise: nil)
            lastFrame = body
        } else {
            lastFrame = response.head
        }
        return response.bytes
    }

    /// A connection keeps its buffer from one answer to the next up to this size.
    private static let keptBufferBytes = 65_536
}
