import NIOCore
import NIOSSL

/// Connections of one event loop to one server, with a queue for requests that find none free.
///
/// The connection used last is taken first. One that was idle for long is closed. A request is sent once: it fails if no
/// connection can be made for it, and when its connection is lost.
///
/// `@unchecked Sendable`: used on `eventLoop` only.
final class HTTPConnectionPool: @unchecked Sendable {
    struct Limits: Sendable {
        /// Connections at the same time; at least 1.
        var connections: Int
        /// Requests that wait for one.
        var waiting: Int
        var connectTimeout: TimeAmount
        /// How long a request waits for a connection that carries other requests.
        var queueTimeout: TimeAmount
        var idleTimeout: TimeAmount
    }

    private struct Waiting {
        var exchange: HTTPExchange
        var deadline: NIODeadline
    }

    let eventLoop: any EventLoop
    private let origin: HTTPOrigin
    private let tls: NIOSSLContext?
    private let limits: Limits
    /// Oldest first.
    private var idle: [HTTPConnection] = []
    private var open: [ObjectIdentifier: HTTPConnection] = [:]
    private var connecting = 0
    private var waiting = CircularBuffer<Waiting>()
    private let queueTimer: LoopTimer
    private let idleTimer: LoopTimer
    private var isShutDown = false

    init(origin: HTTPOrigin, tls: NIOSSLContext?, limits: Limits, eventLoop: any EventLoop) {
        self.origin = origin
        self.tls = tls
        self.limits = limits
        self.eventLoop = eventLoop
        queueTimer = LoopTimer(eventLoop: eventLoop)
        idleTimer = LoopTimer(eventLoop: eventLoop)
        queueTimer.action = { [weak self] in self?.giveUpWaiting() }
        idleTimer.action = { [weak self] in self?.reap() }
    }

    /// Connections that are made, idle and busy ones.
    var count: Int { open.count }

    func send(_ exchange: HTTPExchange) {
        guard !isShutDown else { return exchange.completion(.failure(.shutDown)) }
        if waiting.isEmpty, let connection = takeIdle() { return connection.send(exchange) }
        guard waiting.count < limits.waiting else { return exchange.completion(.failure(.noConnectionFree)) }
        let deadline = NIODeadline.now() + limits.queueTimeout
        waiting.append(Waiting(exchange: exchange, deadline: deadline))
        if waiting.count == 1 { queueTimer.arm(deadline) }
        connectIfNeeded()
    }

    func shutDown() {
        isShutDown = true
        queueTimer.invalidate()
        idleTimer.invalidate()
        while let next = waiting.popFirst() { next.exchange.completion(.failure(.shutDown)) }
        for connection in open.values { connection.close() }
    }

    // MARK: Connections

    private func takeIdle() -> HTTPConnection? {
        let now = NIODeadline.now()
        while let connection = idle.popLast() {
            if connection.isReady(at: now) { return connection }
            connection.close()
        }
        return nil
    }

    /// One attempt for each request that waits, as far as the limit lets them.
    private func connectIfNeeded() {
        guard connecting < waiting.count, open.count + connecting < limits.connections else { return }
        connecting += 1
        var isCounted = true
        // The bootstrap and the connection may both say that it failed.
        let attemptEnded = { [weak self] (failure: HTTPExchangeFailure?) in
            guard let self, isCounted else { return }
            isCounted = false
            connecting -= 1
            if let failure { connectFailed(failure) }
        }
        HTTPConnection.open(
            to: origin, tls: tls, connectTimeout: limits.connectTimeout, on: eventLoop,
            setUp: { [weak self] connection in
                connection.becameIdle = { [weak self, unowned connection] in
                    if let self, isCounted {
                        open[ObjectIdentifier(connection)] = connection
                        connection.becameClosed = { [weak self, unowned connection] _ in self?.closed(connection) }
                    }
                    attemptEnded(nil)
                    self?.serve(connection)
                }
                connection.becameClosed = { attemptEnded($0) }
            }, failed: { attemptEnded($0) })
    }

    /// The request that has waited longest fails for it: to try again for ever would hide that nobody is there.
    private func connectFailed(_ failure: HTTPExchangeFailure) {
        waiting.popFirst()?.exchange.completion(.failure(failure))
        connectIfNeeded()
    }

    private func serve(_ connection: HTTPConnection) {
        guard !isShutDown else { return connection.close() }
        if let next = waiting.popFirst() { return connection.send(next.exchange) }
        idle.append(connection)
        if idle.count == 1 { idleTimer.arm(.now() + limits.idleTimeout) }
    }

    private func closed(_ connection: HTTPConnection) {
        open[ObjectIdentifier(connection)] = nil
        idle.removeAll { $0 === connection }
        connectIfNeeded()
    }

    // MARK: Time

    private func giveUpWaiting() {
        let now = NIODeadline.now()
        while let first = waiting.first, first.deadline <= now {
            waiting.removeFirst()
            first.exchange.completion(.failure(.noConnectionFree))
        }
        if let first = waiting.first { queueTimer.arm(first.deadline) }
    }

    private func reap() {
        let limit = NIODeadline.now() - limits.idleTimeout
        let expired = idle.prefix { $0.idleSince <= limit }
        idle.removeFirst(expired.count)
        for connection in expired { connection.close() }
        if let oldest = idle.first { idleTimer.arm(oldest.idleSince + limits.idleTimeout) }
    }
}
