import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2
import TrellisLambdaEvent
import TrellisModel

/// How the client learns where a forwarded response ends.
enum ForwardedFraming: Equatable {
    /// There is no body.
    case none
    /// By the `content-length` that the target gave.
    case length
    case chunked
    /// By the end of the connection.
    case untilClose
    /// By the frames of HTTP/2.
    case frames

    /// - Parameter headers: The target's, which its decoder has found to frame one body at most.
    /// - Source: RFC 9112, section 6.3.
    init(client: HTTPVersion, method: HTTPMethod, status: Int, headers: HTTPHeaders) {
        self =
            if method == .HEAD || status == 204 || status == 304 {
                .none
            } else if client == .http2 {
                .frames
            } else if headers.contains(name: "content-length"), !headers.contains(name: "transfer-encoding") {
                .length
            } else if client.minor == 0 {
                .untilClose
            } else {
                .chunked
            }
    }
}

/// *Respond*, for what comes from a target: its parts one by one, and what is of this connection in place of what was of
/// the target's.
extension ConnectionHandler {
    func relayInterim(_ head: HTTPResponseHead) {
        guard let context, let request, !request.head.isHTTP10 else { return }
        let lines = ForwardedHeaders.passedBack(head.headers)
        switch carrier {
        case .http1:
            var buffer = ByteBuffer()
            buffer.writeStatusLine(head.status)
            for (name, value) in lines { buffer.writeLine(name, value) }
            buffer.writeStaticString("\r\n")
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        case .http2:
            var block = HPACKHeaders([(":status", String(head.status.code))])
            for (name, value) in lines { block.add(name: name.lowercased(), value: value) }
            context.writeAndFlush(NIOAny(HTTP2Frame.FramePayload.headers(.init(headers: block))), promise: nil)
        }
    }

    func relayHead(_ head: HTTPResponseHead, of request: ServedRequest, _ forwarding: Forwarding) {
        switch carrier {
        case .http1: writeHead(head, of: request, forwarding)
        case .http2: forwarding.pendingHead = head
        }
    }

    private func writeHead(_ head: HTTPResponseHead, of request: ServedRequest, _ forwarding: Forwarding) {
        guard let context else { return }
        responseBuffer.clear(minimumCapacity: 1024)
        responseBuffer.writeStatusLine(head.status)
        forEachLine(of: head, request, forwarding) { responseBuffer.writeLine($0, $1) }
        if forwarding.framing == .chunked { responseBuffer.writeStaticString("transfer-encoding: chunked\r\n") }
        if machine.closesAfterAnswer {
            responseBuffer.writeStaticString("connection: close\r\n")
        } else if request.head.isHTTP10 {
            responseBuffer.writeStaticString("connection: keep-alive\r\n")
        }
        responseBuffer.writeStaticString("\r\n")
        forwarding.bytesSent += responseBuffer.readableBytes
        context.write(wrapOutboundOut(responseBuffer), promise: nil)
    }

    /// The target's lines, then those of Trellis.
    private func forEachLine(
        of head: HTTPResponseHead, _ request: ServedRequest, _ forwarding: Forwarding,
        _ write: (_ name: String, _ value: String) -> Void
    ) {
        let dropsLength =
            head.status.code == 204
            || (forwarding.framing != .length && head.headers.contains(name: "transfer-encoding"))
        var hasDate = false
        for (name, value) in ForwardedHeaders.passedBack(head.headers) {
            if name.isField("x-amzn-requestid") || (dropsLength && name.isField("content-length")) { continue }
            if name.isField("date") { hasDate = true }
            write(name, value)
        }
        write("x-amzn-requestid", request.id)
        if !hasDate { write("date", loop.date(at: loop.environment.clock.now())) }
    }

    func relayPendingHead(of request: ServedRequest, _ forwarding: Forwarding) {
        guard let head = takePendingHead(of: request, forwarding) else { return }
        context?.write(NIOAny(HTTP2Frame.FramePayload.headers(.init(headers: head))), promise: nil)
    }

    private func takePendingHead(of request: ServedRequest, _ forwarding: Forwarding) -> HPACKHeaders? {
        guard let head = forwarding.pendingHead else { return nil }
        forwarding.pendingHead = nil
        var block = HPACKHeaders()
        block.reserveCapacity(head.headers.count + 3)
        block.add(name: ":status", value: String(head.status.code))
        forEachLine(of: head, request, forwarding) { name, value in
            block.add(name: name.lowercased(), value: value)
            forwarding.bytesSent += name.utf8.count + value.utf8.count + 4
        }
        return block
    }

    func relayBody(_ bytes: ByteBuffer, _ forwarding: Forwarding) {
        guard let context, let request, bytes.readableBytes > 0 else { return }
        switch forwarding.framing {
        case .none:
            return
        case .length, .untilClose:
            forwarding.bytesSent += bytes.readableBytes
            context.write(wrapOutboundOut(bytes), promise: nil)
        case .chunked:
            var line = ByteBuffer()
            line.writeString(String(bytes.readableBytes, radix: 16))
            line.writeStaticString("\r\n")
            forwarding.bytesSent += line.readableBytes + bytes.readableBytes + 2
            context.write(wrapOutboundOut(line), promise: nil)
            context.write(wrapOutboundOut(bytes), promise: nil)
            line.moveReaderIndex(to: line.writerIndex - 2)
            context.write(wrapOutboundOut(line), promise: nil)
        case .frames:
            relayPendingHead(of: request, forwarding)
            forwarding.bytesSent += bytes.readableBytes
            context.write(NIOAny(HTTP2Frame.FramePayload.data(.init(data: .byteBuffer(bytes)))), promise: nil)
        }
    }

    /// - Parameter trailers: Only where the framing has room for them.
    func relayEnd(_ trailers: HeaderList, of request: ServedRequest, _ forwarding: Forwarding) {
        switch carrier {
        case .http1: writeEnd(trailers, forwarding)
        case .http2: keepLastFrame(trailers, of: request, forwarding)
        }
    }

    private func writeEnd(_ trailers: HeaderList, _ forwarding: Forwarding) {
        guard let context else { return }
        if forwarding.framing == .chunked {
            var buffer = ByteBuffer()
            buffer.writeStaticString("0\r\n")
            for (name, value) in trailers { buffer.writeLine(name, value) }
            buffer.writeStaticString("\r\n")
            forwarding.bytesSent += buffer.readableBytes
            context.write(wrapOutboundOut(buffer), promise: nil)
        }
        context.flush()
    }

    /// The frame that ends the stream is written when the request is done with.
    private func keepLastFrame(_ trailers: HeaderList, of request: ServedRequest, _ forwarding: Forwarding) {
        if !trailers.isEmpty {
            relayPendingHead(of: request, forwarding)
            lastFrame = .headers(
                .init(headers: HPACKHeaders(trailers.map { ($0.name.lowercased(), $0.value) }), endStream: true))
        } else if let head = takePendingHead(of: request, forwarding) {
            lastFrame = .headers(.init(headers: head, endStream: true))
        } else {
            lastFrame = .data(.init(data: .byteBuffer(ByteBuffer()), endStream: true))
        }
    }
}

extension ByteBuffer {
    fileprivate mutating func writeStatusLine(_ status: HTTPResponseStatus) {
        writeStaticString("HTTP/1.1 ")
        writeString(String(status.code))
        writeStaticString(" ")
        writeString(status.reasonPhrase)
        writeStaticString("\r\n")
    }

    fileprivate mutating func writeLine(_ name: String, _ value: String) {
        writeString(name)
        writeStaticString(": ")
        writeString(value)
        writeStaticString("\r\n")
    }
}
