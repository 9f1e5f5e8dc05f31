import NIOCore
import NIOEmbedded
import Testing
import TrellisInvoke
import TrellisModel

@testable import TrellisDataPlane

/// The time limits of a connection, on a clock that only the test moves.
@Suite struct TimeTests {
    // MARK: Waiting for the function

    @Test(arguments: [60, 75, 500])
    func noAnswerBeforeTheServicesIdleTimeout(seconds: Int) throws {
        let connection = try EmbeddedConnection(Site(idleTimeout: seconds))
        connection.get()
        connection.advance(.seconds(Int64(seconds)) - .milliseconds(1))
        #expect(connection.status() == nil)
        connection.advance(.milliseconds(1))
        #expect(connection.status() == 504)
        #expect(connection.log.entries.map(\.failureReason) == [.targetDataTimeout])
        // The late answer is nobody's; the connection goes on.
        connection.invoker.answer(0, body: "late")
        #expect(connection.received() == "")
        connection.get()
        connection.invoker.answer(1, body: "second")
        #expect(connection.received().hasSuffix("\r\n\r\nsecond"))
        #expect(!connection.isClosed)
    }

    @Test func everyRequestHasItsOwnTime() throws {
        let connection = try EmbeddedConnection()
        for index in 0..<5 {
            connection.get()
            connection.advance(.seconds(59))
            connection.invoker.answer(index)
            #expect(connection.status() == 200)
        }
        // Pipelined requests too: the second begins when the first is answered.
        connection.send(String(repeating: "GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n", count: 2))
        connection.advance(.seconds(59))
        connection.invoker.answer(5)
        #expect(connection.status() == 200)
        connection.advance(.seconds(59))
        #expect(connection.status() == nil)
        connection.advance(.seconds(1))
        #expect(connection.status() == 504)
    }

    // MARK: Waiting for the client

    @Test func aConnectionWithoutARequestIsClosedWithoutAnAnswer() throws {
        let connection = try EmbeddedConnection { $0.times.idle = .seconds(60) }
        connection.advance(.milliseconds(59_999))
        #expect(!connection.isClosed)
        connection.advance(.milliseconds(1))
        #expect(connection.isClosed)
        #expect(connection.received() == "")
    }

    @Test func betweenRequestsTheServicesIdleTimeoutCounts() throws {
        let connection = try EmbeddedConnection(Site(action: .fixedResponse(statusCode: 404), idleTimeout: 120))
        connection.advance(.seconds(30))
        connection.get()
        #expect(connection.status() == 404)
        connection.advance(.milliseconds(119_999))
        #expect(!connection.isClosed)
        connection.advance(.milliseconds(1))
        #expect(connection.isClosed)
    }

    @Test func aHeadMustBeCompleteInTime() throws {
        let connection = try EmbeddedConnection { $0.times.head = .seconds(5) }
        connection.advance(.seconds(20))
        connection.send("GET / HTT")
        for byte in ["P", "/", "1", ".", "1"] {
            connection.advance(.milliseconds(990))
            connection.send(byte)
        }
        #expect(connection.received() == "")
        connection.advance(.milliseconds(50))
        let response = connection.received()
        #expect(response.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(response.hasSuffix("request head was not complete in time"))
        #expect(connection.hasFinishedSending)
        connection.advance(.seconds(5))
        #expect(connection.isClosed)
    }

    @Test func aBodyThatStopsComingClosesTheConnection() throws {
        let connection = try EmbeddedConnection()
        connection.send("POST / HTTP/1.1\r\nHost: shop.localhost\r\nContent-Length: 50000\r\n\r\na")
        connection.advance(.seconds(59))
        connection.send(String(repeating: "b", count: 20_000))
        connection.advance(.seconds(59))
        #expect(!connection.isClosed)
        connection.advance(.seconds(1))
        #expect(connection.isClosed)
        #expect(connection.received() == "")
        #expect(connection.invoker.invocations.isEmpty)
        #expect(connection.log.entries.map(\.failureReason) == [.clientConnectionClosed])
        #expect(connection.log.entries.map(\.responseCode) == [0])
    }

