import NIOCore
import NIOHTTP1
import NIOPosix
import Testing
import TrellisModel
import TrellisRouting

@testable import TrellisDataPlane

/// Requests by HTTP/1.1 to targets by HTTP/1.1, byte by byte.
@Suite(.timeLimit(.minutes(5))) struct ForwardTests {
    static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    static let get = "GET /a?b=c HTTP/1.1\r\nHost: shop.localhost\r\n\r\n"

    @Test func theTargetGetsTheRequestWithWhatLatticeSays() async throws {
        try await withTarget { running, target in
            let client = try await running.connect()
            try await client.send(
                "GET /a?b=c HTTP/1.1\r\nHost: shop.localhost\r\nX-Own: 1\r\nConnection: x-hop\r\nX-Hop: 2\r\n"
                    + "Keep-Alive: 5\r\nTE: gzip\r\nX-Forwarded-For: 9.9.9.9\r\nX-Amzn-Lattice-Identity: me\r\n\r\n")
            let connection = try await target.accept()
            let head = try await connection.text(through: "\r\n\r\n")
            #expect(head.hasPrefix("GET /a?b=c HTTP/1.1\r\n"))
            for line in [
                "Host: shop.localhost", "X-Own: 1", "x-forwarded-for: 9.9.9.9,127.0.0.1", "x-forwarded-port: 80",
                "x-forwarded-proto: http", "x-amzn-source-vpc: \(Site.vpc)",
            ] {
                #expect(head.contains("\r\n\(line)\r\n"))
            }
            for name in ["x-hop", "keep-alive", "te:", "connection", "identity"] {
                #expect(!head.lowercased().contains(name))
            }
            try await connection.send(
                "HTTP/1.1 201 Made\r\nContent-Length: 2\r\nX-Own: 3\r\nConnection: x-b\r\nX-B: 4\r\n\r\nok")
            let response = try await client.response()
            #expect(response.status == 201)
            #expect(response.body == "ok")
            #expect(response["x-own"] == "3")
            #expect(response["x-b"] == nil)
            #expect(response["date"] != nil)
            let entry = try await running.log.next()
            #expect(entry.targetIPPort == "127.0.0.1:\(target.port)")
            #expect(entry.destinationVPCID == Site.vpc)
            #expect(entry.responseCode == 201)
            #expect(response["x-amzn-requestid"] == entry.requestID)
            await client.close()
        }
    }

    @Test func connectionsOnBothSidesAreUsedAgain() async throws {
        try await withTarget { running, target in
            let client = try await running.connect()
            try await client.send(Self.get)
            let connection = try await target.accept()
            for index in 0..<5 {
                _ = try await connection.text(through: "\r\n\r\n")
                try await connection.send(Self.ok)
                #expect(try await client.response().body == "ok")
                if index < 4 { try await client.send(Self.get) }
            }
            await client.close()
        }
    }

    /// A target that says more than it was asked cannot answer the next request with it.
    @Test func whatFollowsAResponseAnswersNobody() async throws {
        try await withTarget { running, target in
            let client = try await running.connect()
            try await client.send(Self.get + Self.get)
            let first = try await target.accept()
            _ = try await first.text(through: "\r\n\r\n")
            try await first.send(Self.ok + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
            #expect(try await client.response().body == "ok")
            let second = try await target.accept()
            _ = try await second.text(through: "\r\n\r\n")
            try await second.send(Self.ok)
            #expect(try await client.response().body == "ok")
            #expect(await first.rest() == "")
            await client.close()
        }
    }

    @Test func aBodyGoesOnAsItComes() async throws {
        try await withTarget { running, target in
            let client = try await running.connect()
            try await client.send(
                "POST / HTTP/1.1\r\nHost: shop.localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
            let connection = try await target.accept()
            #expect(try await connection.text(through: "\r\n\r\n").contains("transfer-encoding: chunked"))
            #expect(try await connection.text(through: "abc\r\n") == "3\r\nabc\r\n")
            // The response may begin before the request ends, and both go on.
            try await connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n")
            #expect(try await client.text(through: "hi\r\n").contains("transfer-encoding: chunked"))
            try await client.send("1\r\nd\r\n0\r\nX-Sum: 7\r\nX-Amzn-Lattice-Identity: me\r\nHost: evil\r\n\r\n")
            #expect(try await connection.text(through: "\r\n\r\n") == "1\r\nd\r\n0\r\nX-Sum: 7\r\n\r\n")
            try await connection.send("0\r\nX-End: yes\r\n\r\n")
            #expect(try await client.text(through: "\r\n\r\n") == "0\r\nX-End: yes\r\n\r\n")
            try await client.send(Self.get)
            #expect(try await connection.text(through: "\r\n\r\n").hasPrefix("GET"))
            try await connection.send(Self.ok)
            #expect(try await client.response().body == "ok")
            await client.close()
        }
    }

    @Test func theTargetDecidesAboutExpectedBodies() async throws {
        try await withTarget { running, target in
            let client = try await running.connect()
            try await client.send(
                "PUT / HTTP/1.1\r\nHost: shop.localhost\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
            let connection = try await target.accept()
            #expect(try await connection.text(through: "\r\n\r\n").contains("expect: 100-continue"))
            try await connection.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
            let hints = try await client.text(through: "\r\n\r\n")
            #expect(hints.hasPrefix("HTTP/1.1 103 ") && hints.contains("\r\nLink: </a>\r\n"))
            #expect(try await client.text(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            try await client.send("abc")
            #expect(try await connection.text(length: 3) == "abc")
            try await connection.send(Self.ok)
            #expect(try await client.response().status == 200)
            await client.close()
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 204 No Content\r\n\r\n", "GET", 204, nil),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", "GET", 304, "7"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", "HEAD", 200, "7"),
    ])
    func responsesWithoutBody(answer: String, method: String, status: Int, length: String?) async throws {
        try await withTarget { running, target in
            let client = try await running.connect()
            try await client.send("\(method) / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n")
            let connection = try await target.accept()
            _ = try await connection.text(through: "\r\n\r\n")
            try await connection.send(answer)
            let response = try await client.response(hasBody: false)
            #expect(response.status == status)
            #expect(response["content-length"] == length)
            #expect(response["transfer-encoding"] == nil)
            try await client.send(Self.get)
            #expect(try await connection.text(through: "\r\n\r\n").hasPrefix("GET"))
            try await connection.send(Self.ok)
            #expect(try await client.response().body == "ok")
            await client.close()
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 abc\r\n\r\n", 502, FailureReason.targetProtocolError),
        ("SSH-2.0-nonsense\r\n", 502, .targetProtocolError),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 502, .targetProtocolError),
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", 502, .targetProtocolError),
        ("HTTP/1.1 777 Odd\r\nContent-Length: 0\r\n\r\n", 502, .targetProtocolError),
        ("HTTP/1.1 200 OK\r\nX: \(String(repeating: "x", count: 70_000))\r\n\r\n", 502, .targetProtocolError),
        ("", 502, .targetConnectionClosed),
        ("HTTP/1.1 200 O", 502, .targetConnectionClosed),
    ])
    func answersThatAreNone(answer: String, status: Int, reason: FailureReason) async throws {
        try await withTarget { running, target in
            let client = try await running.connect()
            try await client.send(Self.get)
            let connection = try await target.accept()
            _ = try await connection.text(through: "\r\n\r\n")
            await connection.sendIgnoringErrors(ByteBuffer(string: answer))
            await connection.close()
            let response = try await client.response()
            #expect(response.status == status)
            #expect(try await running.log.next().failureReason == reason)
            await client.close()
        }
    }

    @Test func anAnswerThatBreaksOffBreaksOffForTheClient() async throws {
        try await withTarget { running, target in
            let client = try await running.connect()
            try await client.send(Self.get)
            let connection = try await target.accept()
            _ = try await connection.text(through: "\r\n\r\n")
            try await connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
            _ = try await client.text(through: "abc\r\n")
            await connection.close()
            #expect(await client.rest() == "")
            let entry = try await running.log.next()
            #expect(entry.failureReason == .targetConnectionClosed)
            #expect(entry.responseCode == 200)
            await client.close()
        }
    }

    @Test func nobodyAtThePort() async throws {
        try await withTarget { running, target in
            await target.close()
            #expect(await RawClient.isRefused(at: target.port, group: running.group))
            let response = try await running.exchange(Self.get)
            #expect(response.status == 500)
            #expect(response.body == "target cannot be reached")
            #expect(try await running.log.next().failureReason == .targetConnectionError)
        }
    }

    @Test func noAnswerBeforeTheIdleTimeout() async throws {
        try await withTarget(idleTimeout: 1) { running, target in
            let client = try await running.connect()
            try await client.send(Self.get)
            let connection = try await target.accept()
            _ = try await connection.text(through: "\r\n\r\n")
            #expect(try await client.response().status == 504)
            #expect(try await running.log.next().failureReason == .targetDataTimeout)
            // Nobody wants the answer any more.
            #expect(await connection.rest() == "")
            await client.close()
        }
    }

    @Test func withoutTargetsThereIs503() async throws {
        try await withDataPlane(.forwarding(to: [])) { running in
            let client = try await running.connect()
            for _ in 0..<2 {
                try await client.send(Self.get)
                #expect(try await client.response().status == 503)
            }
            await client.close()
        }
    }

    @Test(arguments: [("GET", true), ("POST", false)])
    func aConnectionThatWasClosedWhileItWaited(method: String, isRepeated: Bool) async throws {
        try await withTarget { running, target in
            let client = try await running.connect()
            let request = "\(method) / HTTP/1.1\r\nHost: shop.localhost\r\nContent-Length: 0\r\n\r\n"
            try await client.send(request)
            let first = try await target.accept()
            _ = try await first.text(through: "\r\n\r\n")
            try await first.send(Self.ok)
            _ = try await client.response()
            // The request is on its way when the target closes.
            try await client.send(request)
            _ = try await first.text(through: "\r\n\r\n")
            await first.close()
            if isRepeated {
                let second = try await target.accept()
                #expect(try await second.text(through: "\r\n\r\n").hasPrefix(method))
                try await second.send(Self.ok)
                #expect(try await client.response().status == 200)
            } else {
                #expect(try await client.response().status == 502)
            }
            await client.close()
        }
    }

    @Test func aClientThatGoesTakesItsRequestAlong() async throws {
        try await withTarget { running, target in
            let client = try await running.connect()
            try await client.send("POST / HTTP/1.1\r\nHost: shop.localhost\r\nContent-Length: 9\r\n\r\nabc")
            let connection = try await target.accept()
            _ = try await connection.text(through: "abc")
            await client.close()
            #expect(await connection.rest() == "")
            #expect(try await running.log.next().failureReason == .clientConnectionClosed)
        }
    }

    @Test func aSlowReaderHoldsTheTargetBack() async throws {
        try await withTarget { running, target in
            let client = try await running.connect(receiveBuffer: 65_536)
            try await client.send(Self.get)
            let connection = try await target.accept()
            _ = try await connection.text(through: "\r\n\r\n")
            let size = 64 << 20
            try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")
            let isSent = connection.sendLater(ByteBuffer(repeating: 0x61, count: size))
            _ = try await client.text(through: "\r\n\r\n")
            // Nobody reads on; the data plane answers others meanwhile, and does not take what nobody fetches.
            for _ in 0..<20 { #expect(try await running.get(host: "nowhere").status == 404) }
            #expect(!isSent.value)
            #expect(try await client.skip(length: size))
            #expect(isSent.value)
            await client.close()
        }
    }
}

/// Runs a data plane with one target while `body` runs.
func withTarget(
    idleTimeout: Int = 60, loops: Int = 1, _ body: @Sendable (RunningDataPlane, TargetServer) async throws -> Void
) async throws {
    try await withTarget(.forwarding(idleTimeout: idleTimeout), loops: loops, body)
}

/// The same for a site that forwards to nobody yet.
func withTarget(
    _ site: Site, isRegistered: Bool = true, loops: Int = 1,
    _ body: @Sendable (RunningDataPlane, TargetServer) async throws -> Void
) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    do {
        let target = try await TargetServer(group: group)
        var site = site
        if isRegistered { site.apply([.putTarget(Site.address(port: target.port))]) }
        try await withDataPlane(site, loops: loops) { running in
            try await body(running, target)
        }
        await target.close()
    } catch {
        try await group.shutdownGracefully()
        throw error
    }
    try await group.shutdownGracefully()
}
