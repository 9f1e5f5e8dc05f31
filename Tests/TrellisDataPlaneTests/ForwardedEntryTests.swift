import NIOCore
import Testing
import TrellisModel
import TrellisRouting

@testable import TrellisDataPlane

/// What the access log says about a request to an IP target, for everything that can become of it.
@Suite(.timeLimit(.minutes(2))) struct ForwardedEntryTests {
    enum Outcome: Sendable {
        case answered, refused, closed, brokenOff, noHTTP, silent, clientGone, noTarget, otherProtocol
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var outcome: Outcome
        var status: Int
        var reason: FailureReason?
        /// Whether the target had the request.
        var isReached = true

        var testDescription: String { "\(outcome)" }
    }

    static let request =
        "POST /a?b=c HTTP/1.1\r\nHost: shop.localhost\r\nUser-Agent: test\r\nContent-Length: 4\r\n\r\nabc"

    @Test(arguments: [
        Row(outcome: .answered, status: 200),
        Row(outcome: .refused, status: 500, reason: .targetConnectionError, isReached: false),
        Row(outcome: .closed, status: 502, reason: .targetConnectionClosed),
        Row(outcome: .brokenOff, status: 200, reason: .targetConnectionClosed),
        Row(outcome: .noHTTP, status: 502, reason: .targetProtocolError),
        Row(outcome: .silent, status: 504, reason: .targetDataTimeout),
        Row(outcome: .clientGone, status: 400, reason: .clientConnectionClosed),
        Row(outcome: .noTarget, status: 503, reason: .targetConnectionError, isReached: false),
        Row(outcome: .otherProtocol, status: 502, reason: .targetProtocolError, isReached: false),
    ])
    func everyField(row: Row) async throws {
        let version = row.outcome == .otherProtocol ? TargetGroupProtocolVersion.http2 : .http1
        let site = Site.forwarding(version: version, idleTimeout: row.outcome == .silent ? 1 : 60)
        try await withTarget(site, isRegistered: row.outcome != .noTarget) { running, target in
            if row.outcome == .refused {
                await target.close()
                #expect(await RawClient.isRefused(at: target.port, group: running.group))
            }
            let client = try await running.connect()
            // A client that has sent everything may still want the answer.
            let request = row.outcome == .clientGone ? Self.request : Self.request + "d"
            try await client.send(request)
            let connection = row.isReached ? try await target.accept() : nil
            if let connection {
                _ = try await connection.text(through: row.outcome == .clientGone ? "abc" : "abcd")
                try await play(row.outcome, connection)
            }
            if row.outcome == .clientGone {
                await client.close()
            } else if row.outcome == .brokenOff {
                _ = await client.rest()
            } else {
                #expect(try await client.response().status == row.status)
            }
            let entry = try await running.log.next()
            #expect(entry.responseCode == row.status)
            #expect(entry.failureReason == row.reason)
            #expect(entry.targetIPPort == (row.isReached ? "127.0.0.1:\(target.port)" : nil))
            #expect(entry.bytesSent > 0)
            #expect(entry.bytesReceived <= request.utf8.count)
            if row.isReached { #expect(entry.bytesReceived == request.utf8.count) }
            if !row.isReached { #expect(entry.requestToTargetDuration == 0 && entry.responseFromTargetDuration == 0) }
            #expect(entry.requestToTargetDuration <= entry.duration)
            #expect(entry.responseFromTargetDuration <= entry.duration)
            #expect(entry.destinationVPCID == Site.vpc && entry.sourceVPCID == Site.vpc)
            #expect(entry.sourceVPCARN?.hasSuffix(Site.vpc) == true)
            #expect(entry.targetGroupARN?.hasSuffix("targetgroup/\(Site.id(1) as TargetGroupID)") == true)
            #expect(entry.serviceARN?.contains(":service/svc-") == true)
            #expect(entry.serviceNetworkARN?.contains(":servicenetwork/sn-") == true)
            #expect(entry.sourceIPPort?.hasPrefix("127.0.0.1:") == true)
            #expect(entry.requestMethod == "POST" && entry.requestPath == "/a" && entry.protocol == "HTTP/1.1")
            #expect(entry.userAgent == "test" && entry.hostHeader == Site.host && !entry.requestID.isEmpty)
            #expect(entry.grpcResponseCode == nil && entry.serverNameIndication == nil)
            #expect(entry.sslCipher == nil && entry.tlsVersion == nil)
            #expect(entry.resolvedUser == nil && entry.authDeniedReason == nil && entry.callerPrincipal == nil)
            await client.close()
            await connection?.close()
        }
    }

    private func play(_ outcome: Outcome, _ connection: RawClient) async throws {
        switch outcome {
        case .answered: try await connection.send(ForwardTests.ok)
        case .closed: await connection.close()
        case .brokenOff:
            try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
            await connection.close()
        case .noHTTP: await connection.sendIgnoringErrors(ByteBuffer(string: "SSH-2.0-nonsense\r\n"))
        case .refused, .silent, .clientGone, .noTarget, .otherProtocol: break
        }
    }
}
