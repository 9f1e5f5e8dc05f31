import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2
import TrellisInvoke
import TrellisRouting

/// A connection to a target that carries an exchange on each of its streams.
///
/// Used on its channel's event loop only.
final class HTTP2TargetConnection: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias InboundOut = HTTP2Frame

    private enum State {
        /// A ``TargetHandshake`` is under way.
        case connecting
        case open(NIOHTTP2Handler.StreamMultiplexer)
        case closed
    }

    var becameClosed: ((HTTP2TargetConnection) -> Void)?
    private(set) var idleSince = NIODeadline.now()
    private var state = State.connecting
    /// Exchanges that wait for the connection.
    private var waiting: [TargetExchange] = []
    /// Streams that are open, or about to be.
    private var streams = 0
    /// What the target lets be open at once.
    private var maximumStreams = 100
    /// Nothing new is to begin.
    private var isRetired = false
    /// Whether it was used before.
    private var isUsed = false
    private var context: ChannelHandlerContext?
    private var frames: NIOHTTP2Handler?
    private(set) var failure: TargetFailure?
    private let eventLoop: any EventLoop
    private let limits: DataPlaneLimits
    private let lifeEnd: NIODeadline

    init(eventLoop: any EventLoop, life: TimeAmount, limits: DataPlaneLimits) {
        self.eventLoop = eventLoop
        self.limits = limits
        lifeEnd = .now() + life
    }

    // MARK: For the pool

    var isIdle: Bool { streams == 0 && waiting.isEmpty }

    /// - Parameter isFresh: Whether the exchange wants a connection that nothing was sent on yet.
    func hasRoom(at now: NIODeadline, isFresh: Bool) -> Bool {
        guard !isRetired, now < lifeEnd, streams + waiting.count < maximumStreams, !(isFresh && isUsed) else {
            return false
        }
        switch state {
        case .connecting: return true
        case .open:
            guard let channel = context?.channel else { return false }
            let hasRested = isIdle && now - idleSince > .milliseconds(50)
            return hasRested ? channel.isEstablished : channel.isActive
        case .closed: return false
        }
    }

    func begin(_ exchange: TargetExchange) {
        switch state {
        case .connecting: waiting.append(exchange)
        case .open(let multiplexer): open(exchange, multiplexer)
        case .closed: exchange.failed(failure ?? .refused)
        }
    }

    /// Ends the connection with its last stream.
    func retire() {
        isRetired = true
        if isIdle { context?.close(promise: nil) }
    }

    /// The way to the target has ended.
    func connected(_ result: Result<Void, TargetFailure>) {
        guard case .connecting = state else { return }
        switch result {
        case .success: connected()
        case .failure(let failure):
            self.failure = self.failure ?? failure
            end()
        }
    }

    private func connected() {
        guard let multiplexer = try? frames?.syncMultiplexer() else {
            end()
            context?.close(promise: nil)
            return
        }
        state = .open(multiplexer)
        let exchanges = waiting
        waiting = []
        for exchange in exchanges where !exchange.isOver { open(exchange, multiplexer) }
        guard isIdle else { return }
        idleSince = .now()
        if isRetired { context?.close(promise: nil) }
    }

    // MARK: Streams

    private func open(_ exchange: TargetExchange, _ multiplexer: NIOHTTP2Handler.StreamMultiplexer) {
        streams += 1
        let bound = NIOLoopBound((self, exchange, isUsed), eventLoop: eventLoop)
        isUsed = true
        let promise = eventLoop.makePromise(of: (any Channel).self)
        promise.futureResult.assumeIsolated().whenFailure { _ in
            bound.value.0.streamEnded()
            bound.value.1.failed(.refused)
        }
        multiplexer.createStreamChannel(promise: promise) { channel in
            channel.eventLoop.makeCompletedFuture {
                let (connection, exchange, isReused) = bound.value
                try channel.pipeline.syncOperations.addHandler(
                    TargetStream(exchange, of: connection, isReused: isReused))
            }
        }
    }

    func streamEnded() {
        streams -= 1
        guard isIdle else { return }
        idleSince = .now()
        if isRetired || idleSince >= lifeEnd { context?.close(promise: nil) }
    }

    // MARK: Channel

    /// What waits on a stream before the client is asked to wait.
    private static let outboundBytes = 65_536

    /// Frames → connection, and for each stream a ``TargetStream``.
    func addHandlers(to pipeline: ChannelPipeline.SynchronousOperations) throws {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .enablePush, value: 0),
            HTTP2Setting(parameter: .maxConcurrentStreams, value: 0),
            HTTP2Setting(
                parameter: .maxHeaderListSize, value: limits.headerBlockBytes + 32 * limits.headerCount),
            HTTP2Setting(parameter: .initialWindowSize, value: limits.streamWindowBytes),
        ]
        connection.targetWindowSize = limits.connectionWindowBytes
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.targetWindowSize = limits.streamWindowBytes
        stream.outboundBufferSizeHighWatermark = Self.outboundBytes
        stream.outboundBufferSizeLowWatermark = Self.outboundBytes / 2
        let frames = NIOHTTP2Handler(
            mode: .client, eventLoop: eventLoop, connectionConfiguration: connection, streamConfiguration: stream
        ) { channel in
            // A target begins no streams.
            channel.close()
        }
        self.frames = frames
        try pipeline.addHandlers([frames, self])
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        closed()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data).payload {
        case .goAway:
            retire()
        case .settings(.settings(let settings)):
            for setting in settings where setting.parameter == .maxConcurrentStreams {
                maximumStreams = max(1, setting.value)
            }
        default:
            break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What concerns one stream has ended that stream.
        if error.concernsOneStream { return }
        if error is any NIOHTTP2Error {
            fail(.protocolError("\(error)"))
        } else {
            fail(.connectionClosed)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        closed()
        context.fireChannelInactive()
    }

    private func fail(_ failure: TargetFailure) {
        if self.failure == nil { self.failure = failure }
        context?.close(promise: nil)
    }

    private func closed() {
        switch state {
        case .open: end()
        case .connecting, .closed: break
        }
    }

    private func end() {
        state = .closed
        frames = nil
        let closed = becameClosed
        becameClosed = nil
        closed?(self)
        let exchanges = waiting
        waiting = []
        for exchange in exchanges { exchange.failed(failure ?? .connectionClosed) }
    }
}

