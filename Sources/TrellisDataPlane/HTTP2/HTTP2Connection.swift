import Logging
import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOTLS
import TrellisModel
import TrellisRouting

/// An HTTP/2 connection around its streams: says goodbye when it has lived long enough, has nothing to do, or is to go.
///
/// Used on the connection's event loop only. Each stream is served by a ``ConnectionHandler``.
final class HTTP2Connection: ChannelInboundHandler, ServedConnection {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private enum State {
        case open
        /// The client has been told to begin nothing new; the end of the last stream is the end of the connection.
        case leaving
        case closed
    }

    let loop: LoopState
    let binding: ListenerBinding
    private let idle: TimeAmount
    private var state = State.open
    private var context: ChannelHandlerContext?
    private var openStreams = 0
    private var lastStream = HTTP2StreamID.rootStream
    /// Without streams: when that has lasted too long.
    private var idleEnd: NIODeadline
    private let lifeEnd: NIODeadline
    private var timer: Scheduled<Void>?

    /// - Parameter idle: How long the connection may be without streams, and how long streams may last that are open at
    ///   the end of its life.
    init(loop: LoopState, binding: ListenerBinding, idle: TimeAmount) {
        self.loop = loop
        self.binding = binding
        self.idle = idle
        let now = loop.eventLoop.now
        idleEnd = now + idle
        lifeEnd = now + loop.environment.configuration.times.connectionLife
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.opened(self)
        schedule(min(idleEnd, lifeEnd))
    }

    func channelInactive(context: ChannelHandlerContext) {
        state = .closed
        timer?.cancel()
        loop.closed(self)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    /// The TLS connection around it counts.
    var isConnection: Bool { false }

    // MARK: Streams

    func streamOpened(_ id: HTTP2StreamID) {
        openStreams += 1
        lastStream = max(lastStream, id)
        idleEnd = .distantFuture
    }

    func streamClosed() {
        openStreams -= 1
        guard openStreams == 0 else { return }
        idleEnd = loop.eventLoop.now + idle
        switch state {
        case .open: if idleEnd < lifeEnd { schedule(idleEnd) }
        // The last frames of the stream have yet to be written.
        case .leaving: loop.eventLoop.assumeIsolated().execute { self.close() }
        case .closed: break
        }
    }

    // MARK: Time

    private func schedule(_ deadline: NIODeadline) {
        timer?.cancel()
        timer = loop.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in self?.timerFired() }
    }

    private func timerFired() {
        let now = loop.eventLoop.now
        switch state {
        case .open where now >= min(idleEnd, lifeEnd): drain()
        case .open: schedule(min(idleEnd, lifeEnd))
        case .leaving: close()
        case .closed: break
        }
    }

    // MARK: The end

    /// Tells the client to begin nothing new and which streams are served; what it has begun since then it may safely
    /// try on another connection.
    ///
    /// - Source: RFC 9113, section 6.8.
    func drain() {
        guard case .open = state, let context else { return }
        state = .leaving
        let goodbye = HTTP2Frame.FramePayload.goAway(lastStreamID: lastStream, errorCode: .noError, opaqueData: nil)
        context.writeAndFlush(wrapOutboundOut(HTTP2Frame(streamID: .rootStream, payload: goodbye)), promise: nil)
        if openStreams == 0 {
            close()
        } else {
            schedule(loop.eventLoop.now + idle)
        }
    }

    func close() {
        guard state != .closed else { return }
        context?.close(promise: nil)
    }

    /// The client sends no more, and so can begin nothing new.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { drain() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error.concernsOneStream { return }
        loop.environment.logger.debug(
            "HTTP/2 connection failed", metadata: ["port": "\(binding.port)", "error": "\(error)"])
        context.close(promise: nil)
    }
}

