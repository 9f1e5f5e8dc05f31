import ServiceLifecycle
import Synchronization
package import TrellisModel

/// Looks at the traffic for as long as somebody looks at it: live rates, the last hour, captured bodies.
///
/// Once a second; see ``tick()``. Ways of requests are counted only while a page asked for them lately or a stream is
/// open; the last hour costs one look at the counters in ten seconds.
package final class TrafficMonitor: Service {
    private struct State {
        var live = LiveTraffic()
        var history = TrafficHistory()
        var ticks = 0
        /// The tick up to which ways are counted without anybody asking again.
        var watchedUntil = 0
        /// Whether the source was told to count ways.
        var isCounting = false
        var isSampling = false
        var streams: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextStream = 0
        var hasEnded = false
        /// When the capture of a service ends.
        var captures: [ServiceID: Timestamp] = [:]

        var isWatched: Bool { ticks < watchedUntil || !streams.isEmpty }
    }

    /// Pages and scripts that get an update each second, at most.
    package static let streamLimit = 64
    /// Services whose bodies are captured at a time, at most.
    package static let captureLimit = 16
    /// How long bodies are captured before somebody has to ask again.
    package static let captureTime = Duration.seconds(900)
    /// In seconds: for a page that is read and reloaded by hand.
    private static let watchTicks = 120
    private static let ticksBetweenSamples = 10

    package let journal: RequestJournal
    private let source: any TrafficSource
    private let clock: any WallClock
    private let sleep: @Sendable () async throws -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - clock: For the minutes of the last hour and the end of captures.
    ///   - sleep: Returns after a second; throws to end.
    package init(
        source: any TrafficSource, journal: RequestJournal, clock: any WallClock,
        sleep: @escaping @Sendable () async throws -> Void = { try await Task.sleep(for: .seconds(1)) }
    ) {
        self.source = source
        self.journal = journal
        self.clock = clock
        self.sleep = sleep
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.tick()
                do { try await self.sleep() } catch { break }
            }
        }
        // Whoever still reads is told that there is no more.
        let streams = state.withLock { state in
            state.hasEnded = true
            return Array(state.streams.values)
        }
        for stream in streams { stream.finish() }
    }

    /// What happens each second.
    package func tick() async {
        let (takes, isWatched, samples) = state.withLock { state in
            state.ticks += 1
            let isWatched = state.isWatched
            defer { state.isCounting = isWatched }
            return (state.isCounting || isWatched, isWatched, state.ticks % Self.ticksBetweenSamples == 1)
        }
        if takes {
            let slice = await source.takeSlice(goesOn: isWatched)
            state.withLock { isWatched ? $0.live.add(slice) : $0.live.clear() }
        }
        if samples { await sample() }
        await endCaptures()
        for stream in state.withLock({ $0.streams.values.map { $0 } }) { stream.yield() }
    }

    // MARK: The last seconds

    /// Traffic of the last seconds by edges; from the first call on ways are counted.
    package func edges(of network: ServiceNetworkID? = nil) async -> EdgeTraffic {
        let begins = state.withLock { state in
            defer { state.isCounting = true }
            state.watchedUntil = state.ticks + Self.watchTicks
            return !state.isCounting
        }
        if begins { _ = await source.takeSlice(goesOn: true) }
        return state.withLock { $0.live.edges(of: network) }
    }

    /// Something to wait for: the next second has passed.
    ///
    /// - Returns: `nil` if there are too many streams, or the server stops; one that is dropped ends by itself.
    package func updates() -> AsyncStream<Void>? {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number: Int? = state.withLock { state in
            guard !state.hasEnded, state.streams.count < Self.streamLimit else { return nil }
            defer { state.nextStream += 1 }
            state.streams[state.nextStream] = continuation
            return state.nextStream
        }
        guard let number else { return nil }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in state.streams[number] = nil }
        }
        return stream
    }

    // MARK: The last hour

    /// Sixty minutes, oldest first, up to now.
    package func hour(of subject: TrafficSubject) async -> [TrafficHistory.Minute] {
        await sample()
        let now = clock.now()
        return state.withLock { $0.history.hour(of: subject, until: now) }
    }

    private func sample() async {
        let isFirst = state.withLock { state in
            defer { state.isSampling = true }
            return !state.isSampling
        }
        // Another one is on the way: two must not overtake each other.
        guard isFirst else { return }
        let totals = await source.totals()
        let now = clock.now()
        state.withLock { state in
            state.history.add(totals, at: now)
            state.isSampling = false
        }
    }

    // MARK: Bodies

    /// Keeps the bodies of a service's requests for ``captureTime``, in memory only.
    ///
    /// - Returns: Whether there was room for one more service.
    package func startCapture(of service: ServiceID) async -> Bool {
        let end = clock.now().advanced(by: Self.captureTime)
        let services: Set<ServiceID>? = state.withLock { state in
            guard state.captures[service] != nil || state.captures.count < Self.captureLimit else { return nil }
            state.captures[service] = end
            return Set(state.captures.keys)
        }
        guard let services else { return false }
        await source.capture(services)
        return true
    }

    package func stopCapture(of service: ServiceID) async {
        let services = state.withLock { state in
            state.captures[service] = nil
            return Set(state.captures.keys)
        }
        await source.capture(services)
    }

    /// When the capture of the service ends; `nil` if there is none.
    package func captureEnd(of service: ServiceID) -> Timestamp? { state.withLock { $0.captures[service] } }

    private func endCaptures() async {
        let now = clock.now()
        let left: Set<ServiceID>? = state.withLock { state in
            let ended = state.captures.filter { $0.value <= now }
            guard !ended.isEmpty else { return nil }
            for service in ended.keys { state.captures[service] = nil }
            return Set(state.captures.keys)
        }
        if let left { await source.capture(left) }
    }
}
