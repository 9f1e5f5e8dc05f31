import Testing
import TrellisModel
import TrellisTraffic

@Suite struct HistoryTests {
    private let subject = TrafficSubject.service("svc-1")

    private func time(minute: Int64, second: Int64 = 0) -> Timestamp {
        Timestamp(millisecondsSinceEpoch: (28_000_000 + minute) * 60_000 + second * 1000)
    }

    private func requests(_ history: TrafficHistory, until minute: Int64) -> [UInt64] {
        history.hour(of: subject, until: time(minute: minute)).map(\.counts.requests)
    }

    @Test func whatIsNewBelongsToItsMinute() {
        var history = TrafficHistory()
        history.add([subject: counts(2)], at: time(minute: 0, second: 5))
        history.add([subject: counts(5)], at: time(minute: 0, second: 59))
        history.add([subject: counts(5)], at: time(minute: 1))
        history.add([subject: counts(6)], at: time(minute: 2))
        let hour = requests(history, until: 3)
        #expect(hour.count == 60)
        #expect(hour.suffix(4) == [5, 0, 1, 0])
        #expect(hour.dropLast(4).allSatisfy { $0 == 0 })
    }

    @Test func anHourLaterItIsGone() {
        var history = TrafficHistory()
        history.add([subject: counts(2)], at: time(minute: 0))
        history.add([subject: counts(3)], at: time(minute: 59))
        #expect(requests(history, until: 59).first == 2)
        history.add([subject: counts(3)], at: time(minute: 60))
        #expect(requests(history, until: 60).allSatisfy { $0 < 2 })
        #expect(requests(history, until: 60).reduce(0, +) == 1)
    }

    @Test func aClockThatIsSetBackLosesNothing() {
        var history = TrafficHistory()
        history.add([subject: counts(2)], at: time(minute: 10))
        history.add([subject: counts(5)], at: time(minute: 8))
        #expect(requests(history, until: 10).last == 5)
    }

    @Test func aResourceThatIsGoneIsForgotten() {
        var history = TrafficHistory()
        history.add([subject: counts(2)], at: time(minute: 0))
        history.add([:], at: time(minute: 0))
        #expect(requests(history, until: 0).allSatisfy { $0 == 0 })
    }

    @Test func beyondTheLimitTheQuietestAreForgotten() {
        var history = TrafficHistory(subjectLimit: 2)
        let subjects = (0..<4).map { TrafficSubject.targetGroup("tg-\($0)") }
        var totals: [TrafficSubject: TrafficCounts] = [:]
        for (minute, subject) in subjects.enumerated() {
            totals[subject] = counts(1)
            history.add(totals, at: time(minute: Int64(minute)))
        }
        let kept = subjects.map { history.hour(of: $0, until: time(minute: 3)).map(\.counts.requests).reduce(0, +) }
        #expect(kept == [0, 0, 1, 1])
        // What was forgotten comes back with what is new, not with everything it ever had.
        totals[subjects[0]] = counts(4)
        history.add(totals, at: time(minute: 4))
        let back = history.hour(of: subjects[0], until: time(minute: 4)).map(\.counts.requests).reduce(0, +)
        #expect(back == 3)
    }
}
