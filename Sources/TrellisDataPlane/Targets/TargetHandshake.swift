import NIOCore
import NIOTLS
import TrellisRouting

/// The way to a target, up to where requests can be sent: TCP, and for an HTTPS group TLS, in time and with a protocol
/// that its group speaks.
///
/// The first handler behind TLS, until it is over; used on its channel's event loop only.
final class TargetHandshake: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let endpoint: TargetEndpoint
    private let timeout: TimeAmount
    private var outcome: ((Result<Void, TargetFailure>) -> Void)?
    private var context: ChannelHandlerContext?
    private var deadline: Scheduled<Void>?

    /// - Parameters:
    ///   - timeout: For the handshake of TLS, from its beginning.
    ///   - outcome: Called once; after a failure the channel closes.
    init(
        _ endpoint: TargetEndpoint, timeout: TimeAmount, outcome: @escaping (Result<Void, TargetFailure>) -> Void
    ) {
        self.endpoint = endpoint
        self.timeout = timeout
        self.outcome = outcome
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        // What is behind has to be ready when the way is there.
        context.fireChannelActive()
        guard endpoint.isSecure else {
            succeed()
            return
        }
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) { [weak self] in
            self?.fail(.cannotConnect("TLS handshake not complete in time"))
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        context.fireUserInboundEventTriggered(event)
        guard case .handshakeCompleted(let negotiated)? = event as? TLSUserEvent else { return }
        if let problem = endpoint.version.problem(negotiated: negotiated) {
            fail(.protocolError(problem))
        } else {
            succeed()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(.cannotConnect("\(error)"))
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(.cannotConnect("the target ended the TLS handshake"))
        context.fireChannelInactive()
    }

    private func succeed() {
        finish(.success(()))
        context?.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    /// Also for what goes wrong before there is a channel; the first reason counts.
    func fail(_ failure: TargetFailure) {
        finish(.failure(failure))
        context?.close(promise: nil)
    }

    private func finish(_ result: Result<Void, TargetFailure>) {
        deadline?.cancel()
        deadline = nil
        let outcome = outcome
        self.outcome = nil
        outcome?(result)
    }
}

extension TargetEndpoint.Version {
    /// What is wrong with the protocol that a target has chosen by ALPN; `nil` if nothing is.
    ///
    /// A target that knows nothing of ALPN is taken at its group's word.
    func problem(negotiated: String?) -> String? {
        switch (self, negotiated) {
        case (.http1, "h2"?): "the target wants to speak HTTP/2"
        case (.http2, let other?) where other != "h2": "the target does not speak HTTP/2"
        case (.http1, _), (.http2, _): nil
        }
    }
}
