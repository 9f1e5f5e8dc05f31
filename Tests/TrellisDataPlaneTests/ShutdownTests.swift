import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing
import TrellisInvoke

@testable import TrellisDataPlane

@Suite(.timeLimit(.minutes(5))) struct ShutdownTests {
    private struct Running {
        var dataPlane: DataPlane
        var services: ServiceGroup
        var group: MultiThreadedEventLoopGroup
        var port: Int
    }

    private func start(_ invoker: any FunctionInvoker, drain: TimeAmount) async throws -> Running {
        var configuration = DataPlaneConfiguration.onFreePorts
        configuration.times.drain = drain
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let dataPlane = DataPlane(
            configuration: configuration, invoker: invoker, eventLoopGroup: group, clock: FixedClock(),
            makeRandom: { SeededRandom() }, logger: .silent)
        await dataPlane.apply(Site().snapshot)
        let port = try #require(await dataPlane.listenerStatuses().first?.boundPort)
        let services = ServiceGroup(services: [dataPlane], gracefulShutdownSignals: [], logger: .silent)
        return Running(dataPlane: dataPlane, services: services, group: group, port: port)
    }

    @Test func whatIsInFlightIsFinished() async throws {
        let invoker = HeldInvoker()
        let running = try await start(invoker, drain: .minutes(1))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await running.services.run() }
            let idle = try await RawClient.connect(port: running.port, group: .singletonMultiThreadedEventLoopGroup)
            let busy = try await RawClient.connect(port: running.port, group: .singletonMultiThreadedEventLoopGroup)
            let sending = try await RawClient.connect(port: running.port, group: .singletonMultiThreadedEventLoopGroup)
            try await idle.send("GET / HTTP/1.1\r\nHost: nowhere\r\n\r\n")
            #expect(try await idle.response().status == 404)
            try await sending.send(
                "POST / HTTP/1.1\r\nHost: shop.localhost\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
            #expect(try await sending.response(hasBody: false).status == 100)
            try await busy.send("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n")
            let call = try await invoker.next()

            await running.services.triggerGracefulShutdown()
            #expect(await idle.rest() == "")
            #expect(await RawClient.isRefused(at: running.port, group: .singletonMultiThreadedEventLoopGroup))
            call.answer(body: "finished")
            let response = try await busy.response()
            #expect(response.body == "finished")
            #expect(response["connection"] == "close")
            try await sending.send("abc")
            try await invoker.next().answer(body: "finished, too")
            #expect(try await sending.response().body == "finished, too")
            for client in [idle, busy, sending] { await client.close() }
            try await tasks.waitForAll()
        }
        try await running.group.shutdownGracefully()
    }

    @Test func theDrainLimitEndsTheRest() async throws {
        let invoker = HeldInvoker()
        let running = try await start(invoker, drain: .milliseconds(50))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await running.services.run() }
            let client = try await RawClient.connect(port: running.port, group: .singletonMultiThreadedEventLoopGroup)
            try await client.send("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n")
            _ = try await invoker.next()
            await running.services.triggerGracefulShutdown()
            #expect(await client.rest() == "")
            await client.close()
            try await tasks.waitForAll()
        }
        try await running.group.shutdownGracefully()
    }

    @Test func cancellationDoesNotWait() async throws {
        let invoker = HeldInvoker()
        let running = try await start(invoker, drain: .hours(1))
        await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await running.dataPlane.run() }
            do {
                let client = try await RawClient.connect(
                    port: running.port, group: .singletonMultiThreadedEventLoopGroup)
                try await client.send("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n")
                _ = try await invoker.next()
                tasks.cancelAll()
                #expect(await client.rest() == "")
                await client.close()
            } catch {
                Issue.record(error)
                tasks.cancelAll()
            }
            await #expect(throws: CancellationError.self) { try await tasks.waitForAll() }
        }
        try await running.group.shutdownGracefully()
    }

    @Test func nothingIsBoundAfterTheEnd() async throws {
        let running = try await start(ImmediateInvoker(), drain: .seconds(1))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await running.services.run() }
            await running.services.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        await running.dataPlane.apply(Site().snapshot)
        #expect(await running.dataPlane.listenerStatuses().isEmpty)
        try await running.group.shutdownGracefully()
    }
}

extension EventLoopGroup where Self == MultiThreadedEventLoopGroup {
    static var singletonMultiThreadedEventLoopGroup: MultiThreadedEventLoopGroup { .singleton }
}
