import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2
import TrellisRouting

/// One client connection: takes a request, has it served, writes the answer, takes the next one.
///
/// A stream of an HTTP/2 connection is served as a connection of its own that has a single request.
///
/// Everything happens on the connection's event loop. ``ConnectionStateMachine`` decides; this carries out. The phases
/// of a request are in the files of their names, called by Serve: Resolve, Authenticate, Authorize, Match, Choose, Map or
/// Forward, Answer, Respond, Record.
final class ConnectionHandler: ChannelInboundHandler, ServedConnection {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    /// What carries the request and its answer.
    enum Carrier {
        case http1(RequestGate)
        case http2(StreamRequestDecoder)
    }

    /// Which of the bounded numbers the connection counts in.
    private enum Counting {
        case connection
        case stream
        /// Its TLS connection counts.
        case elsewhere
    }

    /// What was decoded while another request was being served.
    enum Queued {
        case part(HTTPServerRequestPart)
        case failure(Failure)
    }

    let loop: LoopState
    let binding: ListenerBinding
    /// `nil` before the connection is open, unless somebody said who the client is.
    private var knownPeer: Peer?
    var peer: Peer { knownPeer ?? Peer(nil, sourceVPCs: nil) }
    let carrier: Carrier
    /// `nil` without TLS.
    let tls: TLSFacts?
    private let counting: Counting
    let limits: DataPlaneLimits
    var machine: ConnectionStateMachine
    var request: ServedRequest?
    var context: ChannelHandlerContext?
    var responseBuffer = ByteBuffer()
    var deadlines: ConnectionDeadlines

    var queue = CircularBuffer<Queued>(initialCapacity: 0)
    var isAdvancing = false
    /// What the gate had passed when the last request ended.
    var bytesPassedBefore = 0
    private var isCounted = false
    private var isRefused = false
    /// The frame that ends a stream, to be written when everything else about the request is done.
    var lastFrame: HTTP2Frame.FramePayload?

    /// An HTTP/1 connection.
    convenience init(
        loop: LoopState, binding: ListenerBinding, gate: RequestGate, peer: Peer? = nil, tls: TLSFacts? = nil
    ) {
        self.init(
            loop: loop, binding: binding, carrier: .http1(gate), peer: peer, tls: tls,
            counting: tls == nil ? .connection : .elsewhere)
    }

    /// A stream of an HTTP/2 connection.
    convenience init(
        loop: LoopState, binding: ListenerBinding, stream: StreamRequestDecoder, peer: Peer, tls: TLSFacts
    ) {
        self.init(
            loop: loop, binding: binding, carrier: .http2(stream), peer: peer, tls: tls, counting: .stream)
    }

    private init(
        loop: LoopState, binding: ListenerBinding, carrier: Carrier, peer: Peer?, tls: TLSFacts?, counting: Counting
    ) {
        self.loop = loop
        self.binding = binding
        self.carrier = carrier
        knownPeer = peer
        self.tls = tls
        self.counting = counting
        limits = loop.environment.configuration.limits
        var keepsAlive = true
        if case .http2 = carrier { keepsAlive = false }
        machine = ConnectionStateMachine(bodyLimit: limits.bodyBytes, keepsAlive: keepsAlive)
        deadlines = ConnectionDeadlines(
            loop.environment.configuration.times, slowestBodyBytesPerSecond: limits.slowestBodyBytesPerSecond,
            now: loop.eventLoop.now)
    }

    /// `nil` for an HTTP/2 stream, where no second request follows.
    var gate: RequestGate? {
        if case .http1(let gate) = carrier { gate } else { nil }
    }

    /// Decodes and reads nothing more, after what is under way.
    func holdRequest() {
        switch carrier {
        case .http1(let gate): gate.hold()
        case .http2(let stream): stream.hold()
        }
    }

    func releaseRequest() {
        switch carrier {
        case .http1(let gate): gate.release()
        case .http2(let stream): stream.release()
        }
    }

    /// What came by the gate so far.
    var bytesPassed: Int { gate?.bytesPassed ?? 0 }

    var isConnection: Bool { counting == .connection }

    var allocator: ByteBufferAllocator { context?.channel.allocator ?? ByteBufferAllocator() }

    /// Whether the next request has begun to arrive.
    var hasPartialHead: Bool { machine.isIdle && bytesPassed > bytesPassedBefore }