/// One exchange on a stream of an HTTP/2 connection to a target.
///
/// Used on its channel's event loop only.
final class TargetStream: ChannelDuplexHandler, TargetCarrier {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let connection: HTTP2TargetConnection
    private let isReused: Bool
    private var exchange: TargetExchange?
    private var context: ChannelHandlerContext?
    private var isReading = true
    private var isReadDue = false
    private var hasHead = false
    private var isCounted = true
    private var failure: TargetFailure?
    /// Waits for what follows, because the head of a request without body ends its stream.
    private var pendingHead: HPACKHeaders?

    init(_ exchange: TargetExchange, of connection: HTTP2TargetConnection, isReused: Bool) {
        self.exchange = exchange
        self.connection = connection
        self.isReused = isReused
    }

    // MARK: For the exchange

    var isWritable: Bool { context?.channel.isWritable ?? false }

    func write(_ part: HTTPClientRequestPart) {
        switch part {
        case .head(let head):
            pendingHead = HPACKHeaders(head, isSecure: exchange?.endpoint.isSecure == true)
        case .body(.byteBuffer(let bytes)):
            writePendingHead()
            context?.write(wrapOutboundOut(.data(.init(data: .byteBuffer(bytes)))), promise: nil)
        case .body(.fileRegion):
            break
        case .end(let trailers):
            finish(trailers)
        }
    }

    private func finish(_ trailers: HTTPHeaders?) {
        if let trailers, !trailers.isEmpty {
            writePendingHead()
            let lines = HPACKHeaders(trailers.map { ($0.name.lowercased(), $0.value) })
            context?.write(wrapOutboundOut(.headers(.init(headers: lines, endStream: true))), promise: nil)
        } else if let head = pendingHead {
            pendingHead = nil
            context?.write(wrapOutboundOut(.headers(.init(headers: head, endStream: true))), promise: nil)
        } else {
            context?.write(
                wrapOutboundOut(.data(.init(data: .byteBuffer(ByteBuffer()), endStream: true))), promise: nil)
        }
    }

