import Logging
import NIOCore
import TrellisModel
import TrellisRouting

/// The first handler of a connection on a listener behind a proxy.
///
/// Reads the header that a trusted proxy begins with, then makes room for what serves the client. A connection from
/// anybody else is served as it comes.
///
/// Used on the connection's event loop only. The header has ``DataPlaneTimes/handshake`` to be complete.
final class ProxyHeaderReader: ChannelInboundHandler, ServedConnection {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    let binding: ListenerBinding
    /// What comes after the header counts as one.
    var isConnection: Bool { false }
    private let loop: LoopState
    private let settings: ProxyProtocol
    private var bytes = ByteBuffer()
    private var context: ChannelHandlerContext?
    private var isCounted = false
    private var isDone = false
    private var deadline: Scheduled<Void>?

    init(loop: LoopState, binding: ListenerBinding, settings: ProxyProtocol) {
        self.loop = loop
        self.binding = binding
        self.settings = settings
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { open(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        open(context)
        context.fireChannelActive()
    }

    private func open(_ context: ChannelHandlerContext) {
        guard !isCounted, !isDone else { return }
        guard settings.trusts(context.channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }) else {
            serve(nil, context)
            return
        }
        isCounted = loop.environment.served.take()
        guard isCounted else {
            isDone = true
            context.close(promise: nil)
            return
        }
        deadline = loop.eventLoop.assumeIsolated().scheduleTask(in: loop.environment.configuration.times.handshake) {
            self.close()
        }
        loop.opened(self)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
        self.context = nil
    }

    /// Nobody has asked for anything yet.
    func drain() { close() }

    func close() {
        end()
        context?.close(promise: nil)
    }

    /// Gives back its place among the connections.
    private func end() {
        deadline?.cancel()
        deadline = nil
        isDone = true
        guard isCounted else { return }
        isCounted = false
        loop.environment.served.giveBack()
        loop.closed(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else {
            context.fireChannelRead(data)
            return
        }
        var more = unwrapInboundIn(data)
        bytes.writeBuffer(&more)
        switch ProxyHeader.read(bytes) {
        case .needsMore: break
        case .failed(let problem): fail(problem)
        case .complete(let header, let length):
            bytes.moveReaderIndex(forwardBy: length)
            serve(client(header), context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if !isDone, let event = event as? ChannelEvent, event == .inputClosed {
            close()
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// - Parameter client: `nil` for the other end of the connection.
    private func serve(_ client: Peer?, _ context: ChannelHandlerContext) {
        end()
        do {
            try context.pipeline.syncOperations.addServingHandlers(loop, binding, peer: client)
        } catch {
            context.close(promise: nil)
            return
        }
        let rest = bytes
        bytes = ByteBuffer()
        if rest.readableBytes > 0 {
            context.fireChannelRead(wrapInboundOut(rest))
        }
    }

    /// The client of a connection; `nil` for one that the proxy made for itself.
    private func client(_ header: ProxyHeader) -> Peer? {
        header.source.map { source in
            Peer(
                source, sourceVPCs: loop.environment.configuration.sourceVPCs,
                vpcEndpoint: settings.source(vpcEndpoint: header.vpcEndpoint))
        }
    }

    private func fail(_ problem: ProxyHeader.Problem) {
        if let suppressed = loop.handshakeLog.take(loop.eventLoop.now) {
            var metadata: Logger.Metadata = ["port": "\(binding.port)", "reason": "\(problem.rawValue)"]
            metadata["proxy"] = context?.channel.remoteAddress.map { "\($0)" }
            if suppressed > 0 { metadata["suppressed"] = "\(suppressed)" }
            loop.environment.logger.warning("a connection from a trusted proxy was refused", metadata: metadata)
        }
        close()
    }
}
