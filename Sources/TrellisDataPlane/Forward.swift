import NIOCore
import NIOHTTP1
import NIOHTTP2
import TrellisLambdaEvent
import TrellisModel
import TrellisRouting

/// A request that a target has, and its response on the way back.
///
/// Used on its connection's event loop only.
final class Forwarding {
    let group: CompiledTargetGroup
    let target: CompiledTarget
    let exchange: TargetExchange
    /// Of the response, when its head was written.
    var status: Int?
    var bytesSent = 0
    var grpcStatus: Int?
    /// Of the response, as the target sent them.
    var headers = HTTPHeaders()
    var framing = ForwardedFraming.none
    /// Whether the head waits, on a stream, for what follows: a response without body ends with its head.
    var pendingHead: HTTPResponseHead?

    init(group: CompiledTargetGroup, target: CompiledTarget, exchange: TargetExchange) {
        self.group = group
        self.target = target
        self.exchange = exchange
    }

    /// Whether the target is one of those that take what they have with them.
    func isLost(in snapshot: Snapshot) -> Bool {
        group.type == .alb && !snapshot.isRegistered(target, with: group.id)
    }
}

extension ConnectionHandler {
    // MARK: The request

    /// *Forward*: the head now, the rest as it comes, at the pace of the target.
    func beginForwarding(_ request: ServedRequest) {
        guard case .forward(let route, let plan, _) = request.plan else { return }
        request.targetGroup = plan.group
        let target: CompiledTarget
        switch plan.target {
        case .success(let chosen): target = chosen
        case .failure(let failure):
            forwardingFailed(failure)
            return
        }
        guard request.head.version != .http2 || request.head.fitsRequestLine else {
            forwardingFailed(.malformed(.target))
            return
        }
        let exchange = TargetExchange(
            targetRequest(request, by: route, to: plan.group), to: target.endpoint, by: loop.targets,
            countingAt: loop.metrics.connections(to: plan.group), receiver: self)
        request.forwarding = Forwarding(group: plan.group, target: target, exchange: exchange)
        let now = loop.eventLoop.now
        request.sentToTargetAt = now
        loop.metrics.sentToTarget(of: plan.group)
        deadlines.forwardingMoved(now, isClientSlow: false)
        exchange.begin()
        if machine.isForwarding, exchange.isBlocked { holdRequest() }
    }

    private func targetRequest(
        _ request: ServedRequest, by route: Route, to group: CompiledTargetGroup
    ) -> TargetRequest {
        let composed = forwardedHeaders(request, by: route, to: group).compose(request.head.headers)
        var headers = HTTPHeaders(composed.headers)
        if request.hasBody, request.facts.contentLength == nil {
            headers.add(name: "transfer-encoding", value: "chunked")
        }
        // Whether the body is expected is for the target to say.
        if request.facts.expectsContinue, request.hasBody, !request.head.isHTTP10 {
            headers.add(name: "expect", value: "100-continue")
        }
        // What gRPC asks of all on the way, to see that they pass trailers on.
        if ClientProtocol(request.head) == .grpc { headers.add(name: "te", value: "trailers") }
        return TargetRequest(
            head: HTTPRequestHead(
                version: .http1_1, method: request.head.method, uri: request.head.uri, headers: headers))
    }

    func forwardBody(_ bytes: ByteBuffer) {
        guard let request, let exchange = request.forwarding?.exchange else { return }
        request.bodyBytes += bytes.readableBytes
        request.capture?.addToRequest(bytes)
        exchange.send(bytes)
        forwardingMoved()
        if exchange.isBlocked { holdRequest() }
    }

    func forwardEnd(_ trailers: HTTPHeaders?) {
        // Nothing of the next request is wanted now.
        gate?.hold()
        guard let request, let exchange = request.forwarding?.exchange else { return }
        request.sentToTargetAt = loop.eventLoop.now
        exchange.finish(trailers.map { HTTPHeaders(ForwardedHeaders.passedTrailers($0)) })
        exchange.flush()
        forwardingMoved()
    }

    // MARK: Pace

    private func forwardingMoved() {
        let isClientSlow = context?.channel.isWritable == false && request?.forwarding?.status != nil
        deadlines.forwardingMoved(loop.eventLoop.now, isClientSlow: isClientSlow)
    }

    /// The client reads again what the target answers, or does not.
    func clientBlockingChanged(isBlocked: Bool) {
        request?.forwarding?.exchange.setReading(!isBlocked)
        forwardingMoved()
        updateDeadlines()
    }

