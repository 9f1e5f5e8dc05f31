import Logging
import ServiceLifecycle
import SystemPackage
import Testing
import TrellisModel

@testable import TrellisAccessLog

@Suite(.timeLimit(.minutes(5))) struct DeliveryTests {
    private func delivery(
        _ writer: ScriptedWriter, _ configure: (inout AccessLogConfiguration) -> Void = { _ in }
    ) -> AccessLogDelivery {
        var configuration = AccessLogConfiguration(directory: "/nowhere")
        configuration.serverLog = .standardOutput
        configure(&configuration)
        return AccessLogDelivery(
            configuration: configuration, clock: SteppedClock(), random: ConstantRandom(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { _ in writer }
    }

    private func run(_ delivery: AccessLogDelivery, _ body: () async throws -> Void) async throws {
        let group = ServiceGroup(
            services: [delivery], gracefulShutdownSignals: [],
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await body()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test func aShutdownDeliversWhatIsLeft() async throws {
        let writer = ScriptedWriter(failures: [.unavailable("not yet")])
        let delivery = delivery(writer) { $0.serverInterval = .seconds(3600) }
        // The clock stands still: a later attempt comes when the clock says so, or at once when all is to end.
        try await run(delivery) { delivery.receive(chunk(1...3), from: .server) }
        #expect(writer.written == ["{\"n\":1}\n", "{\"n\":2}\n", "{\"n\":3}\n"])
        #expect(delivery.statuses.map(\.counts.delivered) == [3])
    }

    @Test func aShutdownDoesNotWaitForeverForADestinationThatIsDown() async throws {
        let writer = ScriptedWriter(failures: Array(repeating: .unavailable("down"), count: 1_000_000))
        let delivery = delivery(writer) {
            $0.shutdownLimit = .milliseconds(50)
            $0.attempts = 1_000_000
        }
        try await run(delivery) { delivery.receive(chunk(1...3), from: .server) }
        #expect(delivery.statuses.map(\.counts.dropped) == [3])
        #expect(delivery.statuses.map(\.pendingBytes) == [0])
    }
}
