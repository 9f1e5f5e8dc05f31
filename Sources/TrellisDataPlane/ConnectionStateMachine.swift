/// Decides what a connection does next: one request after the other, each with one answer.
///
/// No input is a mistake: what does not fit the state is ignored.
struct ConnectionStateMachine {
    private enum State: Equatable {
        /// Between requests. Goes to `receiving`, `forwarding`, `answering`, `finishing`, `closed`.
        case idle
        /// After a head, before the end of its body. Goes to `answering`, `closed`.
        case receiving(bodyBytes: Int, keepsBody: Bool)
        /// What to answer is being decided or written. Goes to `invoking`, `idle`, `flushing`, `finishing`.
        case answering
        /// The function has the request. Goes to `answering`.
        case invoking
        /// A target gets the request as it comes, and the client what the target answers. Goes to `answering`, `idle`,
        /// `flushing`, `finishing`, `closed`.
        case forwarding(Forwarding)
        /// The client has not read the answer yet. Goes to `idle`, `finishing`, `closed`.
        case flushing
        /// The client has not read the last answer yet; what it sends is thrown away. Goes to `lingering`, `closed`.
        case finishing(thenCloses: Bool)
        /// The client has been told that nothing more comes, and may close. Goes to `closed`.
        case lingering
        case closed
    }

    /// How far a request is that a target has.
    private struct Forwarding: Equatable {
        var bodyBytes = 0
        var requestEnded = false
        var responseBegan = false
    }

    /// What a request head says about its body and connection.
    struct Framing {
        /// `nil` without a `Content-Length`.
        var contentLength: Int?
        var isChunked = false
        var expectsContinue = false
        /// Whether the client wants to send another request.
        var keepsAlive = true
        /// Whether the answer needs the body; one that does not is counted only.
        var needsBody = true
        /// Whether the request goes on as it comes; then its body has no limit, and the target says whether it is
        /// expected.
        var isForwarded = false
    }

    enum HeadAction: Equatable {
        case forward
        case receiveBody
        case sendContinue
        /// Answer without waiting for the body.
        case answerAtOnce
        case refuseBody
        case ignore
    }

    enum BodyAction: Equatable {
        case forward
        case keep
        case drop
        case refuse
        case ignore
    }

    enum AnswerAction: Equatable {
        case nextRequest
        case waitForWritability
        /// Throw away what still comes, and tell when all is written.
        case finish
    }

    enum WrittenAction: Equatable {
        /// Close the sending half.
        case linger
        case close
        case none
    }

    enum InputClosedAction: Equatable {
        case finish
        case close
        case none
    }

    /// What the connection waits for, and so how long.
    enum Waiting: Equatable {
        case request
        case body
        case function
        /// The target, or the client, whoever is to go on.
        case target
        case client
        case clientToReadTheLastAnswer
        case clientToClose
        case nothing
    }

    enum ForwardFailureAction: Equatable {
        case answer
        /// The answer has begun, and cannot be completed.
        case cut
        case ignore
    }

    enum ExpiryAction: Equatable {
        case close
        case failInvocation
        case failForwarding
        case none
    }

    private var state = State.idle
    private var keepsAlive: Bool
    private var invocations: UInt64 = 0
    private let bodyLimit: Int

    /// - Parameters:
    ///   - bodyLimit: The largest body that is accepted, in bytes.
    ///   - keepsAlive: Whether there may be more than one request.
    init(bodyLimit: Int, keepsAlive: Bool = true) {
        self.bodyLimit = bodyLimit
        self.keepsAlive = keepsAlive
    }

    /// Whether parts of a request are taken now.
    var acceptsParts: Bool {
        switch state {
        case .idle, .receiving: true
        case .forwarding(let forwarding): !forwarding.requestEnded
        case .answering, .invoking, .flushing, .finishing, .lingering, .closed: false
        }
    }

    /// Whether a target has the request.
    var isForwarding: Bool {
        if case .forwarding = state { true } else { false }
    }

