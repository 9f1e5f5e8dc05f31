import Testing
import TrellisInvoke
import TrellisModel
import TrellisRouting

@testable import TrellisDataPlane

@Suite(.timeLimit(.minutes(5))) struct DeregistrationTests {
    @Test(arguments: [
        [RecordChange.putTarget(Site.target("first", group: 1, draining: true))],
        [.deleteTarget(id: Site.functionARN("first"), targetGroup: Site.id(1))],
        [.putTarget(Site.target("first", group: 1, draining: true)), .putTarget(Site.target("second", group: 1))],
    ])
    func whatIsWithALostTargetFailsAtOnce(changes: [RecordChange]) async throws {
        let invoker = HeldInvoker()
        try await withDataPlane(invoker: invoker, loops: 2) { running in
            var site = Site()
            let clients = [try await running.connect(), try await running.connect(), try await running.connect()]
            for client in clients { try await client.send("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n") }
            let calls = [try await invoker.next(), try await invoker.next(), try await invoker.next()]
            site.apply(changes)
            await running.dataPlane.apply(site.snapshot)
            for client in clients {
                let response = try await client.response()
                #expect(response.status == 503)
                #expect(response.body == "target was deregistered")
                #expect(try await running.log.next().failureReason == .targetConnectionClosed)
            }
            for call in calls { call.answer(body: "late") }
            for client in clients { await client.close() }
        }
    }

    @Test func laterRequestsFailUntilThereIsATarget() async throws {
        try await withDataPlane { running in
            var site = Site()
            let client = try await running.connect()
            func status() async throws -> (Int, String) {
                try await client.send("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n")
                let response = try await client.response()
                return (response.status, response.body)
            }
            #expect(try await status() == (200, "first"))
            site.apply([.putTarget(Site.target("first", group: 1, draining: true))])
            await running.dataPlane.apply(site.snapshot)
            #expect(try await status() == (503, "no registered target"))
            site.apply([.putTarget(Site.target("second", group: 1))])
            await running.dataPlane.apply(site.snapshot)
            #expect(try await status() == (200, "second"))
            await client.close()
        }
    }

    @Test func anotherTargetsLossIsNoConcern() async throws {
        let invoker = HeldInvoker()
        try await withDataPlane(invoker: invoker) { running in
            var site = Site()
            site.apply([.putTargetGroup(Site.group(2)), .putTarget(Site.target("second", group: 2))])
            await running.dataPlane.apply(site.snapshot)
            let client = try await running.connect()
            try await client.send("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n")
            let call = try await invoker.next()
            site.apply([.putTarget(Site.target("second", group: 2, draining: true))])
            await running.dataPlane.apply(site.snapshot)
            call.answer(body: "unharmed")
            #expect(try await client.response().body == "unharmed")
            await client.close()
        }
    }

    @Test func switchingARuleToAnotherGroupLosesNothing() async throws {
        let invoker = HeldInvoker()
        try await withDataPlane(invoker: invoker) { running in
            var site = Site()
            let old = try await running.connect()
            let receiving = try await running.connect()
            try await old.send("GET /old HTTP/1.1\r\nHost: shop.localhost\r\n\r\n")
            try await receiving.send("POST /receiving HTTP/1.1\r\nHost: shop.localhost\r\nContent-Length: 3\r\n\r\na")
            let first = try await invoker.next()
            // An answer from the same connection's loop tells that the other head was seen, too.
            let marker = try await running.connect()
            try await marker.send("GET /marker HTTP/1.1\r\nHost: nowhere\r\n\r\n")
            #expect(try await marker.response().status == 404)

            site.apply([
                .putTargetGroup(Site.group(2)), .putTarget(Site.target("second", group: 2)),
                .putListener(Site.listener(1, of: 1, port: 80, action: Site.forward((2, 1)))),
            ])
            await running.dataPlane.apply(site.snapshot)
            try await marker.send("GET /new HTTP/1.1\r\nHost: shop.localhost\r\n\r\n")
            let second = try await invoker.next()
            #expect(first.invocation.function.name.rawValue == "first")
            #expect(second.invocation.function.name.rawValue == "second")
            try await receiving.send("bc")
            let third = try await invoker.next()
            #expect(third.invocation.event.contains(#""path":"/receiving""#))
            for call in [first, second, third] { call.answer(body: "done") }
            for client in [old, receiving, marker] {
                #expect(try await client.response().body == "done")
                await client.close()
            }
        }
    }
}
