import NIOHTTP1
import Testing
import TrellisModel

@testable import TrellisDataPlane

/// What is decided about a forwarded request without any socket.
@Suite struct ForwardDecisionTests {
    @Test(arguments: [
        ("HTTP/1.1", "GET", 200, ["content-length": "3"], ForwardedFraming.length),
        ("HTTP/1.1", "GET", 200, ["transfer-encoding": "chunked"], .chunked),
        ("HTTP/1.1", "GET", 200, [:], .chunked),
        ("HTTP/1.1", "GET", 200, ["content-length": "3", "transfer-encoding": "chunked"], .chunked),
        ("HTTP/1.0", "GET", 200, ["content-length": "3"], .length),
        ("HTTP/1.0", "GET", 200, ["transfer-encoding": "chunked"], .untilClose),
        ("HTTP/1.0", "GET", 200, [:], .untilClose),
        ("HTTP/1.1", "HEAD", 200, ["content-length": "3"], ForwardedFraming.none),
        ("HTTP/1.1", "HEAD", 200, ["transfer-encoding": "chunked"], ForwardedFraming.none),
        ("HTTP/1.1", "GET", 204, [:], ForwardedFraming.none),
        ("HTTP/1.1", "GET", 304, ["content-length": "3"], ForwardedFraming.none),
        ("HTTP/2", "GET", 200, ["content-length": "3"], .frames),
        ("HTTP/2", "HEAD", 200, [:], ForwardedFraming.none),
    ])
    func howTheClientLearnsOfTheEnd(
        version: String, method: String, status: Int, headers: [String: String], expected: ForwardedFraming
    ) {
        let versions: [String: HTTPVersion] = ["HTTP/1.0": .http1_0, "HTTP/1.1": .http1_1, "HTTP/2": .http2]
        let framing = ForwardedFraming(
            client: versions[version] ?? .http1_1, method: HTTPMethod(rawValue: method), status: status,
            headers: HTTPHeaders(headers.map { ($0.key, $0.value) }))
        #expect(framing == expected)
    }

    @Test(arguments: [
        (TargetGroupProtocolVersion.http1, ClientProtocol.http1, "GET", true), (.http1, .http2, "GET", true),
        (.http1, .grpc, "POST", false), (.http2, .http1, "GET", false), (.http2, .http2, "GET", true),
        (.http2, .grpc, "POST", true), (.grpc, .http1, "POST", false), (.grpc, .http2, "POST", true),
        (.grpc, .http2, "GET", false), (.grpc, .grpc, "POST", true),
    ])
    func protocolMatrix(
        version: TargetGroupProtocolVersion, client: ClientProtocol, method: String, isServed: Bool
    ) {
        var config = TargetGroupConfig(
            port: 80, protocol: .http, protocolVersion: version, ipAddressType: .ipv4, vpc: "vpc-01234567",
            healthCheck: nil)
        #expect(config.serves(client, HTTPMethod(rawValue: method)) == isServed)
        config.protocol = .tcp
        #expect(!config.serves(client, HTTPMethod(rawValue: method)))
    }

    @Test(arguments: [
        (HTTPVersion.http1_1, "application/grpc", ClientProtocol.http1), (.http2, "application/grpc", .grpc),
        (.http2, "Application/gRPC+proto", .grpc), (.http2, "application/json", .http2), (.http2, "", .http2),
        (.http2, "application/grp", .http2),
    ])
    func whatTheClientSpeaks(version: HTTPVersion, type: String, expected: ClientProtocol) {
        let head = HTTPRequestHead(
            version: version, method: .POST, uri: "/", headers: HTTPHeaders([("content-type", type)]))
        #expect(ClientProtocol(head) == expected)
    }

    @Test func aForwardedRequestInTheStateMachine() {
        var machine = ConnectionStateMachine(bodyLimit: 1)
        let result1 = machine.headReceived(.init(contentLength: 9, expectsContinue: true, isForwarded: true))
        #expect(result1 == .forward)
        #expect(machine.waiting == .target)
        // Beyond the limit of what is collected.
        let result2 = machine.bodyReceived(5)
        #expect(result2 == .forward)
        #expect(machine.receivedBodyBytes == 5)
        #expect(machine.acceptsParts)
        let result3 = machine.forwardedRequestEnded()
        #expect(result3)
        let result4 = machine.forwardedRequestEnded()
        #expect(!result4)
        let result5 = machine.bodyReceived(1)
        #expect(result5 == .ignore)
        #expect(!machine.acceptsParts)
        machine.forwardedResponseBegan(endsConnection: false)
        let result6 = machine.forwardedResponseEnded(isWritable: true)
        #expect(result6 == .nextRequest)
        #expect(machine.isIdle)
        let result7 = machine.forwardingFailed()
        #expect(result7 == .ignore)
    }

    @Test func aResponseBeforeTheEndOfItsRequestIsTheLast() {
        var machine = ConnectionStateMachine(bodyLimit: 1)
        _ = machine.headReceived(.init(contentLength: 9, isForwarded: true))
        machine.forwardedResponseBegan(endsConnection: false)
        let result8 = machine.forwardedResponseEnded(isWritable: true)
        #expect(result8 == .finish)
        #expect(machine.isFinished)
    }

    @Test(arguments: [
        (false, false, ConnectionStateMachine.ForwardFailureAction.answer, true), (true, false, .answer, false),
        (false, true, .cut, false), (true, true, .cut, false),
    ])
    func aFailureBeforeOrAfterTheResponseBegan(
        requestEnded: Bool, responseBegan: Bool, expected: ConnectionStateMachine.ForwardFailureAction, isLast: Bool
    ) {
        var machine = ConnectionStateMachine(bodyLimit: 1)
        _ = machine.headReceived(.init(contentLength: 9, isForwarded: true))
        if requestEnded { _ = machine.forwardedRequestEnded() }
        if responseBegan { machine.forwardedResponseBegan(endsConnection: false) }
        let result9 = machine.waitingExpired()
        #expect(result9 == .failForwarding)
        let result10 = machine.forwardingFailed()
        #expect(result10 == expected)
        #expect(machine.closesAfterAnswer == isLast)
    }

    @Test(arguments: [(false, false), (true, true)])
    func theEndOfAConnectionsLife(responseBegan: Bool, closes: Bool) {
        var machine = ConnectionStateMachine(bodyLimit: 1)
        _ = machine.headReceived(.init(isForwarded: true))
        _ = machine.forwardedRequestEnded()
        if responseBegan { machine.forwardedResponseBegan(endsConnection: false) }
        let result11 = machine.lifeEnded()
        #expect(result11 == closes)
    }
}
