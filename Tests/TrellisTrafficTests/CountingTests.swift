import Testing
import TrellisModel
import TrellisTraffic

@Suite struct CountingTests {
    @Test(arguments: [
        (0, 0, 0), (200, 0, 0), (301, 0, 0), (399, 0, 0), (400, 1, 0), (499, 1, 0), (500, 0, 1), (599, 0, 1),
        (600, 0, 0),
    ]) func statusesAreErrorsOfOneSide(status: Int, client: UInt64, server: UInt64) {
        let counts = counts(1, status: status)
        #expect((counts.requests, counts.clientErrors, counts.serverErrors) == (1, client, server))
    }

    @Test func quantilesLieInsideTheirBucket() throws {
        var histogram = TimeHistogram()
        #expect(histogram.seconds(within: 0.5) == nil)
        // 2 ms and 200 ms are inside (0.001, 0.0025] and (0.1, 0.25].
        for _ in 0..<98 { histogram.add(nanoseconds: 2_000_000) }
        for _ in 0..<2 { histogram.add(nanoseconds: 200_000_000) }
        let median = try #require(histogram.seconds(within: 0.5))
        let slowest = try #require(histogram.seconds(within: 0.99))
        #expect((0.001...0.0025).contains(median))
        #expect((0.1...0.25).contains(slowest))
        #expect(histogram.seconds(within: 0) == histogram.seconds(within: -1))
        #expect(histogram.seconds(within: 1) == histogram.seconds(within: 2))
    }

    @Test func whatIsBeyondTheBoundsCountsAsTheLastOne() {
        var histogram = TimeHistogram()
        histogram.add(nanoseconds: .max)
        histogram.add(nanoseconds: -1)
        #expect(histogram.seconds(within: 1) == 60)
        #expect(histogram.counts.first == 1)
        #expect(histogram.counts.last == 1)
    }

    @Test func countersThatBeganAgainAreAllNew() {
        let earlier = counts(10, status: 500, milliseconds: 3)
        var later = earlier
        later.add(counts(2, milliseconds: 3))
        #expect(later.since(earlier) == counts(2, milliseconds: 3))
        #expect(counts(3).since(earlier) == counts(3))
        #expect(earlier.since(earlier) == TrafficCounts())
    }

    @Test func aRequestCountsOnEveryEdgeOfItsWay() {
        var live = LiveTraffic()
        var slice = TrafficSlice()
        slice.paths[path()] = counts(20)
        slice.paths[path(rule: 2, group: nil, target: nil)] = counts(5, status: 404)
        slice.paths[path(rule: nil, group: nil, target: nil)] = counts(1, status: 403)
        slice.paths[path(network: 2, service: 2)] = counts(7)
        live.add(slice)
        live.add(TrafficSlice())
        let edges = live.edges(of: id(1))
        #expect(edges.seconds == 2)
        #expect(edges[.vpc("vpc-1")].requestsPerSecond == 13)
        #expect(edges[.service(id(1))].requestsPerSecond == 13)
        #expect(edges[.service(id(1))].errorsPerSecond == 3)
        #expect(edges[.listener(id(1))].requestsPerSecond == 13)
        #expect(edges[.rule(id(1))].requestsPerSecond == 10)
        #expect(edges[.rule(id(2))].errorsPerSecond == 2.5)
        #expect(edges[.targetGroup(id(1), id(1))].requestsPerSecond == 10)
        #expect(edges[.target(id(1), target: "f")].requestsPerSecond == 10)
        // The other network's.
        #expect(edges[.service(id(2))].requestsPerSecond == 0)
        #expect(edges[.service(id(2))].median == nil)
        #expect(live.edges()[.vpc("vpc-1")].requestsPerSecond == 16.5)
    }

    @Test func onlyTheLastSecondsCount() {
        var live = LiveTraffic()
        var slice = TrafficSlice()
        slice.paths[path()] = counts(10)
        slice.uncounted = 3
        live.add(slice)
        for _ in 1..<LiveTraffic.window { live.add(TrafficSlice()) }
        #expect(live.edges()[.service(id(1))].requestsPerSecond == 1)
        #expect(live.edges().uncounted == 3)
        live.add(TrafficSlice())
        #expect(live.edges()[.service(id(1))].requestsPerSecond == 0)
        #expect(live.edges().uncounted == 0)
    }

    @Test func aBudgetIsForOneSecond() {
        var budget = SamplingBudget(perSecond: 2)
        let second: UInt64 = 1_000_000_000
        let taken = [0, 1, 2, second - 1, second, second + 1, second + 2, 5 * second].map {
            budget.take(now: $0 + second)
        }
        #expect(taken == [true, true, false, false, true, true, false, true])
        var none = SamplingBudget(perSecond: 0)
        #expect(!none.take(now: 0) && !none.take(now: 9 * second))
    }
}
