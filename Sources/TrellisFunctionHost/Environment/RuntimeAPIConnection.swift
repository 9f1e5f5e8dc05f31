import FoundationEssentials
import NIOCore
import NIOHTTP1

/// What a Runtime API connection asks of its environment.
///
/// Everything happens on the environment's event loop.
protocol RuntimeAPIServer: AnyObject {
    /// - Returns: `false` if there are too many already.
    func connectionOpened(_ connection: RuntimeAPIConnection) -> Bool
    func connectionClosed(_ connection: RuntimeAPIConnection)
    /// Whether the process has printed something that the event loop reports in its current round and that belongs
    /// before the request that came in.
    var hasUnreadOutput: Bool { get }
    /// Answers now or later, with ``RuntimeAPIConnection/send(_:)`` or ``RuntimeAPIConnection/refuse(_:)``.
    func next(_ connection: RuntimeAPIConnection)
    /// Asked before the body is read.
    func refusal(of report: RuntimeStateMachine.Report, requestID: String) -> RuntimeAPIError?
    /// - Parameter body: `nil` if it is larger than ``RuntimeAPIError/maximumResponseSize``.
    /// - Returns: `nil` if it was accepted.
    func report(_ report: RuntimeStateMachine.Report, requestID: String, body: ByteBuffer?) -> RuntimeAPIError?
    func initError(_ body: ByteBuffer) -> RuntimeAPIError?
    /// Asked when the head of a streamed response is there.
    func beginStreamedResponse(_ connection: RuntimeAPIConnection, requestID: String) -> StreamedResponseStart
    /// - Returns: Why the rest is not taken any more.
    func streamed(_ bytes: ByteBuffer, _ connection: RuntimeAPIConnection) -> RuntimeAPIError?
    func endStreamedResponse(_ end: StreamedResponseEnd, _ connection: RuntimeAPIConnection)
}

