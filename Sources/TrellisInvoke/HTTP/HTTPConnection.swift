import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

/// A request as bytes.
struct HTTPExchange {
    /// Request line and headers with the empty line at their end.
    var head: ByteBuffer
    var body: ByteBuffer
    /// Of the response.
    var bodyLimit: Int
    var timeout: TimeAmount
    /// Called once, on the event loop of the connection.
    var completion: (Result<HTTPResponse, HTTPExchangeFailure>) -> Void
}

/// Why there is no response.
package enum HTTPExchangeFailure: Error, Hashable, Sendable {
    /// The request was never sent: no connection could be made.
    case cannotConnect(String)
    /// The request was never sent: all connections were busy for too long, or too many requests waited.
    case noConnectionFree
    case timedOut
    /// The connection ended before the response was complete, perhaps before the server read the request.
    case connectionLost
    case notHTTP(HTTPResponseError)
    case bodyTooLarge
    case shutDown
}

/// One connection to a server, which carries one exchange at a time.
///
/// Nothing is ever sent twice: a request whose connection is lost fails.
///
/// Used on its channel's event loop only.
final class HTTPConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private enum State {
        case connecting
        case idle
        case busy(HTTPExchange, HTTPResponseReader)
        case closed
    }

    private let timer: LoopTimer
    private let isSecure: Bool
    private var state = State.connecting
    private var context: ChannelHandlerContext?
    private var failure: HTTPExchangeFailure?
    private var wasActive = false
    /// Called when an exchange may be sent: first after connecting, then after each response.
    var becameIdle: (() -> Void)?
    /// Called once, when the connection has ended.
    var becameClosed: ((HTTPExchangeFailure) -> Void)?
    private(set) var idleSince = NIODeadline.distantPast

    init(eventLoop: any EventLoop, isSecure: Bool, connectTimeout: TimeAmount) {
        self.isSecure = isSecure
        timer = LoopTimer(eventLoop: eventLoop)
        timer.action = { [weak self] in self?.timeIsOver() }
        timer.arm(.now() + connectTimeout)
    }

    /// Connects, and resolves the name of the server if it has one.
    ///
    /// - Parameter tls: For a secure origin.
    static func open(
        to origin: HTTPOrigin, tls: NIOSSLContext?, connectTimeout: TimeAmount, on eventLoop: any EventLoop,
        setUp: @escaping (HTTPConnection) -> Void, failed: @escaping (HTTPExchangeFailure) -> Void
    ) {
        let setUp = NIOLoopBound(setUp, eventLoop: eventLoop)
        let failed = NIOLoopBound(failed, eventLoop: eventLoop)
        ClientBootstrap(group: eventLoop)
            .connectTimeout(connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                eventLoop.makeCompletedFuture {
                    if let tls {
                        // An address has no name to send, and is verified as what it is.
                        let name = origin.host.isAddress ? nil : origin.host
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: name))
                    }
                    let connection = HTTPConnection(
                        eventLoop: eventLoop, isSecure: tls != nil, connectTimeout: connectTimeout)
                    setUp.value(connection)
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
            .connect(host: origin.host, port: origin.port)
            .whenFailure { error in failed.value(.cannotConnect("\(error)")) }
    }

    /// Whether the connection can still be used, as far as this side can know.
    ///
    /// A server may have ended it in a moment when nobody was reading: after some rest the kernel is asked.
    func isReady(at now: NIODeadline) -> Bool {
        guard case .idle = state, let context, context.channel.isActive else { return false }
        guard now - idleSince > .milliseconds(50) else { return true }
        return context.channel.isEstablished
    }

    /// Sends a request; the connection must be ready.
    func send(_ exchange: HTTPExchange) {
        guard case .idle = state, let context else { return exchange.completion(.failure(.connectionLost)) }
        state = .busy(exchange, HTTPResponseReader(bodyLimit: exchange.bodyLimit))
        timer.arm(.now() + exchange.timeout)
        if exchange.body.readableBytes > 0 {
            context.write(wrapOutboundOut(exchange.head), promise: nil)
            context.writeAndFlush(wrapOutboundOut(exchange.body), promise: nil)
        } else {
            context.writeAndFlush(wrapOutboundOut(exchange.head), promise: nil)
        }
    }

    func close(_ reason: HTTPExchangeFailure = .shutDown) {
        if failure == nil { failure = reason }
        guard let context else { return end() }
        context.close(promise: nil)
    }

    // MARK: Channel

    typealias OutboundOut = ByteBuffer

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        end()
    }

    func channelActive(context: ChannelHandlerContext) {
        wasActive = true
        if !isSecure { connected() }
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { connected() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .busy(let exchange, var reader) = state else {
            // Nobody asked for this.
            return close(.notHTTP(.malformed("a response without a request")))
        }
        // Taken out of the state, so that the reader's bytes are not copied when it changes.
        state = .closed
        let result = Result { () throws(HTTPResponseError) in try reader.receive(unwrapInboundIn(data)) }
        state = .busy(exchange, reader)
        switch result {
        case .success(let response?): finish(exchange, response)
        case .success(nil): break
        case .failure(.bodyTooLarge): close(.bodyTooLarge)
        case .failure(let error): close(.notHTTP(error))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if case .connecting = state { close(.cannotConnect("\(error)")) } else { close(.connectionLost) }
    }

    // MARK: States

    private func connected() {
        guard case .connecting = state else { return }
        timer.cancel()
        rest()
    }

    private func finish(_ exchange: HTTPExchange, _ response: HTTPResponse) {
        timer.cancel()
        if response.keepsAlive {
            rest()
        } else {
            state = .closed
            close()
        }
        exchange.completion(.success(response))
    }

    private func rest() {
        state = .idle
        idleSince = .now()
        becameIdle?()
    }

    private func timeIsOver() {
        if case .connecting = state { close(.cannotConnect("no connection in time")) } else { close(.timedOut) }
    }

    private func end() {
        timer.invalidate()
        let last = state
        state = .closed
        if case .connecting = last, failure == nil {
            // If there never was a connection, the bootstrap knows why.
            guard wasActive else { return }
            failure = .cannotConnect("the server ended the TLS handshake")
        }
        if case .busy(let exchange, var reader) = last {
            if failure == nil, let response = try? reader.end() {
                exchange.completion(.success(response))
            } else {
                exchange.completion(.failure(failure ?? .connectionLost))
            }
        }
        let closed = becameClosed
        becameClosed = nil
        becameIdle = nil
        closed?(failure ?? .connectionLost)
    }
}

extension String {
    /// Whether this is an IP address and no name.
    fileprivate var isAddress: Bool {
        contains(":") || (try? SocketAddress(ipAddress: self, port: 0)) != nil
    }
}