    /// Each byte is in time for the idle timeout; all of them together are not worth the wait.
    @Test func aBodyThatComesTooSlowlyClosesTheConnection() throws {
        let connection = try EmbeddedConnection()
        connection.send("POST / HTTP/1.1\r\nHost: shop.localhost\r\nContent-Length: 1000\r\n\r\n")
        for _ in 1...6 {
            #expect(!connection.isClosed)
            connection.advance(.milliseconds(9_999))
            connection.send("a")
        }
        connection.advance(.milliseconds(100))
        #expect(connection.isClosed)
        #expect(connection.log.entries.map(\.failureReason) == [.clientConnectionClosed])
    }

    // MARK: The life of a connection

    @Test func aBodyTrickleEndsWithTheLifeOfTheConnection() throws {
        let connection = try EmbeddedConnection()
        connection.send("POST / HTTP/1.1\r\nHost: shop.localhost\r\nContent-Length: 1000000\r\n\r\n")
        for _ in 1...19 {
            connection.advance(.seconds(30))
            connection.send(String(repeating: "a", count: 8_000))
        }
        #expect(!connection.isClosed)
        connection.advance(.seconds(30))
        #expect(connection.isClosed)
        #expect(connection.log.entries.map(\.failureReason) == [.connectionDurationExceeded])
    }

    @Test func anAnswerAfterTheEndOfLifeIsTheLast() throws {
        let connection = try EmbeddedConnection(Site(idleTimeout: 60))
        for index in 0..<14 {
            connection.advance(.seconds(41))
            connection.get()
            connection.invoker.answer(index)
        }
        #expect(!connection.received().contains("connection: close"))
        connection.get()
        connection.advance(.seconds(30))
        #expect(!connection.isClosed)
        connection.invoker.answer(14)
        #expect(connection.received().contains("\r\nconnection: close\r\n"))
        #expect(connection.hasFinishedSending)
    }

    /// A client that asks all the time is told in time, and loses no request.
    @Test func theLastAnswerBeforeTheEndOfLifeSaysSo() throws {
        let connection = try EmbeddedConnection(Site(action: .fixedResponse(statusCode: 404))) {
            $0.times.connectionLife = .seconds(30)
            $0.times.lastRequests = .seconds(10)
        }
        connection.advance(.milliseconds(19_999))
        connection.get()
        #expect(!connection.received().contains("connection: close"))
        connection.advance(.milliseconds(1))
        connection.get()
        #expect(connection.received().contains("\r\nconnection: close\r\n"))
        #expect(connection.hasFinishedSending)
        #expect(connection.log.entries.map(\.failureReason) == [nil, nil])
    }

    @Test func anIdleConnectionIsClosedAtTheEndOfItsLife() throws {
        let connection = try EmbeddedConnection {
            $0.times.connectionLife = .seconds(30)
        }
        connection.advance(.milliseconds(29_999))
        #expect(!connection.isClosed)
        connection.advance(.milliseconds(1))
        #expect(connection.isClosed)
        #expect(connection.log.entries.isEmpty)
    }

    // MARK: The end

    @Test func aClientThatDoesNotCloseIsClosed() throws {
        let connection = try EmbeddedConnection { $0.times.linger = .seconds(2) }
        connection.send("nonsense\r\n\r\n")
        #expect(connection.status() == 400)
        #expect(connection.hasFinishedSending)
        for _ in 1...4 {
            #expect(!connection.isClosed)
            connection.advance(.milliseconds(500))
            connection.send("more nonsense")
        }
        #expect(connection.isClosed)
    }

    @Test func onlySoMuchIsThrownAway() throws {
        let connection = try EmbeddedConnection { $0.limits.lingerBytes = 1000 }
        connection.send("nonsense\r\n\r\n")
        connection.send(String(repeating: "a", count: 1000))
        #expect(!connection.isClosed)
        connection.send("a")
        #expect(connection.isClosed)
    }

