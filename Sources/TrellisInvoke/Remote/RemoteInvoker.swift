package import Logging
package import NIOCore
import ServiceLifecycle
import Synchronization
package import TrellisModel

/// Invokes functions at Lambda-compatible endpoints.
///
/// Each event loop has connections of its own, so that an invocation stays on its caller's loop. An endpoint that takes
/// fewer connections than there are loops has them on the first loops only, and the others hop.
///
/// No request is sent twice: Invoke is not idempotent, and a lost connection does not say whether the function ran.
package final class RemoteInvoker: FunctionInvoker, Service {
    /// Lambda's own limits, in bytes.
    static let requestLimit = 6_291_456
    static let responseLimit = 6_291_556
    static let getFunctionTimeout = Duration.seconds(10)

    private let mappings: [RemoteFunctionMapping]
    private let loops: [RemoteLoop]
    private let byEventLoop: [ObjectIdentifier: RemoteLoop]
    /// For each mapping how many loops, from the first on, have connections.
    private let owners: [Int]
    private let refreshers: [CredentialRefresher]
    /// By the index of the refresher.
    private let firstLooks = Mutex<[Int: CredentialRefresher.Outcome]>([:])
    private let logger: Logger

    /// - Parameters:
    ///   - mappings: The first that fits a function has it.
    ///   - credentials: Looks credentials up, each time anew.
    ///   - eventLoopGroup: The loops on which callers invoke; must outlast ``run()``.
    ///   - timer: What waits until credentials are to be replaced.
    package init(
        mappings: [RemoteFunctionMapping],
        credentials: @escaping @Sendable (CredentialSelection) async throws(CredentialError) -> IssuedCredentials?,
        eventLoopGroup: any EventLoopGroup, clock: any WallClock, timer: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        let eventLoops = Array(eventLoopGroup.makeIterator())
        let owners = mappings.map { min(max(1, $0.endpoint.limits.maximumConnections), eventLoops.count) }
        let loops = eventLoops.enumerated().map { index, eventLoop in
            RemoteLoop(
                index: index, eventLoop: eventLoop, mappings: mappings, clock: clock,
                pools: zip(mappings, owners).map { mapping, owners in
                    index < owners
                        ? HTTPConnectionPool(mapping.endpoint, share: index, of: owners, on: eventLoop) : nil
                })
        }
        self.mappings = mappings
        self.owners = owners
        self.loops = loops
        self.logger = logger
        byEventLoop = Dictionary(loops.map { (ObjectIdentifier($0.eventLoop), $0) }, uniquingKeysWith: { $1 })
        let selections = Set(mappings.map(\.endpoint.credentials)).subtracting([.unsigned])
        refreshers = selections.map { selection in
            CredentialRefresher(
                selection: selection, issue: credentials, clock: clock, timer: timer,
                publish: { selection, state in
                    for loop in loops {
                        // A loop that has been shut down calls nothing any more.
                        try? await loop.eventLoop.submit { loop.use(state, for: selection) }.get()
                    }
                }, logger: logger)
        }
    }

    // MARK: FunctionInvoker

    package func invoke(_ invocation: Invocation, on eventLoop: any EventLoop) -> EventLoopFuture<InvocationOutcome> {
        invokeIfRemote(invocation, on: eventLoop) ?? eventLoop.makeSucceededFuture(.rejected(.notFound))
    }

    /// As ``invoke(_:on:)``.
    ///
    /// - Returns: `nil` if the function is not at an endpoint.
    func invokeIfRemote(
        _ invocation: Invocation, on eventLoop: any EventLoop
    ) -> EventLoopFuture<InvocationOutcome>? {
        guard let loop = byEventLoop[ObjectIdentifier(eventLoop)], eventLoop.inEventLoop else {
            return invokeFromElsewhere(invocation, on: eventLoop)
        }
        let known = loop.known(invocation.function)
        guard let index = known.endpoint else { return nil }
        let promise = eventLoop.makePromise(of: InvocationOutcome.self)
        let owner = owner(of: index, for: loop)
        if owner === loop {
            owner.invoke(invocation, known, at: index) { promise.succeed($0) }
        } else {
            send(invocation, to: index, by: owner, promise)
        }
        return promise.futureResult
    }

    private func invokeFromElsewhere(
        _ invocation: Invocation, on eventLoop: any EventLoop
    ) -> EventLoopFuture<InvocationOutcome>? {
        guard let loop = loops.first, let index = mappings.firstIndex(where: { $0.fits(invocation.function) }) else {
            return nil
        }
        let promise = eventLoop.makePromise(of: InvocationOutcome.self)
        send(invocation, to: index, by: owner(of: index, for: loop), promise)
        return promise.futureResult
    }

    private func send(
        _ invocation: Invocation, to index: Int, by owner: RemoteLoop, _ promise: EventLoopPromise<InvocationOutcome>
    ) {
        owner.eventLoop.execute {
            owner.invoke(invocation, owner.known(invocation.function), at: index) { promise.succeed($0) }
        }
    }

    /// The loop with connections to an endpoint that a caller on `loop` uses.
    private func owner(of index: Int, for loop: RemoteLoop) -> RemoteLoop {
        let owners = owners[index]
        return loop.index < owners ? loop : loops[loop.index % owners]
    }

    /// Connections to all endpoints, idle and busy ones.
    package func connectionCount() async -> Int {
        var count = 0
        for loop in loops { count += (try? await loop.eventLoop.submit { loop.connectionCount }.get()) ?? 0 }
        return count
    }

    // MARK: GetFunction

    /// Asks the function's endpoint for it.
    ///
    /// - Returns: `nil` if the function is not at an endpoint.
    package func find(_ function: FunctionARN) async -> RemoteFunctionStatus? {
        guard let index = mappings.firstIndex(where: { $0.fits(function) }), let first = loops.first else { return nil }
        let endpoint = mappings[index].endpoint
        let result: Result<HTTPResponse, HTTPExchangeFailure>? = try? await first.eventLoop.flatSubmit {
            let promise = first.eventLoop.makePromise(of: Result<HTTPResponse, HTTPExchangeFailure>.self)
            first.getFunction(function, at: index) { promise.succeed($0) }
            return promise.futureResult
        }.get()
        let status = RemoteFunctionStatus(result ?? .failure(.shutDown), at: endpoint)
        if case .unknown(let reason) = status {
            logger.notice(
                "the endpoint of a remote function does not say whether it is there",
                metadata: ["function": "\(function)", "endpoint": "\(endpoint.origin)", "reason": "\(reason)"])
        }
        return status
    }

    // MARK: Life

    /// Looks for the first credentials, so that calls find them; may take some seconds on a machine that has none.
    package func prepare() async {
        let outcomes = await withTaskGroup(of: (Int, CredentialRefresher.Outcome).self) { group in
            for (index, refresher) in refreshers.enumerated() {
                group.addTask { (index, await refresher.look(isFirst: true)) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        firstLooks.withLock { $0 = outcomes }
    }

    /// Keeps credentials fresh until graceful shutdown or cancellation, then closes all connections.
    ///
    /// ``prepare()`` goes first. What is still running at the endpoints has no outcome here any more.
    package func run() async throws {
        let first = firstLooks.withLock(\.self)
        await withDiscardingTaskGroup { group in
            for (index, refresher) in refreshers.enumerated() {
                group.addTask { await refresher.run(after: first[index] ?? .failed) }
            }
            // Both ways to end it are the same here: nobody waits for an invocation any more.
            try? await gracefulShutdown()
            group.cancelAll()
        }
        for loop in loops { try? await loop.eventLoop.submit { loop.shutDown() }.get() }
    }
}