    // MARK: The connection

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { open(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        open(context)
        context.fireChannelActive()
    }

    private func open(_ context: ChannelHandlerContext) {
        guard !isCounted, !isRefused else { return }
        switch counting {
        case .connection:
            findPeer(context)
            isCounted = loop.environment.served.take()
            guard isCounted else {
                refuse()
                return
            }
        case .elsewhere:
            findPeer(context)
        case .stream:
            isCounted = loop.environment.streams.take()
            guard isCounted else {
                machine.closed()
                reset(.refusedStream)
                return
            }
        }
        loop.opened(self)
        updateDeadlines()
    }

    private func findPeer(_ context: ChannelHandlerContext) {
        guard knownPeer == nil else { return }
        knownPeer = Peer(context.channel.remoteAddress, sourceVPCs: loop.environment.configuration.sourceVPCs)
    }

    /// Tells the client that there are too many connections, unless too many are being told so.
    private func refuse() {
        loop.metrics.connectionRefused()
        isRefused = loop.environment.refused.take()
        guard isRefused, machine.requestBroke() else {
            close()
            return
        }
        loop.opened(self)
        respond(Answer(.tooManyConnections))
        updateDeadlines()
    }

    func channelInactive(context: ChannelHandlerContext) {
        closed(.clientConnectionClosed)
        if isCounted { count.giveBack() }
        if isRefused { loop.environment.refused.giveBack() }
        isCounted = false
        isRefused = false
        loop.closed(self)
        context.fireChannelInactive()
    }

    private var count: ConnectionCount {
        counting == .stream ? loop.environment.streams : loop.environment.served
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    /// Closes at once; what was not written is lost.
    func close() { close(.clientConnectionClosed) }

    func close(_ reason: FailureReason) {
        closed(reason)
        gate?.discard()
        context?.close(promise: nil)
    }

    func closed(_ reason: FailureReason) {
        machine.closed()
        deadlines.cancel()
        queue.removeAll()
        if let request {
            self.request = nil
            let forwarding = request.forwarding
            forwarding?.exchange.cancel()
            record(
                request, answer: forwarding?.status.map { Answer(status: $0) }, failureReason: reason,
                bytesSent: forwarding?.bytesSent ?? 0)
        }
    }

    /// Ends a stream of which no more is wanted.
    func reset(_ code: HTTP2ErrorCode) {
        context?.writeAndFlush(NIOAny(HTTP2Frame.FramePayload.rstStream(code)), promise: nil)
    }

    /// Ends the connection with the answer that is due, if any.
    ///
    /// A connection that is new has its first request still on the way; closing would fail it.
    func drain() {
        if isNew { deadlines.idle = loop.environment.configuration.times.firstRequest }
        if machine.drain(hasPartialHead: hasPartialHead || isNew) { finishConnection() } else { updateDeadlines() }
    }

    /// Whether nothing has come by an HTTP/1 connection yet.
    private var isNew: Bool { gate?.bytesPassed == 0 }

    // MARK: What arrives

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if case .head(let head) = part {
            gate?.headPassed(isChunked: head.headers.contains(name: "transfer-encoding"))
        }
        if machine.acceptsParts {
            take(part)
        } else if !machine.isFinished {
            queue.append(.part(part))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        request?.forwarding?.exchange.flush()
        checkOverhead()
        updateDeadlines()
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let failure = Failure(decoding: error) else {
            if !(error is ByteToMessageDecoderError) { close() }
            return
        }
        if machine.acceptsParts {
            take(failure)
        } else if !machine.isFinished {
            queue.append(.failure(failure))
        }
        updateDeadlines()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            switch machine.inputClosed() {
            case .finish: finishConnection()
            case .close: close()
            case .none: break
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, machine.waiting == .client {
            proceed(machine.becameWritable())
            advance()
        } else if machine.isForwarding {
            clientBlockingChanged(isBlocked: !context.channel.isWritable)
        }
        context.fireChannelWritabilityChanged()
    }

    /// Bytes that are neither head nor body also count: blank lines before a request, blanks, chunk extensions, and
    /// what comes after the last answer.
    private func checkOverhead() {
        guard let gate else { return }
        if machine.isFinished, gate.bytesDiscarded > limits.lingerBytes { close() }
        let passed = gate.bytesPassed - bytesPassedBefore
        if let body = machine.receivedBodyBytes {
            if passed > Self.chunkOverheadBytes + Self.chunkOverheadFactor * body { take(.malformed(.chunkOverhead)) }
        } else if machine.isIdle, passed > limits.headerBlockBytes + RequestGate.sliceBytes {
            take(.malformed(.headersTooLarge))
        }
    }

    /// Room for the head, one read of the socket and honest framing.
    private static let chunkOverheadBytes = 262_144
    /// A chunk of one byte takes six.
    private static let chunkOverheadFactor = 8
}