    @Test func aClientThatGoesAwayIsForgotten() throws {
        let connection = try EmbeddedConnection()
        connection.get()
        connection.advance(.milliseconds(40))
        _ = try connection.channel.finish(acceptAlreadyClosed: true)
        connection.invoker.answer(0)
        let entry = try #require(connection.log.entries.first)
        #expect(connection.log.entries.count == 1)
        #expect(entry.failureReason == .clientConnectionClosed)
        #expect(entry.responseCode == 0)
        #expect(entry.duration == 40)
    }

    @Test func aClientThatDoesNotReadGetsNoFurtherAnswer() throws {
        let connection = try EmbeddedConnection(Site(action: .fixedResponse(statusCode: 404)))
        connection.channel.isWritable = false
        connection.send(String(repeating: "GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n", count: 3))
        #expect(connection.status() == 404)
        #expect(connection.received() == "")
        connection.channel.isWritable = true
        connection.channel.pipeline.fireChannelWritabilityChanged()
        #expect(connection.received().split(separator: "HTTP/1.1").count == 2)
        #expect(connection.state.eventLoop.now == .uptimeNanoseconds(0))
    }

    @Test func theAccessLogHasTheTimes() throws {
        let connection = try EmbeddedConnection()
        connection.send("POST /a?b HTTP/1.1\r\nHost: shop.localhost\r\nUser-Agent: test\r\nContent-Length: 3\r\n\r\na")
        connection.advance(.milliseconds(20))
        connection.send("bc")
        connection.advance(.milliseconds(300))
        connection.invoker.answer(0)
        let response = connection.received()
        let entry = try #require(connection.log.entries.first)
        #expect(entry.duration == 320)
        #expect(entry.requestToTargetDuration == 20)
        #expect(entry.responseFromTargetDuration == 0)
        #expect(entry.startTime == FixedClock.time)
        #expect(entry.serviceARN == "arn:aws:vpc-lattice:us-east-1:123456789012:service/svc-00000000000000001")
        #expect(
            entry.serviceNetworkARN == "arn:aws:vpc-lattice:us-east-1:123456789012:servicenetwork/sn-00000000000000001")
        #expect(entry.targetGroupARN == "arn:aws:vpc-lattice:us-east-1:123456789012:targetgroup/tg-00000000000000001")
        #expect(entry.sourceVPCARN == "arn:aws:ec2:us-east-1:123456789012:vpc/\(Site.vpc)")
        #expect(entry.sourceVPCID == Site.vpc)
        #expect(entry.sourceIPPort == "127.0.0.1:40000")
        #expect(entry.failureReason == nil)
        #expect(entry.requestMethod == "POST")
        #expect(entry.requestPath == "/a")
        #expect(entry.protocol == "HTTP/1.1")
        #expect(entry.responseCode == 200)
        #expect(
            entry.bytesReceived == "POST /a?b HTTP/1.1Host: shop.localhostUser-Agent: testContent-Length: 3".utf8.count
                + 13)
        #expect(entry.bytesSent == response.utf8.count)
        #expect(response.contains("x-amzn-requestid: \(entry.requestID)\r\n"))
        #expect(entry.userAgent == "test")
        #expect(entry.hostHeader == "shop.localhost")
    }

    // MARK: Where the client is

    @Test(arguments: [
        ("127.0.0.1", true, "127.0.0.1"), ("::1", true, "::1"), ("::ffff:127.0.0.1", true, "127.0.0.1"),
        ("10.0.0.7", false, "10.0.0.7"), ("fd00::7", false, "fd00::7"), ("::ffff:10.0.0.7", false, "10.0.0.7"),
    ])
    func theReasonIsForLoopbackClients(address: String, isShown: Bool, forwarded: String) throws {
        let connection = try EmbeddedConnection(from: address)
        connection.send("GET / HTTP/1.1\r\nHost: nowhere\r\n\r\n")
        #expect(connection.received().contains("x-trellis-reason: unknown host\r\n") == isShown)
        connection.get()
        connection.invoker.answer(0, .json("[]"))
        #expect(connection.received().contains("x-trellis-reason") == isShown)
        let event = try #require(connection.invoker.invocations.first).event
        #expect(event.contains(#""x-forwarded-for":["\#(forwarded)"]"#))
    }
}
