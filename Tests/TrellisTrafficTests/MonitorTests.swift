import Synchronization
import Testing
import TrellisModel
import TrellisTraffic

@Suite(.timeLimit(.minutes(1))) struct MonitorTests {
    private let source = ScriptedTraffic()
    private let clock = HeldClock()

    private func monitor() -> TrafficMonitor {
        TrafficMonitor(source: source, journal: RequestJournal(), clock: clock)
    }

    private func slice(_ requests: Int) -> TrafficSlice {
        var slice = TrafficSlice()
        slice.paths[path()] = counts(requests)
        return slice
    }

    @Test func nothingIsCountedWhileNobodyLooks() async {
        let monitor = monitor()
        for _ in 0..<30 { await monitor.tick() }
        #expect(source.state.withLock { $0.takes } == 0)
    }

    @Test func whoLooksSeesTheSecondsSinceThen() async {
        let monitor = monitor()
        #expect(await monitor.edges()[.service(id(1))].requestsPerSecond == 0)
        #expect(source.state.withLock { $0.isWatched })
        source.state.withLock { $0.slices = [slice(4), slice(2)] }
        await monitor.tick()
        #expect(await monitor.edges()[.service(id(1))].requestsPerSecond == 4)
        await monitor.tick()
        #expect(await monitor.edges()[.service(id(1))].requestsPerSecond == 3)
    }

    @Test func whenNobodyLooksAnyMoreItEnds() async {
        let monitor = monitor()
        _ = await monitor.edges()
        var ticks = 0
        while source.state.withLock({ $0.isWatched }), ticks < 1000 {
            await monitor.tick()
            ticks += 1
        }
        #expect(ticks == 120)
        let takes = source.state.withLock { $0.takes }
        await monitor.tick()
        #expect(source.state.withLock { $0.takes } == takes)
    }

    @Test func aStreamKeepsItGoingAndGetsEverySecond() async throws {
        let monitor = monitor()
        do {
            let stream = try #require(monitor.updates())
            for _ in 0..<200 { await monitor.tick() }
            #expect(source.state.withLock { $0.isWatched })
            // What was not read is one update.
            var updates = stream.makeAsyncIterator()
            await updates.next()
        }
        // Nobody holds the stream.
        await monitor.tick()
        await monitor.tick()
        #expect(!source.state.withLock { $0.isWatched })
    }

    @Test func streamsAreBounded() {
        let monitor = monitor()
        var streams = (0..<TrafficMonitor.streamLimit).compactMap { _ in monitor.updates() }
        #expect(streams.count == TrafficMonitor.streamLimit)
        #expect(monitor.updates() == nil)
        streams.removeLast()
        #expect(monitor.updates() != nil)
    }

    @Test func theEndIsTheEndOfAllStreams() async throws {
        struct Stopped: Error {}
        let monitor = TrafficMonitor(
            source: source, journal: RequestJournal(), clock: clock, sleep: { throw Stopped() })
        let stream = try #require(monitor.updates())
        try await monitor.run()
        var updates = 0
        for await _ in stream { updates += 1 }
        #expect(updates <= 1)
        #expect(monitor.updates() == nil)
    }

    @Test func theHourGrowsWithTheCounters() async {
        let monitor = monitor()
        let subject = TrafficSubject.service("svc-1")
        source.state.withLock { $0.totals[subject] = counts(3) }
        #expect(await monitor.hour(of: subject).last?.counts.requests == 3)
        source.state.withLock { $0.totals[subject] = counts(5) }
        clock.advance(seconds: 60)
        for _ in 0..<10 { await monitor.tick() }
        #expect(await monitor.hour(of: subject).suffix(2).map(\.counts.requests) == [3, 2])
    }

    @Test func captureEndsByItself() async {
        let monitor = monitor()
        #expect(await monitor.startCapture(of: id(1)))
        clock.advance(seconds: 600)
        #expect(await monitor.startCapture(of: id(2)))
        #expect(monitor.captureEnd(of: id(1)) != nil)
        clock.advance(seconds: 300)
        await monitor.tick()
        #expect(monitor.captureEnd(of: id(1)) == nil)
        #expect(monitor.captureEnd(of: id(2)) != nil)
        await monitor.stopCapture(of: id(2))
        #expect(source.state.withLock { $0.captured } == [[id(1)], [id(1), id(2)], [id(2)], []])
    }

    @Test func capturesAreBounded() async {
        let monitor = monitor()
        for number in 0..<TrafficMonitor.captureLimit { #expect(await monitor.startCapture(of: id(number))) }
        #expect(await !monitor.startCapture(of: id(99)))
        // One that is on may be made longer.
        #expect(await monitor.startCapture(of: id(0)))
    }
}
