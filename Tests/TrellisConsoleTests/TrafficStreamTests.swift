import NIOCore
import Synchronization
import Testing
import TrellisAPI
import TrellisModel
import TrellisTraffic

@testable import TrellisConsole

@Suite(.timeLimit(.minutes(1))) struct TrafficStreamTests {
    private struct ClientGone: Error {}

    /// What a client has received.
    private final class Written: Sendable {
        private let stored = Mutex<[String]>([])

        var parts: [String] { stored.withLock { $0 } }

        /// - Returns: How many parts there are now.
        func add(_ part: String) -> Int {
            stored.withLock { parts in
                parts.append(part)
                return parts.count
            }
        }
    }

    private func monitor(_ slice: TrafficSlice = TrafficSlice()) -> TrafficMonitor {
        TrafficMonitor(
            source: StandingTraffic(slice: slice), journal: RequestJournal(), clock: StandingClock())
    }

    /// Lets seconds pass while the stream runs, until so many parts were written.
    private func parts(_ count: Int, of response: APIResponse, _ monitor: TrafficMonitor) async throws -> [String] {
        let stream = try #require(response.stream)
        let written = Written()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await stream { part in
                        if written.add(String(buffer: part)) >= count { throw ClientGone() }
                    }
                } catch is ClientGone {}
            }
            group.addTask {
                while written.parts.count < count {
                    await monitor.tick()
                    await Task.yield()
                }
            }
            try await group.waitForAll()
        }
        return written.parts
    }

    @Test func everySecondTheNumbersOfTheEdgesCome() async throws {
        var slice = TrafficSlice()
        slice.paths[shopPath()] = trafficCounts(4)
        let monitor = monitor(slice)
        let response = EventStream.response(monitor) { TrafficPages.rates(await monitor.edges(of: trafficID(1))) }
        #expect(response.headers.contains { $0 == ("content-type", "text/event-stream") })
        let parts = try await parts(4, of: response, monitor)
        #expect(parts.first == "retry: 2000\n\n")
        let last = try #require(parts.last)
        #expect(last.hasPrefix("data: {\"rates\":{") && last.hasSuffix("}\n\n"))
        let data = try JSONValue(parsing: last.dropFirst(6).utf8)
        #expect(
            data["rates"]?["rule-00000000000000001/tg-00000000000000001"]
                == .array([.string("4/s · 4 ms"), .string("busy")]))
        #expect(data["rates"]?["vpc/vpc-1"] != nil)
    }

    @Test func theListGetsEachRequestOnce() async throws {
        let monitor = monitor()
        monitor.journal.add(trafficRecord(1))
        let pages = RequestPages(monitor: monitor)
        let route = try #require(pages.routes.first { $0.path.match(["console", "requests", "events"]) != nil })
        let query = try #require(QueryItems("after=0"))
        let session = ConsoleSession(id: "s", csrfToken: "t")
        guard
            case .response(let response) = try await route.handle(
                PageRequest(path: "/console/requests/events", query: query, session: session))
        else {
            Issue.record("no stream")
            return
        }
        let parts = try await parts(4, of: response, monitor)
        let rows = parts.dropFirst().map { $0.hasPrefix("data: ") ? 1 : 0 }
        #expect(rows == [1, 0, 0])
        #expect(parts.dropFirst(2).allSatisfy { $0 == ":\n\n" })
    }

    @Test func aStreamThatEndsMakesRoomForAnother() async throws {
        let monitor = monitor()
        for _ in 0..<(TrafficMonitor.streamLimit * 2) {
            let response = EventStream.response(monitor) { nil }
            #expect(response.status == 200)
            _ = try await parts(1, of: response, monitor)
        }
    }

    @Test func thereAreNotMoreStreamsThanThereIsRoomFor() {
        let monitor = monitor()
        let responses = (0...TrafficMonitor.streamLimit).map { _ in EventStream.response(monitor) { nil } }
        #expect(responses.map(\.status).filter { $0 == 503 }.count == 1)
    }
}
