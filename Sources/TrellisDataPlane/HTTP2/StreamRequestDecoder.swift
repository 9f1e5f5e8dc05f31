import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2

/// Makes the frames of one HTTP/2 stream into the parts of a request.
///
/// Checks what the library leaves open. The library resets a stream with malformed pseudo-headers, or headers about an HTTP/1 connection.
///
/// The host comes from `:authority`, the lines of a split `Cookie` are put together. While it is held, the client gets no
/// permission to send more.
///
/// - Source: RFC 9113, sections 8.2 and 8.3.
final class StreamRequestDecoder: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload
    typealias InboundOut = HTTPServerRequestPart

    private enum State {
        case head
        case body
        /// Nothing more is wanted.
        case done
    }

    private let limits: DataPlaneLimits
    private var state = State.head
    /// Whether the client has sent all of its request.
    private(set) var hasEnded = false
    private var isHeld = false
    private var isReadDue = false
    private var context: ChannelHandlerContext?

    init(limits: DataPlaneLimits) {
        self.limits = limits
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func hold() { isHeld = true }

    func release() {
        isHeld = false
        guard isReadDue else { return }
        isReadDue = false
        context?.read()
    }

    func read(context: ChannelHandlerContext) {
        if isHeld {
            isReadDue = true
        } else {
            context.read()
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let headers):
            if headers.endStream { hasEnded = true }
            switch state {
            case .head: begin(headers, context)
            // Trailers, which always end the stream.
            case .body: end(context, HTTPHeaders(headers.headers.map { ($0.name, $0.value) }))
            case .done: break
            }
        case .data(let data):
            if data.endStream { hasEnded = true }
            guard case .body = state, case .byteBuffer(let bytes) = data.data else { return }
            if bytes.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(.body(bytes))) }
            if data.endStream { end(context) }
        default:
            break
        }
    }

    private func begin(_ headers: HTTP2Frame.FramePayload.Headers, _ context: ChannelHandlerContext) {
        do throws(Malformation) {
            let head = try HTTPRequestHead(headers.headers, limits: limits)
            state = .body
            context.fireChannelRead(wrapInboundOut(.head(head)))
            if headers.endStream { end(context) }
        } catch {
            state = .done
            context.fireErrorCaught(error)
        }
    }

    private func end(_ context: ChannelHandlerContext, _ trailers: HTTPHeaders? = nil) {
        state = .done
        context.fireChannelRead(wrapInboundOut(.end(trailers)))
    }
}

extension HTTPRequestHead {
    /// - Parameter block: One that the library has found to have each pseudo-header at most once, before all others.
    fileprivate init(_ block: HPACKHeaders, limits: DataPlaneLimits) throws(Malformation) {
        var method: String?
        var path: String?
        var authority: String?
        var host: String?
        var cookies: [String] = []
        var headers = HTTPHeaders()
        headers.reserveCapacity(block.count)
        guard block.count <= limits.headerCount + Self.pseudoHeaders else { throw .headersTooLarge }
        for (name, value, _) in block {
            switch name {
            case ":method": method = value
            case ":path": path = value
            case ":authority": authority = value
            case ":scheme": guard value.isField("https") else { throw .target }
            case "host":
                guard host == nil else { throw .host }
                host = value
            case "cookie": cookies.append(value)
            default: headers.add(name: name, value: value)
            }
        }
        guard let method else { throw .syntax }
        // Without a path it is a CONNECT, which has none.
        guard method != "CONNECT", let path else { throw .connect }
        guard path.utf8.first == UInt8(ascii: "/") || path == "*" else { throw .target }
        // As the decoder of HTTP/1 has it: what is not printable ASCII has to be percent-encoded.
        guard path.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .target }
        if let authority, let host, authority != host { throw .host }
        if let host = authority ?? host, host.isEmpty { throw .host }
        if !cookies.isEmpty { headers.add(name: "cookie", value: cookies.joined(separator: "; ")) }
        if let host = authority ?? host { headers.add(name: "host", value: host) }
        guard headers.count <= limits.headerCount else { throw .headersTooLarge }
        self.init(version: .http2, method: HTTPMethod(rawValue: method), uri: path, headers: headers)
    }

    /// A request has four.
    private static let pseudoHeaders = 4
}
