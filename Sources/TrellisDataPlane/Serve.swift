import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2
import TrellisInvoke
import TrellisLambdaEvent
import TrellisModel
import TrellisRouting

extension ConnectionHandler {
    // MARK: A request

    func take(_ part: HTTPServerRequestPart) {
        switch part {
        case .head(let head): begin(head)
        case .body(let bytes): collect(bytes)
        case .end(let trailers): finish(trailers)
        }
    }

    func take(_ failure: Failure) {
        if machine.isForwarding {
            forwardingFailed(failure)
        } else if machine.requestBroke() {
            respond(Answer(failure))
        }
    }

    private func begin(_ received: HTTPRequestHead) {
        deadlines.headArrived()
        var head = received
        let facts: RequestFacts
        do {
            facts = try RequestFacts(inspecting: &head, limits: limits)
        } catch {
            take(.malformed(error))
            return
        }
        let request = ServedRequest(
            head: head, facts: facts,
            id: ForwardedHeaders.requestID(fromClient: facts.requestID, otherwise: loop.random.uuid()),
            startedAt: loop.eventLoop.now, arrivedAt: loop.environment.clock.now(), plan: plan(head, facts),
            hasBody: hasBody(facts), budget: loop.environment.bodies)
        self.request = request
        if deadlines.isLifeNearlyOver(at: loop.eventLoop.now) { machine.lifeIsNearlyOver() }
        beginCapture(of: request)
        switch machine.headReceived(request.framing) {
        case .forward: beginForwarding(request)
        case .receiveBody, .ignore: break
        case .sendContinue: sendContinue()
        case .answerAtOnce: serve(request)
        case .refuseBody: respond(Answer(.bodyTooLarge))
        }
    }

    private func hasBody(_ facts: RequestFacts) -> Bool {
        switch carrier {
        case .http1: facts.isChunked || facts.contentLength ?? 0 > 0
        case .http2(let stream): !stream.hasEnded
        }
    }

    private func plan(_ head: HTTPRequestHead, _ facts: RequestFacts) -> ServedRequest.Plan {
        switch resolve(host: facts.host) {
        case .failure(let reason):
            return .fail(.notFound(reason))
        case .success(let route):
            // A certificate for one service lets nobody speak to another.
            if let tls, tls.service != route.service.id { return .fail(.misdirected) }
            deadlines.idle = .seconds(Int64(route.service.idleTimeoutSeconds))
            guard loop.takesRequest(of: route.service) else { return .refuse(route, nil, .tooManyRequests) }
            var caller: RequestCaller?
            do {
                let authenticated = try authenticate(head, facts, route)
                caller = authenticated
                try authorize(head, route, authenticated)
                switch match(route, head) {
                case .fixedResponse(let statusCode):
                    return .fixedResponse(route, authenticated, statusCode: statusCode)
                case .forward(let forward): return choose(forward, for: head, by: route, authenticated)
                }
            } catch {
                return .refuse(route, caller, error)
            }
        }
    }

