import NIOCore

/// The points in time at which a connection does not wait any longer.
///
/// A request moves the points; the event loop's timer stays where it is until it fires and is set anew, so that a
/// request costs no timer.
struct ConnectionDeadlines {
    /// The idle timeout of the service that was asked last.
    var idle: TimeAmount
    private let times: DataPlaneTimes
    private(set) var life: NIODeadline
    private let endOfLife: NIODeadline
    private(set) var wait = NIODeadline.distantFuture
    private var headEnd: NIODeadline?
    private var bodyStart: NIODeadline?
    private let slowestBodyBytesPerSecond: Int
    private var timer: Scheduled<Void>?
    private var timerAt = NIODeadline.distantFuture

    init(_ times: DataPlaneTimes, slowestBodyBytesPerSecond: Int, now: NIODeadline) {
        self.slowestBodyBytesPerSecond = slowestBodyBytesPerSecond
        self.times = times
        idle = times.idle
        endOfLife = now + times.connectionLife
        life = endOfLife
    }

    /// Whether the next answer is to be the last one.
    func isLifeNearlyOver(at now: NIODeadline) -> Bool { now >= endOfLife - times.lastRequests }

    // MARK: What happened

    /// Nothing but waiting for something; called after every event.
    ///
    /// - Parameter collectedBytes: Of a body that is collected; `nil` for another one.
    mutating func update(
        _ waiting: ConnectionStateMachine.Waiting, hasPartialHead: Bool, collectedBytes: Int? = nil, now: NIODeadline
    ) {
        switch waiting {
        case .request:
            if hasPartialHead {
                if headEnd == nil { headEnd = now + times.head }
                wait = headEnd ?? .distantFuture
            } else {
                wait = now + idle
            }
        case .body: wait = min(now + idle, bodyEnd(collectedBytes, now: now))
        case .client, .nothing: wait = .distantFuture
        case .function, .target, .clientToReadTheLastAnswer, .clientToClose: break
        }
    }

    mutating func headArrived() {
        headEnd = nil
        bodyStart = nil
    }

    /// When a body is too slow: as if each second after the idle timeout had to be paid for with bytes.
    private mutating func bodyEnd(_ collectedBytes: Int?, now: NIODeadline) -> NIODeadline {
        guard let collectedBytes else { return .distantFuture }
        let start = bodyStart ?? now
        bodyStart = start
        return start + idle + .milliseconds(Int64(collectedBytes) * 1000 / Int64(max(1, slowestBodyBytesPerSecond)))
    }

    mutating func functionCalled(_ now: NIODeadline) {
        wait = now + idle
    }

    /// A request that a target has, or its response, went on.
    ///
    /// - Parameter isClientSlow: A client that does not read may take the rest of the connection's life.
    mutating func forwardingMoved(_ now: NIODeadline, isClientSlow: Bool) {
        wait = isClientSlow ? .distantFuture : now + idle
    }

    /// The client may take the rest of the connection's life to read the last answer, and at least an idle timeout.
    mutating func finishing(_ now: NIODeadline) {
        wait = max(endOfLife, now + idle)
    }

    mutating func lingering(_ now: NIODeadline) {
        wait = now + times.linger
    }

    /// The connection may last until its answer is written.
    mutating func lifeIsOver() {
        life = .distantFuture
    }

    // MARK: The timer

    /// Makes sure that `fire` is called at the earlier point or before.
    mutating func schedule(on eventLoop: any EventLoop, _ fire: @escaping () -> Void) {
        let next = min(wait, life)
        guard next < timerAt else { return }
        timer?.cancel()
        timerAt = next
        timer = eventLoop.assumeIsolated().scheduleTask(deadline: next, fire)
    }

    mutating func fired() {
        timer = nil
        timerAt = .distantFuture
    }

    mutating func cancel() {
        timer?.cancel()
        fired()
        wait = .distantFuture
        life = .distantFuture
    }
}

extension ConnectionHandler {
    /// Sets the time limits for what the connection waits for now.
    func updateDeadlines() {
        guard !machine.isClosed else { return }
        deadlines.update(
            machine.waiting, hasPartialHead: hasPartialHead,
            collectedBytes: request?.collectsBody == true ? request?.bodyBytes : nil, now: loop.eventLoop.now)
        setTimer()
    }

    private func setTimer() {
        deadlines.schedule(on: loop.eventLoop) { [weak self] in self?.timerFired() }
    }

    private func timerFired() {
        deadlines.fired()
        let now = loop.eventLoop.now
        if now >= deadlines.life {
            deadlines.lifeIsOver()
            if machine.lifeEnded() { close(.connectionDurationExceeded) }
        } else if now >= deadlines.wait {
            waitedLongEnough()
        }
        if !machine.isClosed { setTimer() }
    }

    private func waitedLongEnough() {
        if hasPartialHead {
            if machine.requestBroke() { respond(Answer(.malformed(.headTooSlow))) }
            return
        }
        switch machine.waitingExpired() {
        case .close: close()
        case .failInvocation:
            respond(Answer(.noAnswerInTime))
            advance()
        case .failForwarding: forwardingTimedOut()
        case .none: break
        }
    }
}