extension Error {
    /// Whether the library has answered a client's mistake by resetting the stream that it was made on.
    ///
    /// The library reports all errors alike, and leaves it to us to close the connection after any other.
    var concernsOneStream: Bool {
        switch self {
        case is NIOHTTP2Errors.StreamError, is NIOHTTP2Errors.InvalidPseudoHeaders,
            is NIOHTTP2Errors.UnknownPseudoHeader, is NIOHTTP2Errors.UnsupportedPseudoHeader,
            is NIOHTTP2Errors.DuplicatePseudoHeader, is NIOHTTP2Errors.PseudoHeaderAfterRegularHeader,
            is NIOHTTP2Errors.InvalidHTTP2HeaderFieldName, is NIOHTTP2Errors.InvalidHTTP2HeaderFieldValue,
            is NIOHTTP2Errors.ForbiddenHeaderField, is NIOHTTP2Errors.EmptyPathHeader,
            is NIOHTTP2Errors.InvalidPseudoHeaderValue, is NIOHTTP2Errors.TrailersWithoutEndStream,
            is NIOHTTP2Errors.ContentLengthViolated, is NIOHTTP2Errors.ContentLengthHeadersMismatch,
            is NIOHTTP2Errors.ContentLengthHeaderNegative, is NIOHTTP2Errors.ContentLengthHeaderMalformedValue:
            true
        default:
            false
        }
    }
}

/// Tells a connection of its streams.
private struct StreamCounter: NIOHTTP2StreamDelegate {
    let connection: NIOLoopBound<HTTP2Connection>

    func streamCreated(_ id: HTTP2StreamID, channel: any Channel) {
        connection.value.streamOpened(id)
    }

    func streamClosed(_ id: HTTP2StreamID, channel: any Channel) {
        connection.value.streamClosed()
    }
}

extension ChannelPipeline.SynchronousOperations {
    /// TLS → frames → connection, and for each stream: frames → request decoder → request.
    func addHTTP2Handlers(
        _ loop: LoopState, _ binding: ListenerBinding, _ peer: Peer, _ tls: TLSFacts, _ service: CompiledService
    ) throws {
        let eventLoop = loop.eventLoop
        let limits = loop.environment.configuration.limits
        let connection = HTTP2Connection(
            loop: loop, binding: binding, idle: .seconds(Int64(service.idleTimeoutSeconds)))
        let shared = NIOLoopBound((loop, binding, peer, tls), eventLoop: eventLoop)
        let frames = NIOHTTP2Handler(
            mode: .server, eventLoop: eventLoop, connectionConfiguration: .init(limits),
            streamConfiguration: .init(limits),
            streamDelegate: StreamCounter(connection: NIOLoopBound(connection, eventLoop: eventLoop))
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                let (loop, binding, peer, tls) = shared.value
                let decoder = StreamRequestDecoder(limits: limits)
                try stream.pipeline.syncOperations.addHandlers([
                    decoder,
                    ConnectionHandler(loop: loop, binding: binding, stream: decoder, peer: peer, tls: tls),
                ])
            }
        }
        try addHandlers([frames, connection])
    }
}

extension NIOHTTP2Handler.ConnectionConfiguration {
    /// Bounds what one client can make the connection keep; floods of control frames, resets, empty frames and header
    /// fragments end it.
    fileprivate init(_ limits: DataPlaneLimits) {
        self.init()
        // Somewhat more than is served, so that a request that is a little too large gets an answer.
        let headerBytes = limits.headerBlockBytes + Self.entryOverhead * limits.headerCount + 4096
        initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: limits.concurrentStreams),
            HTTP2Setting(parameter: .maxHeaderListSize, value: headerBytes),
            HTTP2Setting(parameter: .initialWindowSize, value: limits.streamWindowBytes),
        ]
        targetWindowSize = limits.connectionWindowBytes
        maximumBufferedControlFrames = 1000
    }

    /// RFC 9113, section 6.5.2.
    private static let entryOverhead = 32
}

extension NIOHTTP2Handler.StreamConfiguration {
    fileprivate init(_ limits: DataPlaneLimits) {
        self.init()
        targetWindowSize = limits.streamWindowBytes
    }
}
