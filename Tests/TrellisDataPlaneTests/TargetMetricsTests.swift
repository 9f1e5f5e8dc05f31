import NIOCore
import Testing
import TrellisModel
import TrellisRouting

@testable import TrellisDataPlane

/// What is counted about the connections to the targets of a group.
@Suite(.timeLimit(.minutes(2))) struct TargetMetricsTests {
    /// Waits until the counters of the only group are as they should be.
    private static func wait(
        _ running: RunningDataPlane, _ isRight: (TargetConnectionCounters) -> Bool,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var last: TargetConnectionCounters?
        for _ in 0..<3000 {
            last = await running.dataPlane.metrics().targetConnections.first
            if let last, isRight(last) { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("never so, at last \(String(describing: last))", sourceLocation: sourceLocation)
    }

    @Test func aConnectionAndItsBytes() async throws {
        try await withTarget { running, target in
            #expect(await running.dataPlane.metrics().targetConnections.isEmpty)
            let client = try await running.connect()
            var sent = 0
            try await client.send(ForwardTests.get)
            let connection = try await target.accept()
            for index in 0..<2 {
                sent += try await connection.text(through: "\r\n\r\n").utf8.count
                try await connection.send(ForwardTests.ok)
                #expect(try await client.response().body == "ok")
                if index < 1 { try await client.send(ForwardTests.get) }
            }
            let expected = (received: UInt64(2 * ForwardTests.ok.utf8.count), sent: UInt64(sent))
            try await Self.wait(running) {
                $0.http1 == 1 && $0.opened == 1 && $0.active == 1 && $0.receivedBytes == expected.received
                    && $0.sentBytes == expected.sent && $0.handshakes == 0 && $0.errors == 0 && $0.timeouts == 0
            }
            await connection.close()
            try await Self.wait(running) { $0.opened == 1 && $0.active == 0 }
            await client.close()
        }
    }

    @Test func aRefusedConnection() async throws {
        try await withTarget { running, target in
            await target.close()
            #expect(await RawClient.isRefused(at: target.port, group: running.group))
            #expect(try await running.get().status == 500)
            try await Self.wait(running) { $0.errors == 1 && $0.opened == 0 && $0.active == 0 && $0.timeouts == 0 }
            // Nobody has the request any more.
            #expect(await running.dataPlane.metrics().targetGroups.map(\.active) == [0])
        }
    }

    /// Nothing on this machine leaves an attempt to connect without an answer.
    @Test func aConnectionThatIsNotThereInTime() {
        let tally = TargetConnectionTally(group: "tg")
        tally.failed(ChannelError.connectTimeout(.seconds(5)))
        #expect(tally.counters.timeouts == 1 && tally.counters.errors == 0)
        tally.failed(IOError(errnoCode: 111, reason: "refused"))
        #expect(tally.counters.timeouts == 1 && tally.counters.errors == 1)
    }

    @Test func aHandshakeThatFails() async throws {
        try await withTarget(.forwarding(protocol: .https)) { running, target in
            let client = try await running.connect()
            try await client.send(ForwardTests.get)
            let connection = try await target.accept()
            await connection.sendIgnoringErrors(ByteBuffer(string: "I speak no TLS\r\n\r\n"))
            #expect(try await client.response().status == 500)
            try await Self.wait(running) {
                $0.failedHandshakes == 1 && $0.handshakes == 0 && $0.opened == 1 && $0.active == 0 && $0.errors == 0
            }
            await client.close()
        }
    }

    @Test func countersGoWithTheirGroup() async throws {
        var site = Site.forwarding(to: [1])
        var metrics = LoopMetrics()
        let group = try #require(site.snapshot.networkGroups.values.first)
        let tally = metrics.connections(to: group)
        tally.counters.active += 1
        #expect(metrics.connections(to: group) === tally)
        #expect(metrics.collect(site.snapshot).targetConnections.map(\.active) == [1])
        site.apply([.deleteTargetGroup(Site.id(1))])
        #expect(metrics.collect(site.snapshot).targetConnections.isEmpty)
    }

    @Test func loopsAreAddedByGroup() {
        func counters(_ id: String, _ number: Int) -> TargetConnectionCounters {
            var counters = TargetConnectionCounters(id: id)
            counters.http1 = UInt64(number)
            counters.http2 = UInt64(10 * number)
            counters.active = 100 * number
            return counters
        }
        let sums = TargetConnectionCounters.sums(of: [counters("b", 1), counters("a", 2), counters("b", 4)])
        #expect(sums.map(\.id) == ["a", "b"])
        #expect(sums.map(\.opened) == [22, 55])
        #expect(sums.map(\.active) == [200, 500])
    }
}