    /// Whether all of the request that a target has was received.
    var hasForwardedAll: Bool {
        if case .forwarding(let forwarding) = state { forwarding.requestEnded } else { false }
    }

    var isIdle: Bool { state == .idle }

    var isClosed: Bool { state == .closed }

    /// Whether the last answer was given.
    var isFinished: Bool {
        switch state {
        case .finishing, .lingering, .closed: true
        case .idle, .receiving, .answering, .invoking, .forwarding, .flushing: false
        }
    }

    /// Whether the answer that is written now is the last one.
    var closesAfterAnswer: Bool { !keepsAlive }

    /// What was received of the body of the current request.
    var receivedBodyBytes: Int? {
        switch state {
        case .receiving(let bytes, _): bytes
        case .forwarding(let forwarding) where !forwarding.requestEnded: forwarding.bodyBytes
        default: nil
        }
    }

    var waiting: Waiting {
        switch state {
        case .idle: .request
        case .receiving: .body
        case .invoking: .function
        case .forwarding: .target
        case .flushing: .client
        case .finishing: .clientToReadTheLastAnswer
        case .lingering: .clientToClose
        case .answering, .closed: .nothing
        }
    }
}

// MARK: - A request

extension ConnectionStateMachine {
    mutating func headReceived(_ framing: Framing) -> HeadAction {
        guard state == .idle else { return .ignore }
        keepsAlive = keepsAlive && framing.keepsAlive
        guard !framing.isForwarded else {
            state = .forwarding(Forwarding())
            return .forward
        }
        guard framing.contentLength ?? 0 <= bodyLimit else {
            answerLast()
            return .refuseBody
        }
        let hasBody = framing.isChunked || framing.contentLength ?? 0 > 0
        guard framing.expectsContinue, hasBody else {
            state = .receiving(bodyBytes: 0, keepsBody: framing.needsBody)
            return .receiveBody
        }
        guard framing.needsBody else {
            answerLast()
            return .answerAtOnce
        }
        state = .receiving(bodyBytes: 0, keepsBody: true)
        return .sendContinue
    }

    mutating func bodyReceived(_ count: Int) -> BodyAction {
        if case .forwarding(var forwarding) = state {
            guard !forwarding.requestEnded else { return .ignore }
            forwarding.bodyBytes &+= count
            state = .forwarding(forwarding)
            return .forward
        }
        guard case .receiving(let before, let keepsBody) = state else { return .ignore }
        guard count <= bodyLimit - before else {
            answerLast()
            return .refuse
        }
        state = .receiving(bodyBytes: before + count, keepsBody: keepsBody)
        return keepsBody ? .keep : .drop
    }

    /// - Returns: Whether the request is to be answered now.
    mutating func requestEnded() -> Bool {
        guard case .receiving = state else { return false }
        state = .answering
        return true
    }

    /// The rest of what the client sends cannot be understood.
    ///
    /// - Returns: Whether to answer with the reason.
    mutating func requestBroke() -> Bool {
        guard acceptsParts else { return false }
        answerLast()
        return true
    }

    private mutating func answerLast() {
        keepsAlive = false
        state = .answering
    }
}

// MARK: - An invocation

extension ConnectionStateMachine {
    /// - Returns: The number that tells this invocation from earlier ones, whose outcomes may still come.
    mutating func invocationBegan() -> UInt64 {
        state = .invoking
        invocations += 1
        return invocations
    }

    /// - Returns: Whether the outcome is still wanted.
    mutating func invocationEnded(_ invocation: UInt64) -> Bool {
        guard state == .invoking, invocation == invocations else { return false }
        state = .answering
        return true
    }

    /// Gives up waiting for the function.
    ///
    /// - Returns: Whether a request is waiting for it.
    mutating func invocationAbandoned() -> Bool {
        guard state == .invoking else { return false }
        state = .answering
        return true
    }
}

// MARK: - A request that a target has

