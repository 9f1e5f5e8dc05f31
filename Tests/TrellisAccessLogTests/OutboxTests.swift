import SystemPackage
import Testing
import TrellisModel
import TrellisRouting

@testable import TrellisAccessLog

@Suite struct OutboxTests {
    private static func at(_ seconds: Int64) -> Timestamp { Timestamp(millisecondsSinceEpoch: seconds * 1000) }

    private func outboxes(
        _ writer: ScriptedWriter, _ configure: (inout AccessLogConfiguration) -> Void = { _ in }
    ) -> AccessLogOutboxes {
        var configuration = AccessLogConfiguration(directory: "/nowhere")
        configuration.serverInterval = .seconds(10)
        configure(&configuration)
        return AccessLogOutboxes(configuration: configuration) { _ in writer }
    }

    private func numbers(_ batch: AccessLogBatch) -> [Int64] { batch.lines.map(\.time.millisecondsSinceEpoch) }

    @Test func linesWaitForTheInterval() throws {
        var outboxes = outboxes(ScriptedWriter())
        outboxes.put(chunk(1...2), from: .server, at: Self.at(0))
        outboxes.put(chunk(3...3), from: .server, at: Self.at(5))
        #expect(outboxes.takeDue(at: Self.at(9)) { "h" }.isEmpty)
        let due = outboxes.takeDue(at: Self.at(10)) { "h" }
        #expect(due.map { numbers($0.batch) } == [[1, 2, 3]])
        #expect(due.first?.batch.hash == "h")
        #expect(outboxes.takeDue(at: Self.at(30)) { "h" }.isEmpty)
        var left = try #require(due.first).batch
        left.finish(first: 3)
        outboxes.ended(try #require(due.first), leaving: left, error: nil, at: Self.at(11), jitter: 0)
        #expect(!outboxes.hasPending)
        #expect(outboxes.statuses.map(\.counts.delivered) == [3])
    }

    @Test func enoughLinesDoNotWait() {
        var outboxes = outboxes(ScriptedWriter(batchBytes: 100))
        outboxes.put(chunk(1...1, size: 200), from: .server, at: Self.at(0))
        #expect(outboxes.takeDue(at: Self.at(0)) { "h" }.count == 1)
    }

    @Test func aClockThatWasSetBackDoesNotKeepLines() {
        var outboxes = outboxes(ScriptedWriter())
        outboxes.put(chunk(1...1), from: .server, at: Self.at(100))
        #expect(outboxes.takeDue(at: Self.at(99)) { "h" }.count == 1)
    }

    @Test func oneDeliveryOfALogAtATime() {
        var outboxes = outboxes(ScriptedWriter(batchBytes: 1))
        outboxes.put(chunk(1...1), from: .server, at: Self.at(0))
        #expect(outboxes.takeDue(at: Self.at(0)) { "h" }.count == 1)
        outboxes.put(chunk(2...2), from: .server, at: Self.at(0))
        #expect(outboxes.takeDue(at: Self.at(60)) { "h" }.isEmpty)
    }

    @Test func afterAFailureTheSameBatchIsTriedLaterAndLater() throws {
        var outboxes = outboxes(ScriptedWriter()) {
            $0.serverInterval = .zero
            $0.firstRetry = .seconds(1)
            $0.longestRetry = .seconds(3)
            $0.attempts = 5
        }
        outboxes.put(chunk(1...2), from: .server, at: Self.at(0))
        var now: Int64 = 0
        var pauses: [Int64] = []
        for attempt in 1...5 {
            let due = try #require(outboxes.takeDue(at: Self.at(now)) { "h\(attempt)" }.first)
            #expect(due.batch.hash == "h1")
            outboxes.ended(due, leaving: due.batch, error: .unavailable("down"), at: Self.at(now), jitter: 0)
            outboxes.put(chunk(3...3), from: .server, at: Self.at(now))
            guard attempt < 5 else { break }
            let failedAt = now
            var isDue = false
            while !isDue, now < 100 {
                now += 1
                var probe = outboxes
                isDue = !probe.takeDue(at: Self.at(now), hash: { "x" }).isEmpty
            }
            pauses.append(now - failedAt)
        }
        #expect(pauses == [1, 2, 3, 3])
        let counts = try #require(outboxes.statuses.first?.counts)
        #expect(counts.dropped == 2)
        #expect(counts.failedAttempts == 5)
        #expect(counts.received == 7)
        #expect(now == 9)
        #expect(outboxes.takeUnreportedDrops().map(\.lines) == [2])
        #expect(outboxes.takeUnreportedDrops().isEmpty)
    }

    @Test func linesThatAreRefusedAreNotTriedAgain() throws {
        var outboxes = outboxes(ScriptedWriter(batchBytes: 1))
        outboxes.put(chunk(1...2), from: .server, at: Self.at(0))
        let due = try #require(outboxes.takeDue(at: Self.at(0)) { "h" }.first)
        outboxes.ended(due, leaving: due.batch, error: .refused("no"), at: Self.at(0), jitter: 0)
        #expect(!outboxes.hasPending)
        #expect(outboxes.statuses.map(\.counts.dropped) == [2])
        #expect(outboxes.statuses.map(\.counts.lastError) == ["no"])
    }

    @Test func whatWasDeliveredIsNotTriedAgain() throws {
        var outboxes = outboxes(ScriptedWriter(batchBytes: 1))
        outboxes.put(chunk(1...5), from: .server, at: Self.at(0))
        let due = try #require(outboxes.takeDue(at: Self.at(0)) { "h" }.first)
        var left = due.batch
        left.finish(first: 4, but: [1])
        outboxes.ended(due, leaving: left, error: .unavailable("some"), at: Self.at(0), jitter: 0)
        let again = try #require(outboxes.takeDue(at: Self.at(9)) { "h" }.first)
        #expect(numbers(again.batch) == [2, 5])
        #expect(outboxes.statuses.map(\.counts.delivered) == [3])
    }

    @Test func waitingLinesAreBounded() throws {
        var outboxes = outboxes(ScriptedWriter()) {
            $0.pendingBytes = 30
            $0.totalPendingBytes = 1000
        }
        for _ in 1...10 { outboxes.put(chunk(1...1), from: .server, at: Self.at(0)) }
        let status = try #require(outboxes.statuses.first)
        #expect(status.pendingBytes == 24)
        #expect(status.counts.received == 10)
        #expect(status.counts.dropped == 7)
    }

    @Test func allLogsTogetherAreBounded() {
        var outboxes = outboxes(ScriptedWriter()) { $0.totalPendingBytes = 30 }
        var logs = Logs()
        let first = logs.put(Logs.record(1))
        let second = logs.put(Logs.record(2))
        outboxes.use(logs.snapshot)
        for _ in 1...2 {
            outboxes.put(chunk(1...1), from: .subscription(first), at: Self.at(0))
            outboxes.put(chunk(1...1), from: .subscription(second), at: Self.at(0))
        }
        #expect(outboxes.statuses.reduce(0) { $0 + $1.pendingBytes } == 24)
        #expect(outboxes.statuses.reduce(0) { $0 + $1.counts.dropped } == 1)
    }

    @Test func theLastLinesOfASubscriptionGoAtOnceAndItIsForgotten() throws {
        var outboxes = outboxes(ScriptedWriter())
        var logs = Logs()
        let log = logs.put(Logs.record())
        outboxes.use(logs.snapshot)
        outboxes.put(chunk(1...1), from: .subscription(log), at: Self.at(0))
        #expect(outboxes.takeDue(at: Self.at(1)) { "h" }.isEmpty)
        logs.delete(log.record)
        outboxes.use(logs.snapshot)
        let due = try #require(outboxes.takeDue(at: Self.at(1)) { "h" }.first)
        // Still on its way from an event loop.
        outboxes.put(chunk(2...2), from: .subscription(log), at: Self.at(1))
        var left = due.batch
        left.finish(first: 1)
        outboxes.ended(due, leaving: left, error: nil, at: Self.at(1), jitter: 0)
        let last = try #require(outboxes.takeDue(at: Self.at(1)) { "h" }.first)
        left = last.batch
        left.finish(first: 1)
        outboxes.ended(last, leaving: left, error: nil, at: Self.at(1), jitter: 0)
        #expect(outboxes.statuses.isEmpty)
    }

    @Test func deliveriesAtATimeAreBounded() {
        var outboxes = outboxes(ScriptedWriter(batchBytes: 1)) { $0.concurrentDeliveries = 1 }
        var logs = Logs()
        let log = logs.put(Logs.record())
        outboxes.use(logs.snapshot)
        outboxes.put(chunk(1...1), from: .subscription(log), at: Self.at(0))
        outboxes.put(chunk(1...1), from: .server, at: Self.at(0))
        #expect(outboxes.takeDue(at: Self.at(0)) { "h" }.count == 1)
        #expect(outboxes.takeDue(at: Self.at(0)) { "h" }.isEmpty)
    }

    @Test func linesAreSortedByTime() {
        var batch = AccessLogBatch([chunk(5...6), chunk(1...2)], at: Self.at(0), hash: "h")
        batch.sort()
        #expect(numbers(batch) == [1, 2, 5, 6])
    }
}
