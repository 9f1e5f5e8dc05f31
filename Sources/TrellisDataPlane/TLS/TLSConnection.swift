import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import TrellisModel
import TrellisRouting

/// What a handshake has settled.
struct TLSFacts {
    /// In lower case.
    let serverName: String
    /// The service that has the name.
    let service: ServiceID
    /// `TLSv1.2` or `TLSv1.3`.
    let version: String
    /// The name in OpenSSL; `nil` if it is not known.
    let cipher: String?
}

/// The outermost part of a connection to a TLS port: reads what the client says first, finds the service by SNI, chooses
/// its certificate and has the handshake made; or has the connection passed on to a target as it comes.
///
/// Used on the connection's event loop only. A handshake, and the way to a target, has ``DataPlaneTimes/handshake`` to be complete, from the
/// beginning of the connection.
final class TLSConnection: ChannelInboundHandler, ChannelOutboundHandler, ServedConnection {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        /// Reading the client's first message.
        case hello(ClientHelloReader)
        /// The certificate's settings are being made; nothing more is read.
        case choosing(ByteBuffer)
        case handshaking
        /// A target is to be reached, which gets what the client has said; nothing more is read.
        case connecting
        /// What is inside goes on by itself.
        case established
        case closed
    }

    let loop: LoopState
    /// Of the service's listener, once the service is known.
    private(set) var binding: ListenerBinding
    /// `nil` before the connection is open, unless a proxy said who the client is.
    private var knownPeer: Peer?
    private var peer: Peer { knownPeer ?? Peer(nil, sourceVPCs: nil) }
    private var state = State.hello(ClientHelloReader())
    private var context: ChannelHandlerContext?
    private var isCounted = false
    private var readIsDue = false
    private var deadline: Scheduled<Void>?
    private var service: CompiledService?
    private var serverName = ""
    private var cipher: UInt16?

    init(loop: LoopState, binding: ListenerBinding, peer: Peer? = nil) {
        self.loop = loop
        self.binding = binding
        knownPeer = peer
    }

    var isConnection: Bool { true }

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
        guard !isCounted, case .hello = state else { return }
        if knownPeer == nil {
            knownPeer = Peer(context.channel.remoteAddress, sourceVPCs: loop.environment.configuration.sourceVPCs)
        }
        isCounted = loop.environment.served.take()
        guard isCounted else {
            loop.metrics.connectionRefused()
            close()
            return
        }
        deadline = loop.eventLoop.assumeIsolated().scheduleTask(in: loop.environment.configuration.times.handshake) {
            self.fail(.tooSlow)
        }
        loop.opened(self)
    }

    func channelInactive(context: ChannelHandlerContext) {
        ended()
        if isCounted { loop.environment.served.giveBack() }
        isCounted = false
        loop.closed(self)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    /// Gives a handshake little time to be complete, as the first request after it is still to come; what runs inside an
    /// established connection is told by itself.
    func drain() {
        switch state {
        case .established, .closed: return
        case .hello, .choosing, .handshaking, .connecting: break
        }
        deadline?.cancel()
        deadline = loop.eventLoop.assumeIsolated().scheduleTask(in: loop.environment.configuration.times.firstRequest) {
            self.close()
        }
    }

    /// Closes the socket, without the farewell of TLS.
    func close() {
        ended()
        context?.close(promise: nil)
    }

    private func ended() {
        state = .closed
        deadline?.cancel()
        deadline = nil
    }

    // MARK: The client's first message

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch state {
        case .hello(var reader):
            state = .closed
            let reading = reader.read(unwrapInboundIn(data))
            state = .hello(reader)
            react(to: reading, reader.bytes)
        case .choosing(var bytes):
            state = .closed
            var more = unwrapInboundIn(data)
            bytes.writeBuffer(&more)
            state = .choosing(bytes)
        case .handshaking, .connecting, .established:
            context.fireChannelRead(data)
        case .closed:
            break
        }
    }

    private func react(to reading: ClientHello.Reading, _ bytes: ByteBuffer) {
        switch reading {
        case .needsMore: break
        case .failed(.notTLS): fail(.notTLS)
        case .failed(.malformed): fail(.malformed)
        case .failed(.tooLarge): fail(.tooLarge)
        case .complete(let hello): choose(hello, bytes)
        }
    }

    private func choose(_ hello: ClientHello, _ bytes: ByteBuffer) {
        guard let name = hello.serverName else {
            fail(.noServerName)
            return
        }
        guard let service = loop.snapshot.service(serverName: name) else {
            fail(.unknownName(name))
            return
        }
        self.service = service
        serverName = name
        guard service.passthrough(onPort: binding.port) == nil else {
            binding.protocol = .tlsPassthrough
            pass(service, bytes)
            return
        }
        binding.protocol = .https
        let suite = hello.offersTLS13 ? nil : CipherSuite.choose(from: hello.cipherSuites)
        switch loop.environment.certificates.lookup(name, of: service, suite: suite) {
        case .none(let problem): fail(.noCertificate(name, problem))
        case .ready(let settings): handshake(settings, bytes)
        case .make(let make):
            state = .choosing(bytes)
            NIOThreadPool.singleton.runIfActive(eventLoop: loop.eventLoop, make).assumeIsolated()
                .whenComplete { self.chosen($0) }
        }
    }

    private func chosen(_ result: Result<NIOSSLContext, any Error>) {
        guard case .choosing(let bytes) = state else { return }
        switch result {
        case .success(let settings): handshake(settings, bytes)
        case .failure(let error): fail(.settings(serverName, error))
        }
    }

    // MARK: A target

    private func pass(_ service: CompiledService, _ bytes: ByteBuffer) {
        guard let context else { return }
        switch loop.passage(to: serverName, of: service, onPort: binding.port, from: peer) {
        case .failure(let refusal):
            loop.record(refusal, serverName: serverName, peer: peer)
            fail(refusal.failure)
        case .success(let passage):
            state = .connecting
            let tunnel = Tunnel(passage, loop: loop, serverName: serverName, peer: peer) { [weak self] in
                self?.connected($0)
            }
            do {
                try tunnel.begin(bytes, in: context.pipeline.syncOperations, after: self)
            } catch {
                close()
            }
        }
    }

    private func connected(_ result: Result<Void, any Error>) {
        guard case .connecting = state else { return }
        switch result {
        case .success:
            state = .established
            deadline?.cancel()
            deadline = nil
        case .failure(let error):
            fail(.noTarget(serverName, reason: "\(error)"))
        }
    }

    // MARK: The handshake

    private func handshake(_ settings: NIOSSLContext, _ bytes: ByteBuffer) {
        guard let context else { return }
        state = .handshaking
        let library = NIOSSLServerHandler(context: settings)
        do {
            let pipeline = context.pipeline.syncOperations
            try pipeline.addHandlers([library, TLSOutcome(self, library)], position: .after(self))
        } catch {
            fail(.settings(serverName, error))
            return
        }
        context.fireChannelRead(wrapInboundOut(bytes))
        context.fireChannelReadComplete()
        if readIsDue {
            readIsDue = false
            context.read()
        }
    }

    /// - Returns: What goes on inside.
    fileprivate func established(_ library: NIOSSLHandler) -> (facts: TLSFacts, peer: Peer, service: CompiledService)? {
        guard case .handshaking = state, let service else { return nil }
        state = .established
        loop.metrics.handshakeEnded(isEstablished: true)
        deadline?.cancel()
        deadline = nil
        let facts = TLSFacts(
            serverName: serverName, service: service.id,
            version: library.tlsVersion == .tlsv13 ? "TLSv1.3" : "TLSv1.2", cipher: cipher.flatMap(CipherSuite.name))
        return (facts, peer, service)
    }

    fileprivate func failed(_ error: any Error) {
        // A client that leaves, or looks whether the port is open, has failed at nothing.
        if case .handshaking = state { fail(.library(serverName, error)) }
    }

    private func fail(_ failure: HandshakeFailure) {
        guard let context else { return }
        if case .closed = state { return }
        if case .established = state { return }
        ended()
        loop.metrics.handshakeEnded(isEstablished: false)
        if let suppressed = loop.handshakeLog.take(loop.eventLoop.now) {
            failure.log(to: loop.environment.logger, peer: peer, port: binding.port, suppressed: suppressed)
        }
        guard let alert = failure.alert else {
            context.close(promise: nil)
            return
        }
        // A fatal alert in a record of TLS 1.2, as every version writes it before keys are agreed on.
        let record = ByteBuffer(bytes: [21, 3, 3, 0, 2, 2, alert])
        context.writeAndFlush(wrapOutboundOut(record)).assumeIsolated().whenComplete { _ in
            self.context?.close(promise: nil)
        }
    }

    // MARK: Outbound

    func read(context: ChannelHandlerContext) {
        if case .choosing = state {
            readIsDue = true
        } else {
            context.read()
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if cipher == nil, case .handshaking = state { cipher = ServerHello.cipherSuite(in: unwrapOutboundIn(data)) }
        context.write(data, promise: promise)
    }
}

/// Behind the TLS library: learns how the handshake went, and puts in its own place what the client wants to speak.
private final class TLSOutcome: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: TLSConnection
    private let library: NIOSSLHandler

    init(_ connection: TLSConnection, _ library: NIOSSLHandler) {
        self.connection = connection
        self.library = library
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted(let negotiated)? = event as? TLSUserEvent else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        guard let (facts, peer, service) = connection.established(library) else { return }
        do {
            let pipeline = context.pipeline.syncOperations
            if negotiated == "h2" {
                try pipeline.addHTTP2Handlers(connection.loop, connection.binding, peer, facts, service)
            } else {
                try pipeline.addConnectionHandlers(connection.loop, connection.binding, peer: peer, tls: facts)
            }
            pipeline.removeHandler(self, promise: nil)
        } catch {
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection.failed(error)
        context.close(promise: nil)
    }
}