/// One connection of a function's runtime: requests in, one answer at a time out.
///
/// A runtime may send its next request together with a response; the answers go out together then. One that sends a
/// request while its `next` waits for an event is cut off.
///
/// `@unchecked Sendable`: used on the channel's event loop only.
final class RuntimeAPIConnection: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case idle
        /// Everything is decided; the rest of the request is skipped.
        case answering(Answer)
        case collecting(Upload, ByteBuffer)
        /// A response on its way to the caller, with what came in the event loop's current round.
        case streaming(ByteBuffer)
        /// The request is complete and handled at the end of the event loop's current round.
        case deferred
        /// `next` waits for an event.
        case parked
        case closing
    }

    private enum Answer {
        case next
        case pong
        case refusal(RuntimeAPIError)
    }

    private enum Upload {
        case report(RuntimeStateMachine.Report, requestID: String)
        case initError
    }

    /// A header of the error report for X-Ray may have almost 1 MiB.
    static let decoderLimits: NIOHTTPDecoderLimitConfiguration = {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 1024 * 1024 + 4096
        limits.maxHeaderListSize = 2 * 1024 * 1024
        return limits
    }()

    /// The next request has a head and an end; few parts more if it has a body.
    private static let maximumHeldParts = 8

    private let server: any RuntimeAPIServer
    private var context: ChannelHandlerContext?
    private var phase = Phase.idle
    private var closesAfterAnswer = false
    /// What came behind a request that is deferred.
    private var held: [HTTPServerRequestPart] = []
    /// Until the end of what came at once; answers wait so long to go out together.
    private var isReading = false
    private var hasUnflushedAnswer = false

    init(server: any RuntimeAPIServer) {
        self.server = server
    }

    // MARK: Answers

    func send(_ event: RuntimeAPIResponse.Event) {
        guard let context else { return }
        let (head, rest) = RuntimeAPIResponse.event(event, allocator: context.channel.allocator)
        answer(head, rest)
    }

    func refuse(_ error: RuntimeAPIError) { answer(RuntimeAPIResponse.refusal(error)) }

    func close() {
        phase = .closing
        flushAnswers()
        context?.close(promise: nil)
    }

    /// Stops and goes on with reading, at the pace of a streamed response's reader.
    func setReading(_ isReading: Bool) {
        // Fails for a channel that is closed, which reads nothing.
        try? context?.channel.syncOptions?.setOption(.autoRead, value: isReading)
    }

    private func answer(_ head: ByteBuffer, _ rest: ByteBuffer? = nil) {
        guard let context else { return }
        if case .closing = phase { return }
        phase = closesAfterAnswer ? .closing : .idle
        context.write(wrapOutboundOut(head), promise: nil)
        if let rest { context.write(wrapOutboundOut(rest), promise: nil) }
        hasUnflushedAnswer = true
        if closesAfterAnswer { close() } else if !isReading { flushAnswers() }
    }

    private func flushAnswers() {
        guard hasUnflushedAnswer else { return }
        hasUnflushedAnswer = false
        context?.flush()
    }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        if !server.connectionOpened(self) { close() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .streaming = phase { server.endStreamedResponse(.cutOff, self) }
        phase = .closing
        server.connectionClosed(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = true
        let part = unwrapInboundIn(data)
        if case .deferred = phase { hold(part) } else { take(part, context) }
    }

    private func hold(_ part: HTTPServerRequestPart) {
        guard held.count < Self.maximumHeldParts else { return close() }
        held.append(part)
    }

    private func takeHeld() {
        let parts = held
        held = []
        for part in parts {
            guard let context else { return }
            if case .deferred = phase { hold(part) } else { take(part, context) }
        }
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let head): begin(head, context)
        case .body(let bytes): collect(bytes)
        case .end(let trailers):
            handOnStreamed()
            guard server.hasUnreadOutput else { return finish(trailers) }
            let complete = phase
            phase = .deferred
            context.eventLoop.assumeIsolated().execute { [self] in
                guard case .deferred = phase else {
                    // The connection is gone, but the caller has all of the response.
                    if case .streaming = complete { endStreamedResponse(trailers) }
                    return
                }
                phase = complete
                finish(trailers)
                takeHeld()
            }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        handOnStreamed()
        flushAnswers()
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // The decoder has seen the end first and reported a request that is cut off.
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { closeWhenAnswered() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        closesAfterAnswer = true
        handOnStreamed()
        switch phase {
        case .streaming:
            server.endStreamedResponse(.cutOff, self)
            refuse(.truncatedRequest)
        case .collecting, .answering: refuse(.truncatedRequest)
        case .idle where error is HTTPParserError: refuse(.malformedRequest)
        case .idle, .deferred, .parked, .closing: closeWhenAnswered()
        }
    }

    private func closeWhenAnswered() {
        if case .deferred = phase { closesAfterAnswer = true } else { close() }
    }

    // MARK: Requests

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        // A peer that does not read its answers must not make them pile up.
        guard case .idle = phase, context.channel.isWritable else { return close() }
        closesAfterAnswer = !head.isKeepAlive
        phase = firstPhase(head, context)
        if takesBody, head.headers.first(name: "expect")?.lowercased() == "100-continue" {
            context.writeAndFlush(wrapOutboundOut(RuntimeAPIResponse.goOn), promise: nil)
        }
    }

    private var takesBody: Bool {
        switch phase {
        case .collecting, .streaming: true
        case .idle, .answering, .deferred, .parked, .closing: false
        }
    }

    private func firstPhase(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) -> Phase {
        switch RuntimeAPIRoute.parse(method: head.method.rawValue, uri: head.uri) {
        case .failure(let error): .answering(.refusal(error))
        case .success(.next): .answering(.next)
        case .success(.ping): .answering(.pong)
        case .success(.initError): .collecting(.initError, ByteBuffer())
        case .success(.error(let requestID)): collecting(.error, requestID, head, context)
        case .success(.response(let requestID)):
            switch head.headers.first(name: "lambda-runtime-function-response-mode") {
            case nil: collecting(.response, requestID, head, context)
            case "streaming": streaming(requestID, head, context)
            default: .answering(.refusal(.invalidResponseMode))
            }
        }
    }

    private func streaming(_ requestID: String, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) -> Phase {
        switch server.beginStreamedResponse(self, requestID: requestID) {
        case .accepted: .streaming(ByteBuffer())
        case .collect: collecting(.response, requestID, head, context)
        case .refused(let error): .answering(.refusal(error))
        }
    }

    private func collecting(
        _ report: RuntimeStateMachine.Report, _ requestID: String, _ head: HTTPRequestHead,
        _ context: ChannelHandlerContext
    ) -> Phase {
        if let refusal = server.refusal(of: report, requestID: requestID) { return .answering(.refusal(refusal)) }
        let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        let capacity = max(0, min(length, RuntimeAPIError.maximumResponseSize))
        return .collecting(
            .report(report, requestID: requestID), context.channel.allocator.buffer(capacity: capacity))
    }

    private func collect(_ bytes: ByteBuffer) {
        if case .streaming(var chunk) = phase {
            phase = .closing
            chunk.writeImmutableBuffer(bytes)
            phase = .streaming(chunk)
            return
        }
        guard case .collecting(let upload, var body) = phase else { return }
        guard body.readableBytes + bytes.readableBytes <= RuntimeAPIError.maximumResponseSize else {
            phase = .answering(.refusal(tooLarge(upload)))
            return
        }
        // Take the body out of the enum, so that appending does not copy it.
        phase = .closing
        body.writeImmutableBuffer(bytes)
        phase = .collecting(upload, body)
    }

    /// Chunks that came together go on together.
    private func handOnStreamed() {
        guard case .streaming(let chunk) = phase, chunk.readableBytes > 0 else { return }
        phase = .streaming(ByteBuffer())
        if let error = server.streamed(chunk, self) { phase = .answering(.refusal(error)) }
    }

    private func tooLarge(_ upload: Upload) -> RuntimeAPIError {
        switch upload {
        case .report(let report, let requestID):
            server.report(report, requestID: requestID, body: nil) ?? .responseTooLarge
        case .initError:
            server.initError(ByteBuffer(string: "{}")) ?? .responseTooLarge
        }
    }

    private func finish(_ trailers: HTTPHeaders?) {
        switch phase {
        case .streaming:
            endStreamedResponse(trailers)
            // The caller may still have something to read, the runtime may go on.
            setReading(true)
            answer(RuntimeAPIResponse.accepted)
        case .answering(.next):
            phase = .parked
            server.next(self)
        case .answering(.pong): answer(RuntimeAPIResponse.pong)
        case .answering(.refusal(let error)): refuse(error)
        case .collecting(.initError, let body): accept(server.initError(body))
        case .collecting(.report(var report, let requestID), var body):
            if let error = Self.errorBody(trailers) { (report, body) = (.error, error) }
            accept(server.report(report, requestID: requestID, body: body))
        case .idle, .deferred, .parked, .closing: break
        }
    }

    private func endStreamedResponse(_ trailers: HTTPHeaders?) {
        server.endStreamedResponse(Self.errorBody(trailers).map { .failed($0) } ?? .complete, self)
    }

    private func accept(_ refusal: RuntimeAPIError?) {
        if let refusal { refuse(refusal) } else { answer(RuntimeAPIResponse.accepted) }
    }

    /// A streamed response that failed half-way says so in its trailers; the body is base64 of the error JSON.
    ///
    /// - Source: reference lambda.md §1.6.
    private static func errorBody(_ trailers: HTTPHeaders?) -> ByteBuffer? {
        guard let trailers, let type = trailers.first(name: "lambda-runtime-function-error-type"), !type.isEmpty else {
            return nil
        }
        let body = trailers.first(name: "lambda-runtime-function-error-body").flatMap { Data(base64Encoded: $0) }
        guard let body, !body.isEmpty else {
            return ByteBuffer(string: "{\"errorType\":\(JSONText.quoted(type)),\"errorMessage\":\"\"}")
        }
        return ByteBuffer(bytes: body)
    }
}