    private func sendContinue() {
        switch carrier {
        case .http1:
            context?.writeAndFlush(
                wrapOutboundOut(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
        case .http2:
            context?.writeAndFlush(
                NIOAny(HTTP2Frame.FramePayload.headers(.init(headers: [":status": "100"]))), promise: nil)
        }
    }

    private func collect(_ bytes: ByteBuffer) {
        switch machine.bodyReceived(bytes.readableBytes) {
        case .forward: forwardBody(bytes)
        case .keep:
            if let request, !request.append(bytes), machine.requestBroke() { respond(Answer(.tooManyBodies)) }
        case .drop: request?.bodyBytes += bytes.readableBytes
        case .refuse: respond(Answer(.bodyTooLarge))
        case .ignore: break
        }
    }

    private func finish(_ trailers: HTTPHeaders?) {
        if machine.forwardedRequestEnded() {
            bytesPassedBefore = bytesPassed
            forwardEnd(trailers)
            return
        }
        guard machine.requestEnded(), let request else { return }
        bytesPassedBefore = bytesPassed
        serve(request)
    }

    private func serve(_ request: ServedRequest) {
        switch request.plan {
        case .fail(let failure), .refuse(_, _, let failure): respond(Answer(failure))
        case .fixedResponse(_, _, let statusCode): respond(Answer(fixedResponse: statusCode))
        case .invoke(let route, let choice, _): invoke(request, by: route, choice)
        // One that has a target is forwarded from its head on.
        case .forward(_, let plan, _):
            request.targetGroup = plan.group
            if case .failure(let failure) = plan.target { respond(Answer(failure)) }
        }
    }

    // MARK: An invocation

    private func invoke(_ request: ServedRequest, by route: Route, _ choice: CompiledForward.Choice?) {
        let target: ChosenFunction
        do {
            target = try chooseFunction(choice, for: request)
        } catch {
            respond(Answer(error))
            return
        }
        let invocation: Invocation
        do {
            invocation = try map(request, by: route, to: target)
        } catch {
            respond(Answer(.eventTooLarge))
            return
        }
        request.capture?.addToRequest(request.body)
        // The event holds the body now.
        request.body = ByteBuffer()
        request.inFlight = ServedRequest.InFlight(choice: target.choice, target: target.function)
        invoke(invocation, for: request)
    }

    private func invoke(_ invocation: Invocation, for request: ServedRequest) {
        let now = loop.eventLoop.now
        request.sentToTargetAt = now
        if let group = request.targetGroup { loop.metrics.sentToTarget(of: group) }
        let number = machine.invocationBegan()
        deadlines.functionCalled(now)
        gate?.hold()
        loop.environment.invoker.invoke(invocation, on: loop.eventLoop).hop(to: loop.eventLoop).assumeIsolated()
            .whenComplete {
                self.invocationEnded(number, request.targetGroup, $0)
                // The event is in memory until now, even if nobody waits for the answer any more.
                withExtendedLifetime(request) {}
            }
    }

    private func invocationEnded(
        _ number: UInt64, _ group: CompiledTargetGroup?, _ result: Result<InvocationOutcome, any Error>
    ) {
        let isWanted = machine.invocationEnded(number)
        if let group { loop.metrics.invoked(by: group, isWanted ? InvocationResultKind(result) : .abandoned) }
        guard isWanted else { return }
        request?.answeredByTargetAt = loop.eventLoop.now
        switch result {
        case .success(let outcome): respond(Answer(outcome))
        case .failure(let error): respond(Answer(.unavailable(reason: "\(error)")))
        }
        advance()
    }

    /// The snapshot has lost a target, perhaps the one that has the request: then it fails at once.
    func targetsChanged() {
        if let forwarding = request?.forwarding, forwarding.isLost(in: loop.snapshot) {
            forwardingFailed(.targetDeregistered)
            advance()
            return
        }
        guard let inFlight = request?.inFlight, !loop.snapshot.isRegistered(inFlight.target, by: inFlight.choice),
            machine.invocationAbandoned()
        else { return }
        respond(Answer(.targetDeregistered))
        advance()
    }

    // MARK: After an answer

    /// Goes on after an answer was written.
    func proceed(_ action: ConnectionStateMachine.AnswerAction) {
        switch action {
        case .nextRequest:
            break
        case .waitForWritability:
            gate?.hold()
        case .finish:
            finishConnection()
        }
    }

    /// Reads no further request, and lets go of the client when it has everything.
    func finishConnection() {
        guard let context else { return }
        queue.removeAll()
        gate?.discard()
        deadlines.finishing(loop.eventLoop.now)
        // Closing drops what is still to be written, so it has to wait for its turn.
        let written = loop.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess { self.lastAnswerWritten() }
        switch carrier {
        case .http1: context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
        case .http2: finishStream(context, written)
        }
        updateDeadlines()
    }

    private func finishStream(_ context: ChannelHandlerContext, _ written: EventLoopPromise<Void>) {
        guard let frame = lastFrame else {
            written.succeed()
            return
        }
        lastFrame = nil
        context.writeAndFlush(NIOAny(frame), promise: written)
    }

    private func lastAnswerWritten() {
        switch machine.written() {
        case .linger:
            deadlines.lingering(loop.eventLoop.now)
            switch carrier {
            case .http1: context?.close(mode: .output, promise: nil)
            // A stream that both have ended is gone; the client may keep the rest of an answered request.
            case .http2(let stream): if !stream.hasEnded { reset(.noError) }
            }
            updateDeadlines()
        case .close: close()
        case .none: break
        }
    }

    /// Takes what has been waiting for the answer.
    func advance() {
        guard !isAdvancing else { return }
        isAdvancing = true
        while machine.acceptsParts, let next = queue.popFirst() {
            switch next {
            case .part(let part): take(part)
            case .failure(let failure): take(failure)
            }
        }
        isAdvancing = false
        if machine.acceptsParts, request?.forwarding?.exchange.isBlocked != true { releaseRequest() }
        updateDeadlines()
    }
}

extension ServedRequest {
    fileprivate var framing: ConnectionStateMachine.Framing {
        var needsBody = false
        var isForwarded = false
        switch plan {
        case .invoke: needsBody = true
        case .forward(_, let plan, _):
            // Where there is no target, what has no body is answered when it is complete.
            if hasBody { isForwarded = true } else if case .success = plan.target { isForwarded = true }
        case .fail, .refuse, .fixedResponse: break
        }
        return ConnectionStateMachine.Framing(
            contentLength: facts.contentLength, isChunked: facts.isChunked || head.version == .http2,
            expectsContinue: facts.expectsContinue && !head.isHTTP10,
            // After a request to upgrade the decoder takes everything for another protocol.
            keepsAlive: head.isKeepAlive && !facts.asksForUpgrade, needsBody: needsBody,
            isForwarded: isForwarded)
    }
}