extension ConnectionStateMachine {
    /// The target is to get the end of the request.
    ///
    /// - Returns: Whether there is a request to end.
    mutating func forwardedRequestEnded() -> Bool {
        guard case .forwarding(var forwarding) = state, !forwarding.requestEnded else { return false }
        forwarding.requestEnded = true
        state = .forwarding(forwarding)
        return true
    }

    /// The head of the response is there.
    ///
    /// - Parameter endsConnection: Whether the client can know the end of the response by the end of the connection only.
    mutating func forwardedResponseBegan(endsConnection: Bool) {
        guard case .forwarding(var forwarding) = state else { return }
        forwarding.responseBegan = true
        if endsConnection { keepsAlive = false }
        state = .forwarding(forwarding)
    }

    /// The response was handed over for writing, to its end; the client may not have sent all of its request.
    mutating func forwardedResponseEnded(isWritable: Bool) -> AnswerAction {
        guard case .forwarding(let forwarding) = state else { return .waitForWritability }
        if !forwarding.requestEnded { keepsAlive = false }
        state = .answering
        return answered(isWritable: isWritable)
    }

    mutating func forwardingFailed() -> ForwardFailureAction {
        guard case .forwarding(let forwarding) = state else { return .ignore }
        guard !forwarding.responseBegan else { return .cut }
        if forwarding.requestEnded {
            state = .answering
        } else {
            answerLast()
        }
        return .answer
    }
}

// MARK: - An answer

extension ConnectionStateMachine {
    /// The answer was handed over for writing.
    mutating func answered(isWritable: Bool) -> AnswerAction {
        guard state != .closed else { return .waitForWritability }
        guard keepsAlive else {
            state = .finishing(thenCloses: false)
            return .finish
        }
        state = isWritable ? .idle : .flushing
        return isWritable ? .nextRequest : .waitForWritability
    }

    mutating func becameWritable() -> AnswerAction {
        guard state == .flushing else { return .waitForWritability }
        return answered(isWritable: true)
    }

    /// All that was to be written has been.
    mutating func written() -> WrittenAction {
        guard case .finishing(let thenCloses) = state else { return .none }
        state = thenCloses ? .closed : .lingering
        return thenCloses ? .close : .linger
    }
}

// MARK: - The connection

extension ConnectionStateMachine {
    /// The client sends no more; it may still read.
    mutating func inputClosed() -> InputClosedAction {
        keepsAlive = false
        if isIdle {
            state = .finishing(thenCloses: true)
            return .finish
        }
        return state == .lingering && close() ? .close : .none
    }

    /// The connection shall end with the answer that is due, if any.
    ///
    /// - Parameter hasPartialHead: Whether a request has begun to arrive.
    /// - Returns: Whether none is due, and the connection is to be finished now.
    mutating func drain(hasPartialHead: Bool) -> Bool {
        keepsAlive = false
        guard isIdle, !hasPartialHead else { return false }
        state = .finishing(thenCloses: true)
        return true
    }

    /// The request that comes now is to be the last one.
    mutating func lifeIsNearlyOver() { keepsAlive = false }

    /// The longest life of a connection is over: a function may still answer, the client may still read a last answer,
    /// nothing else is waited for.
    ///
    /// - Returns: Whether to close now.
    mutating func lifeEnded() -> Bool {
        keepsAlive = false
        switch state {
        case .invoking, .answering, .finishing: return false
        case .forwarding(let forwarding): return forwarding.responseBegan && close()
        case .idle, .receiving, .flushing, .lingering: return close()
        case .closed: return false
        }
    }

    /// The time for what the connection was ``waiting`` for is over.
    mutating func waitingExpired() -> ExpiryAction {
        switch state {
        case .idle, .receiving, .finishing, .lingering:
            _ = close()
            return .close
        case .invoking:
            state = .answering
            return .failInvocation
        case .forwarding:
            return .failForwarding
        case .answering, .flushing, .closed:
            return .none
        }
    }

    mutating func closed() {
        state = .closed
    }

    private mutating func close() -> Bool {
        state = .closed
        return true
    }
}
