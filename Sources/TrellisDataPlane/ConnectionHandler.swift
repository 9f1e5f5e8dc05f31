import NIOCore
import NIOHTTP1
import TrellisInvoke
import TrellisLambdaEvent
import TrellisModel
import TrellisRouting

/// One client connection: takes a request, has it served, writes the answer, takes the next one.
///
/// Everything happens on the connection's event loop. ``ConnectionStateMachine`` decides; this carries out. The phases of
/// a request are in the files of their names: Resolve, Match, Choose, Map, Answer, Respond, Record.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    /// What was decoded while another request was being served.
    private enum Queued {
        case part(HTTPServerRequestPart)
        case failure(Failure)
    }

    let loop: LoopState
    let binding: ListenerBinding
    private(set) var peer: Peer
    let gate: RequestGate
    var machine: ConnectionStateMachine
    var request: ServedRequest?
    var context: ChannelHandlerContext?
    var responseBuffer = ByteBuffer()
    var deadlines: ConnectionDeadlines

    private var queue = CircularBuffer<Queued>(initialCapacity: 0)
    private var isAdvancing = false
    /// What the gate had passed when the last request ended.
    private var bytesPassedBefore = 0
    private var isCounted = false
    private var isRefused = false

    init(loop: LoopState, binding: ListenerBinding, gate: RequestGate) {
        self.loop = loop
        self.binding = binding
        self.gate = gate
        peer = Peer(nil, sourceVPCs: nil)
        machine = ConnectionStateMachine(bodyLimit: loop.environment.configuration.limits.bodyBytes)
        deadlines = ConnectionDeadlines(loop.environment.configuration.times, now: loop.eventLoop.now)
    }

    var configuration: DataPlaneConfiguration { loop.environment.configuration }
    var allocator: ByteBufferAllocator { context?.channel.allocator ?? ByteBufferAllocator() }

    /// Whether the next request has begun to arrive.
    var hasPartialHead: Bool { machine.isIdle && gate.bytesPassed > bytesPassedBefore }

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
        peer = Peer(context.channel.remoteAddress, sourceVPCs: configuration.sourceVPCs)
        isCounted = loop.environment.served.take()
        guard isCounted else {
            refuse()
            return
        }
        loop.opened(self)
        updateDeadlines()
    }

    /// Tells the client that there are too many connections, unless too many are being told so.
    private func refuse() {
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
        
        if isRefused { loop.environment.refused.giveBack() }
        isCounted = false
        isRefused = false
        loop.closed(self)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    /// Closes at once; what was not written is lost.
    func close(_ reason: FailureReason = .clientConnectionClosed) {
        closed(reason)
        gate.discard()
        context?.close(promise: nil)
    }

    private func closed(_ reason: FailureReason) {
        machine.closed()
        deadlines.cancel()
        queue.removeAll()
        if let request {
            record(request, answer: nil, failureReason: reason, bytesSent: 0)
            self.request = nil
        }
    }

    /// Ends the connection with the answer that is due, if any.
    func drain() {
        if machine.drain(hasPartialHead: hasPartialHead) { close() }
    }

    // MARK: What arrives

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if machine.acceptsParts {
            take(part)
        } else if !machine.isFinished {
            queue.append(.part(part))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
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
        if let event = event as? ChannelEvent, event == .inputClosed, machine.inputClosed() { close() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, machine.waiting == .client {
            proceed(machine.becameWritable())
            advance()
        }
        context.fireChannelWritabilityChanged()
    }

    /// Bytes that are neither head nor body also count: blank lines before a request, blanks, chunk extensions, and what
    /// comes after the last answer.
    private func checkOverhead() {
        if machine.waiting == .clientToClose, gate.bytesDiscarded > configuration.limits.lingerBytes { close() }
        let passed = gate.bytesPassed - bytesPassedBefore
        if let body = machine.receivedBodyBytes {
            if passed > Self.chunkOverheadBytes + Self.chunkOverheadFactor * body { take(.malformed(.chunkOverhead)) }
        } else if machine.isIdle, passed > configuration.limits.headerBlockBytes + RequestGate.sliceBytes {
            take(.malformed(.headersTooLarge))
        }
    }

    /// Room for the head, one read of the socket and honest framing.
    private static let chunkOverheadBytes = 262_144
    /// A chunk of one byte takes six.
    private static let chunkOverheadFactor = 8

    // MARK: A request

    private func take(_ part: HTTPServerRequestPart) {
        switch part {
        case .head(let head): begin(head)
        case .body(let bytes): collect(bytes)
        case .end: finish()
        }
    }

    private func take(_ failure: Failure) {
        if machine.requestBroke() { respond(Answer(failure)) }
    }

    private func begin(_ received: HTTPRequestHead) {
        deadlines.headArrived()
        var head = received
        let facts: RequestFacts
        do {
            facts = try RequestFacts(inspecting: &head, limits: configuration.limits)
        } catch {
            take(.malformed(error))
            return
        }
        let request = ServedRequest(
            head: head, facts: facts,
            id: ForwardedHeaders.requestID(fromClient: facts.requestID, otherwise: loop.random.uuid()),
            startedAt: loop.eventLoop.now, arrivedAt: loop.environment.clock.now(), plan: plan(head, facts))
        self.request = request
        switch machine.headReceived(request.framing) {
        case .receiveBody, .ignore: break
        case .sendContinue: sendContinue()
        case .answerAtOnce: serve(request)
        case .refuseBody: respond(Answer(.bodyTooLarge))
        }
    }

    private func plan(_ head: HTTPRequestHead, _ facts: RequestFacts) -> ServedRequest.Plan {
        switch resolve(host: facts.host) {
        case .failure(let reason):
            return .fail(.notFound(reason))
        case .success(let route):
            deadlines.idle = .seconds(Int64(route.service.idleTimeoutSeconds))
            switch match(route, head) {
            case .fixedResponse(let statusCode): return .fixedResponse(statusCode: statusCode)
            case .forward(let forward): return .forward(route, forward)
            }
        }
    }

    private func sendContinue() {
        context?.writeAndFlush(wrapOutboundOut(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
    }

    private func collect(_ bytes: ByteBuffer) {
        switch machine.bodyReceived(bytes.readableBytes) {
        case .keep: request?.append(bytes)
        case .drop: request?.bodyBytes += bytes.readableBytes
        case .refuse: respond(Answer(.bodyTooLarge))
        case .ignore: break
        }
    }

    private func finish() {
        guard machine.requestEnded(), let request else { return }
        bytesPassedBefore = gate.bytesPassed
        serve(request)
    }

    private func serve(_ request: ServedRequest) {
        switch request.plan {
        case .fail(let failure): respond(Answer(failure))
        case .fixedResponse(let statusCode): respond(Answer(fixedResponse: statusCode))
        case .forward(let route, let forward): self.forward(request, by: route, forward)
        }
    }

    // MARK: An invocation

    private func forward(_ request: ServedRequest, by route: Route, _ forward: CompiledForward) {
        guard let target = choose(forward) else {
            respond(Answer(.noTarget))
            return
        }
        request.targetGroup = target.group
        let invocation: Invocation
        do {
            invocation = try map(request, by: route, to: target)
        } catch {
            respond(Answer(.eventTooLarge))
            return
        }
        // The event holds the body now.
        request.body = ByteBuffer()
        request.inFlight = ServedRequest.InFlight(choice: target.choice, target: target.function)
        invoke(invocation, for: request)
    }

    private func invoke(_ invocation: Invocation, for request: ServedRequest) {
        let now = loop.eventLoop.now
        request.sentToTargetAt = now
        let number = machine.invocationBegan()
        deadlines.functionCalled(now)
        gate.hold()
        loop.environment.invoker.invoke(invocation, on: loop.eventLoop).hop(to: loop.eventLoop).assumeIsolated()
            .whenComplete { self.invocationEnded(number, $0) }
    }

    private func invocationEnded(_ number: UInt64, _ result: Result<InvocationOutcome, any Error>) {
        guard machine.invocationEnded(number) else { return }
        request?.answeredByTargetAt = loop.eventLoop.now
        switch result {
        case .success(let outcome): respond(Answer(outcome))
        case .failure(let error): respond(Answer(.unavailable(reason: "\(error)")))
        }
        advance()
    }

    /// The snapshot has lost a target, perhaps the one that has the request: then it fails at once.
    func targetsChanged() {
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
            gate.hold()
        case .linger:
            queue.removeAll()
            gate.discard()
            deadlines.lastAnswerWritten(loop.eventLoop.now)
            context?.close(mode: .output, promise: nil)
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
        if machine.acceptsParts { gate.release() }
        updateDeadlines()
    }
}

extension ServedRequest {
    fileprivate var framing: ConnectionStateMachine.Framing {
        var needsBody = false
        if case .forward = plan { needsBody = true }
        return ConnectionStateMachine.Framing(
            contentLength: facts.contentLength, isChunked: facts.isChunked,
            expectsContinue: facts.expectsContinue && !head.isHTTP10,
            // After a request to upgrade the decoder takes everything for another protocol.
            keepsAlive: head.isKeepAlive && !facts.asksForUpgrade, needsBody: needsBody)
    }
}

extension Failure {
    /// - Returns: `nil` if the error is not about the bytes of a request.
    fileprivate init?(decoding error: any Error) {
        guard let error = error as? HTTPParserError else { return nil }
        switch error {
        case .invalidEOFState: self = .incomplete
        case .headerOverflow: self = .malformed(.headersTooLarge)
        case .invalidVersion: self = .malformed(.version)
        case .invalidContentLength, .unexpectedContentLength: self = .malformed(.contentLength)
        default: self = .malformed(.syntax)
        }
    }
}
