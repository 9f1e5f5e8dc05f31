import NIOCore
import Testing
import TrellisInvoke
import TrellisModel

@testable import TrellisDataPlane

@Suite(.timeLimit(.minutes(5))) struct LimitTests {
    private static let limit = 6_291_456

    private func post(_ count: Int, chunked: Bool = false, type: String = "text/plain") -> ByteBuffer {
        var request = ByteBuffer(string: "POST / HTTP/1.1\r\nHost: shop.localhost\r\nContent-Type: \(type)\r\n")
        if chunked {
            request.writeString("Transfer-Encoding: chunked\r\n\r\n")
            var remaining = count
            while remaining > 0 {
                let size = min(remaining, 1_000_000)
                request.writeString("\(String(size, radix: 16))\r\n")
                request.writeRepeatingByte(UInt8(ascii: "a"), count: size)
                request.writeString("\r\n")
                remaining -= size
            }
            request.writeString("0\r\n\r\n")
        } else {
            request.writeString("Content-Length: \(count)\r\n\r\n")
            request.writeRepeatingByte(UInt8(ascii: "a"), count: count)
        }
        return request
    }

    @Test(arguments: [false, true]) func aBodyOfExactly6MiB(chunked: Bool) async throws {
        try await withDataPlane(Site(action: .fixedResponse(statusCode: 404))) { running in
            let client = try await running.connect()
            for _ in 1...2 {
                try await client.send(post(Self.limit, chunked: chunked))
                #expect(try await client.response().status == 404)
            }
            await client.close()
        }
    }

    @Test(arguments: [false, true]) func oneByteMore(chunked: Bool) async throws {
        try await withDataPlane { running in
            let client = try await running.connect()
            // The client sends it all, and still reads the answer.
            await client.sendIgnoringErrors(post(Self.limit + 1, chunked: chunked))
            let response = try await client.response()
            #expect(response.status == 413)
            #expect(response.body == "request body is larger than 6 MB")
            #expect(response["connection"] == "close")
            #expect(await client.rest() == "")
            await client.close()
        }
    }

    @Test func aTooLongBodyIsRefusedBeforeItComes() async throws {
        try await withDataPlane { running in
            let response = try await running.exchange(
                "POST / HTTP/1.1\r\nHost: shop.localhost\r\nContent-Length: 1000000000000\r\n\r\n")
            #expect(response.status == 413)
        }
    }

    /// What does not fit into memory together is refused, and fits when the others have gone.
    @Test func bodiesAreBoundedTogether() async throws {
        var configuration = DataPlaneConfiguration.onFreePorts
        configuration.limits.collectedBodyBytes = 1000
        let invoker = HeldInvoker()
        try await withDataPlane(invoker: invoker, configuration: configuration) { running in
            let first = try await running.connect()
            try await first.send(post(600))
            let held = try await invoker.next()
            let second = try await running.connect()
            try await second.send(post(401))
            let refused = try await second.response()
            #expect(refused.status == 503)
            #expect(refused.body == "too many request bodies")
            #expect(refused["connection"] == "close")
            #expect(try await running.log.next().failureReason == .internalError)
            let third = try await running.connect()
            try await third.send(post(400))
            try await invoker.next().answer(body: "third")
            #expect(try await third.response().body == "third")

            // The function has the body until it answers.
            try await third.send(post(401))
            #expect(try await third.response().status == 503)
            held.answer(body: "first")
            #expect(try await first.response().body == "first")
            let fourth = try await running.connect()
            try await fourth.send(post(1000))
            try await invoker.next().answer(body: "fourth")
            #expect(try await fourth.response().body == "fourth")
            for client in [first, second, third, fourth] { await client.close() }
        }
    }

    @Test(arguments: [1, 3]) func requestsToAServiceAreCounted(loops: Int) async throws {
        var configuration = DataPlaneConfiguration.onFreePorts
        // Few, so that twenty are too many also where they take long.
        configuration.limits.requestsPerSecond = 1
        try await withDataPlane(loops: loops, configuration: configuration) { running in
            var statuses: [Int] = []
            for _ in 1...20 { statuses.append(try await running.get().status) }
            #expect(statuses.first == 200)
            #expect(statuses.contains(429))
            // Another host has nothing to do with it.
            #expect(try await running.get(host: "nobody").status == 404)
            var refused: RawClient.Response?
            while refused?.status != 429 { refused = try await running.get() }
            #expect(refused?.body == "too many requests")
            #expect(refused?["connection"] == nil)
            #expect(running.log.entries.last?.failureReason == .clientRateLimited)
        }
    }

    @Test func anEventOfExactly6MiB() async throws {
        let invoker = ImmediateInvoker()
        try await withDataPlane(invoker: invoker) { running in
            let client = try await running.connect()
            try await client.send(post(1_000_000))
            #expect(try await client.response().status == 200)
            // The frame is the same but for one digit of the length, which both have seven of.
            let frame = try #require(invoker.invocations.first).payload.readableBytes - 1_000_000
            try await client.send(post(Self.limit - frame))
            #expect(try await client.response().status == 200)
            #expect(invoker.invocations.last?.payload.readableBytes == Self.limit)
            try await client.send(post(Self.limit - frame + 1))
            let refused = try await client.response()
            #expect(refused.status == 413)
            #expect(refused.body == "request is larger than 6 MB as an event")
            // All of it was read, so the connection goes on.
            try await client.send(post(5_000_000, type: "application/octet-stream"))
            #expect(try await client.response().status == 413)
            try await client.send(post(10))
            #expect(try await client.response().status == 200)
            await client.close()
        }
    }

    @Test func aLargeAnswer() async throws {
        let body = String(repeating: "0123456789abcdef", count: 390_000)
        let invoker = ImmediateInvoker { _ in .json(#"{"statusCode":200,"body":"\#(body)"}"#) }
        try await withDataPlane(invoker: invoker) { running in
            let client = try await running.connect()
            try await client.send(
                String(repeating: "GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n", count: 4))
            for _ in 1...4 { #expect(try await client.response().body == body) }
            await client.close()
        }
    }

    /// Closing must not cut off what the client has not read yet.
    @Test(arguments: [("Connection: close\r\n", false), ("", true)])
    func aLargeLastAnswer(header: String, finishesSending: Bool) async throws {
        let body = String(repeating: "0123456789abcdef", count: 390_000)
        let invoker = ImmediateInvoker { _ in .json(#"{"statusCode":200,"body":"\#(body)"}"#) }
        try await withDataPlane(invoker: invoker) { running in
            let client = try await running.connect(receiveBuffer: 4096)
            try await client.send("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\(header)\r\n")
            if finishesSending { try await client.finishSending() }
            // The server has handed everything to the socket, which has taken a part only.
            #expect(try await running.log.next().responseCode == 200)
            #expect(try await client.response().body == body)
            #expect(await client.rest() == "")
            await client.close()
        }
    }

    @Test func oneConnectionTooMany() async throws {
        var configuration = DataPlaneConfiguration.onFreePorts
        configuration.limits.connections = 2
        try await withDataPlane(configuration: configuration) { running in
            func request(_ client: RawClient) async throws -> RawClient.Response {
                try await client.send("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n")
                return try await client.response()
            }
            let first = try await running.connect()
            let second = try await running.connect()
            #expect(try await request(first).status == 200)
            #expect(try await request(second).status == 200)
            let third = try await running.connect()
            let refused = try await third.response()
            #expect(refused.status == 503)
            #expect(refused.body == "too many connections")
            #expect(refused["connection"] == "close")
            #expect(await third.rest() == "")
            await third.close()
            #expect(try await request(first).status == 200)

            // Room is made when a connection has gone, which the server sees a little after the client.
            await second.close()
            while true {
                let next = try await running.connect()
                try? await next.send("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n")
                let status = try? await next.response().status
                await next.close()
                if status == 200 { break }
            }
            await first.close()
        }
    }

    @Test func refusalsAreBoundedToo() async throws {
        var configuration = DataPlaneConfiguration.onFreePorts
        configuration.limits.connections = 0
        configuration.limits.refusedConnections = 1
        configuration.times.linger = .hours(1)
        configuration.times.drain = .milliseconds(10)
        try await withDataPlane(configuration: configuration) { running in
            let first = try await running.connect()
            #expect(try await first.response().status == 503)
            let second = try await running.connect()
            #expect(await second.rest() == "")
            await first.close()
            await second.close()
        }
    }
}