    private func writePendingHead() {
        guard let head = pendingHead else { return }
        pendingHead = nil
        context?.write(wrapOutboundOut(.headers(.init(headers: head))), promise: nil)
    }

    func flush() {
        writePendingHead()
        context?.flush()
    }

    func setReading(_ isReading: Bool) {
        self.isReading = isReading
        guard isReading, isReadDue else { return }
        isReadDue = false
        context?.read()
    }

    func abandon() {
        exchange = nil
        context?.writeAndFlush(wrapOutboundOut(.rstStream(.cancel)), promise: nil)
        context?.close(promise: nil)
    }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func channelActive(context: ChannelHandlerContext) {
        if let exchange, !exchange.isOver {
            exchange.attach(self, isReused: isReused)
        } else {
            exchange = nil
            context.close(promise: nil)
        }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let block): receive(block)
        case .data(let data):
            guard case .byteBuffer(let bytes) = data.data else { return }
            if bytes.readableBytes > 0 { exchange?.received(bytes) }
            if data.endStream { end(nil) }
        case .rstStream(let code): failure = Self.failure(code)
        default: break
        }
    }

    private func receive(_ block: HTTP2Frame.FramePayload.Headers) {
        guard !hasHead else {
            end(HTTPHeaders(block.headers.map { ($0.name, $0.value) }))
            return
        }
        guard let head = HTTPResponseHead(block.headers) else {
            fail(.protocolError("a response without status"))
            return
        }
        if head.status.code < 200 {
            exchange?.informed(head)
            return
        }
        hasHead = true
        exchange?.began(head)
        if block.endStream { end(nil) }
    }

    /// The stream is free before the exchange is over.
    private func end(_ trailers: HTTPHeaders?) {
        let exchange = exchange
        self.exchange = nil
        exchange?.ended(trailers)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        exchange?.paused()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        exchange?.blockingChanged()
        context.fireChannelWritabilityChanged()
    }

    func read(context: ChannelHandlerContext) {
        if isReading {
            context.read()
        } else {
            isReadDue = true
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? NIOHTTP2Errors.StreamClosed {
            fail(Self.failure(error.errorCode))
        } else if error is any NIOHTTP2Error {
            fail(.protocolError("\(error)"))
        } else {
            fail(.connectionClosed)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(failure ?? connection.failure ?? .connectionClosed)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        if isCounted { connection.streamEnded() }
        isCounted = false
        fail(failure ?? connection.failure ?? .connectionClosed)
    }

    private func fail(_ failure: TargetFailure) {
        let exchange = exchange
        self.exchange = nil
        context?.close(promise: nil)
        exchange?.failed(failure)
    }

    private static func failure(_ code: HTTP2ErrorCode) -> TargetFailure {
        switch code {
        case .refusedStream: .refused
        case .protocolError, .http11Required: .protocolError("the target ended the stream: \(code)")
        default: .connectionClosed
        }
    }
}

extension HPACKHeaders {
    /// - Parameter head: One with `Host`, and without lines of one hop but those that frame the body.
    fileprivate init(_ head: HTTPRequestHead, isSecure: Bool) {
        self.init()
        reserveCapacity(head.headers.count + 4)
        add(name: ":method", value: head.method.rawValue)
        add(name: ":scheme", value: isSecure ? "https" : "http")
        add(name: ":authority", value: head.headers.first(name: "host") ?? "")
        add(name: ":path", value: head.uri)
        for (name, value) in head.headers where !name.isField("host") && !name.isField("transfer-encoding") {
            add(name: name.lowercased(), value: value)
        }
    }
}

extension HTTPResponseHead {
    /// - Returns: `nil` without a status of three digits.
    fileprivate init?(_ block: HPACKHeaders) {
        var headers = HTTPHeaders()
        headers.reserveCapacity(block.count)
        var status: Int?
        for (name, value, _) in block {
            if name == ":status" {
                status = value.utf8.count == 3 ? Int(value) : nil
            } else {
                headers.add(name: name, value: value)
            }
        }
        guard let status, (100...599).contains(status) else { return nil }
        self.init(version: .http2, status: HTTPResponseStatus(statusCode: status), headers: headers)
    }
}