    func forwardingTimedOut() {
        guard let forwarding = request?.forwarding else { return }
        if !machine.hasForwardedAll, forwarding.status == nil, !forwarding.exchange.isBlocked {
            // It is the client that does not go on.
            close()
        } else {
            forwardingFailed(.targetTimedOut)
            advance()
        }
    }

    // MARK: Failure

    func forwardingFailed(_ failure: Failure) {
        request?.forwarding?.exchange.cancel()
        switch machine.forwardingFailed() {
        case .answer: respond(Answer(failure))
        case .cut: cut(failure.row.failureReason ?? .internalError)
        case .ignore: break
        }
    }

    /// Lets the client see that the answer is not complete.
    private func cut(_ reason: FailureReason) {
        switch carrier {
        case .http1: close(reason)
        case .http2:
            closed(reason)
            reset(.internalError)
        }
    }
}

extension ConnectionHandler: TargetResponseReceiver {
    func targetInformed(_ head: HTTPResponseHead) {
        guard machine.isForwarding, request?.forwarding?.status == nil else { return }
        forwardingMoved()
        relayInterim(head)
    }

    func targetBegan(_ head: HTTPResponseHead) {
        guard machine.isForwarding, let request, let forwarding = request.forwarding else { return }
        let status = Int(head.status.code)
        guard (200...599).contains(status) else {
            forwardingFailed(.targetProtocolBroken(reason: "status \(status)"))
            advance()
            return
        }
        request.answeredByTargetAt = loop.eventLoop.now
        forwarding.status = status
        forwarding.headers = head.headers
        forwarding.framing = ForwardedFraming(
            client: request.head.version, method: request.head.method, status: status, headers: head.headers)
        machine.forwardedResponseBegan(endsConnection: forwarding.framing == .untilClose)
        forwarding.noteGRPCStatus(head.headers)
        relayHead(head, of: request, forwarding)
        forwardingMoved()
    }

    func targetSent(_ bytes: ByteBuffer) {
        guard machine.isForwarding, let forwarding = request?.forwarding else { return }
        request?.capture?.addToResponse(bytes)
        relayBody(bytes, forwarding)
        if context?.channel.isWritable == false { forwarding.exchange.setReading(false) }
        forwardingMoved()
    }

    func targetEnded(_ trailers: HTTPHeaders?) {
        guard machine.isForwarding, let request, let forwarding = request.forwarding, let status = forwarding.status,
            let context
        else { return }
        // Writing may find the connection closed, which must not see the request as unanswered.
        self.request = nil
        let lines = trailers.map { ForwardedHeaders.passedBack($0) } ?? []
        if let trailers { forwarding.noteGRPCStatus(trailers) }
        relayEnd(lines, of: request, forwarding)
        record(request, answer: Answer(status: status), failureReason: nil, bytesSent: forwarding.bytesSent)
        proceed(machine.forwardedResponseEnded(isWritable: context.channel.isWritable))
        advance()
    }

    func targetFailed(_ failure: TargetFailure) {
        guard machine.isForwarding else { return }
        forwardingFailed(Failure(failure))
        advance()
    }

    func targetPaused() {
        guard let request, let forwarding = request.forwarding else { return }
        relayPendingHead(of: request, forwarding)
        context?.flush()
        updateDeadlines()
    }

    func targetBlockingChanged() {
        guard machine.isForwarding, !machine.hasForwardedAll, let exchange = request?.forwarding?.exchange else {
            return
        }
        if exchange.isBlocked {
            holdRequest()
        } else {
            forwardingMoved()
            advance()
            // What was let in now came by no read of the socket.
            exchange.flush()
        }
    }
}

extension Failure {
    init(_ failure: TargetFailure) {
        self =
            switch failure {
            case .cannotConnect(let reason): .targetUnreachable(reason: reason)
            case .refused: .targetUnreachable(reason: "the target takes no more requests on its connection")
            case .connectionClosed: .targetClosed
            case .protocolError(let reason): .targetProtocolBroken(reason: reason)
            }
    }
}

extension Forwarding {
    /// From the trailers, or from the head of a response that has nothing else.
    fileprivate func noteGRPCStatus(_ headers: HTTPHeaders) {
        guard let text = headers.first(name: "grpc-status"), let status = Int(text), (0...1000).contains(status) else {
            return
        }
        grpcStatus = status
    }
}

extension HTTPRequestHead {
    /// Whether method and target are what they are in a request line too: HTTP/2 could carry more.
    fileprivate var fitsRequestLine: Bool {
        !method.rawValue.isEmpty && method.rawValue.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x3A }
            && uri.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    }
}
