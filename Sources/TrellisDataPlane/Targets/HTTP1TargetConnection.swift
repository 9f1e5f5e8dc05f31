import NIOCore
import NIOHTTP1
import TrellisInvoke

/// A connection to a target that carries one exchange at a time.
///
/// Used on its channel's event loop only.
final class HTTP1TargetConnection: ChannelDuplexHandler, TargetCarrier {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    private enum State {
        /// A ``TargetHandshake`` is under way.
        case connecting
        case idle
        case busy(TargetExchange)
        /// The exchange is over, but not what was read with its end: more of that is no answer to anybody.
        case finished
        case closed
    }

    /// What the exchange under way has come to.
    private struct Progress {
        var requestEnded = false
        var responseBegan = false
        var keepsAlive = true
    }

    /// The exchange that the connection is made for.
    var first: TargetExchange?
    var becameIdle: ((HTTP1TargetConnection) -> Void)?
    var becameClosed: ((HTTP1TargetConnection) -> Void)?
    private(set) var idleSince = NIODeadline.distantPast
    private var state = State.connecting
    private var progress = Progress()
    private var context: ChannelHandlerContext?
    private var isReading = true
    private var isReadDue = false
    private var failure: TargetFailure?
    private let lifeEnd: NIODeadline

    init(life: TimeAmount) {
        lifeEnd = .now() + life
    }

    // MARK: For the pool

    /// After some rest the kernel is asked, because a target may close when nobody looks.
    func isReady(at now: NIODeadline) -> Bool {
        guard case .idle = state, let context, now < lifeEnd else { return false }
        return now - idleSince <= .milliseconds(50) ? context.channel.isActive : context.channel.isEstablished
    }

    /// The connection must be ready.
    func begin(_ exchange: TargetExchange, isReused: Bool) {
        guard case .idle = state else {
            exchange.failed(.refused)
            return
        }
        state = .busy(exchange)
        progress = Progress()
        exchange.attach(self, isReused: isReused)
    }

    func close() { context?.close(promise: nil) }

    /// The way to the target has ended.
    func connected(_ result: Result<Void, TargetFailure>) {
        guard case .connecting = state else { return }
        switch result {
        case .success:
            state = .idle
            let exchange = first
            first = nil
            if let exchange, !exchange.isOver { begin(exchange, isReused: false) } else { rest() }
        case .failure(let failure):
            state = .closed
            end(failure)
        }
    }

    // MARK: For the exchange

    var isWritable: Bool { context?.channel.isWritable ?? false }

    func write(_ part: HTTPClientRequestPart) {
        if case .end = part { progress.requestEnded = true }
        context?.write(wrapOutboundOut(part), promise: nil)
    }

    func flush() { context?.flush() }

    func setReading(_ isReading: Bool) {
        self.isReading = isReading
        guard isReading, isReadDue else { return }
        isReadDue = false
        context?.read()
    }

    func abandon() {
        state = .closed
        close()
    }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        closed()
    }

    private func rest() {
        state = .idle
        idleSince = .now()
        becameIdle?(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .busy(let exchange) = state else {
            // Nobody asked for this.
            state = .closed
            close()
            return
        }
        switch unwrapInboundIn(data) {
        case .head(let head) where head.status.code == 101:
            fail(.protocolError("the target switches protocols, which nobody asked for"))
        case .head(let head) where head.status.code < 200:
            exchange.informed(head)
        case .head(let head):
            progress.responseBegan = true
            progress.keepsAlive = head.isKeepAlive
            exchange.began(head)
        case .body(let bytes):
            exchange.received(bytes)
        case .end(let trailers):
            finish(exchange, trailers)
        }
    }

    private func finish(_ exchange: TargetExchange, _ trailers: HTTPHeaders?) {
        if progress.keepsAlive, progress.requestEnded, NIODeadline.now() < lifeEnd {
            state = .finished
            setReading(true)
        } else {
            state = .closed
            close()
        }
        exchange.ended(trailers)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        switch state {
        case .busy(let exchange): exchange.paused()
        case .finished: rest()
        case .connecting, .idle, .closed: break
        }
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if case .busy(let exchange) = state { exchange.blockingChanged() }
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
        if let error = error as? HTTPParserError, error != .invalidEOFState {
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
        closed()
        close()
    }

    private func closed() {
        switch state {
        case .connecting: break
        case .idle, .finished:
            state = .closed
            end(nil)
        case .busy(let exchange):
            state = .closed
            end(nil)
            exchange.failed(failure ?? .connectionClosed)
        case .closed:
            end(nil)
        }
    }

    private func end(_ failure: TargetFailure?) {
        let closed = becameClosed
        becameClosed = nil
        becameIdle = nil
        closed?(self)
        let exchange = first
        first = nil
        if let failure { exchange?.failed(failure) }
    }
}

extension ChannelPipeline.SynchronousOperations {
    /// Socket → decoder → connection; back by the encoder.
    func addTargetHandlers(_ connection: HTTP1TargetConnection, _ limits: DataPlaneLimits) throws {
        var encoding = HTTPRequestEncoder.Configuration()
        encoding.automaticallySetFramingHeaders = false
        var decoding = NIOHTTPDecoderLimitConfiguration()
        decoding.maxHeaderFieldSize = limits.headerBlockBytes
        decoding.maxHeaderListSize = limits.headerBlockBytes
        decoding.maxHeaderFieldCount = limits.headerCount
        try addHandlers([
            HTTPRequestEncoder(configuration: encoding),
            ByteToMessageHandler(
                HTTPResponseDecoder(
                    leftOverBytesStrategy: .dropBytes, informationalResponseStrategy: .forward,
                    limitConfiguration: decoding)),
            connection,
        ])
    }
}
