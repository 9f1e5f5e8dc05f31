import NIOCore

/// One of the two connections of a ``Tunnel``: what it reads, the other one writes.
///
/// Reads only while the other one takes more, so that what waits is at most one read and what a channel buffers; passes
/// the end of a direction on when everything before it is written.
///
/// Used on the connection's event loop only.
final class TunnelEnd: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Side {
        case client
        case target
    }

    let side: Side
    /// `nil` before the other connection is there, and after the end.
    private var partner: TunnelEnd?
    private var tunnel: Tunnel?
    private var context: ChannelHandlerContext?
    private var readIsDue = false
    /// Nothing more comes from here.
    private var hasEnded = false
    /// Nothing more is to be written here.
    private var isFinishing = false
    private var isFinished = false
    private var hasFailed = false

    init(_ side: Side, of tunnel: Tunnel) {
        self.side = side
        self.tunnel = tunnel
    }

    // MARK: For the tunnel

    func join(_ partner: TunnelEnd) {
        self.partner = partner
        readIfDue()
        if hasEnded { partner.finish() }
    }

    func write(_ bytes: ByteBuffer) {
        context?.write(wrapOutboundOut(bytes), promise: nil)
    }

    func flush() { context?.flush() }

    func close() { context?.close(promise: nil) }

    private var takesMore: Bool { context?.channel.isWritable ?? false }

    private func readIfDue() {
        guard readIsDue, partner?.takesMore == true else { return }
        readIsDue = false
        context?.read()
    }

    /// Closes the sending half behind what waits to be written: to close drops that.
    private func finish() {
        guard !isFinishing, let context else { return }
        isFinishing = true
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess {
            self.isFinished = true
            self.context?.close(mode: .output, promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
    }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        closed()
    }

    func channelInactive(context: ChannelHandlerContext) {
        closed()
        context.fireChannelInactive()
    }

    private func closed() {
        // The end of the second direction is the end of the connection, and told as nothing else.
        if isFinished, !hasEnded, !hasFailed { inputEnded() }
        let tunnel = tunnel
        self.tunnel = nil
        partner = nil
        tunnel?.closed(side, isComplete: hasEnded && isFinished)
    }

    func read(context: ChannelHandlerContext) {
        if partner?.takesMore == true {
            context.read()
        } else {
            readIsDue = true
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        tunnel?.passed(bytes.readableBytes, from: side)
        partner?.write(bytes)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        partner?.flush()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { partner?.readIfDue() }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { inputEnded() }
        context.fireUserInboundEventTriggered(event)
    }

    private func inputEnded() {
        hasEnded = true
        partner?.finish()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        hasFailed = true
        context.close(promise: nil)
    }
}
