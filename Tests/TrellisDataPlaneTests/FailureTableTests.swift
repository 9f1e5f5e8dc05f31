import NIOCore
import Testing
import TrellisInvoke
import TrellisLambdaEvent
import TrellisModel
import TrellisRouting

@testable import TrellisDataPlane

@Suite(.timeLimit(.minutes(5))) struct FailureTableTests {
    struct Case: Sendable {
        var outcome: InvocationOutcome
        var status: Int
        var text: String
        var reason: FailureReason
        var detail: String?

        init(
            _ outcome: InvocationOutcome, _ status: Int, _ text: String, _ reason: FailureReason,
            detail: String? = nil
        ) {
            self.outcome = outcome
            self.status = status
            self.text = text
            self.reason = reason
            self.detail = detail
        }
    }

    private static func failed(_ failure: FunctionFailure) -> InvocationOutcome {
        .functionError(.payload(#"{"errorMessage":"secret","statusCode":200}"#), failure)
    }

    @Test(arguments: [
        Case(failed(.reported), 502, "function error", .targetProtocolError),
        Case(failed(.timedOut), 502, "function timed out", .targetProtocolError),
        Case(failed(.exited), 502, "function exited", .targetProtocolError),
        Case(failed(.responseTooLarge), 502, "function response is too large", .targetProtocolError),
        Case(
            .json("null"), 502, "malformed function response", .targetProtocolError,
            detail: "the response is not a JSON object (byte 0)"),
        Case(
            .json(#"{"body":"x"}"#), 502, "malformed function response", .targetProtocolError,
            detail: "statusCode is missing (byte 11)"),
        Case(
            .json(#"{"statusCode":200,"isBase64Encoded":true,"body":"~"}"#), 502, "malformed function response",
            .targetProtocolError, detail: "the body is not valid base64, though isBase64Encoded is true (byte 49)"),
        Case(
            .json(#"{"statusCode":200,"headers":{"a\u000d\u000ab":1}}"#), 502, "malformed function response",
            .targetProtocolError),
        Case(
            .success(
                InvocationResult(
                    payload: ByteBuffer(repeating: 0x20, count: 6_291_557), executedVersion: "1", logTail: ByteBuffer())
            ), 502, "function response is too large", .targetProtocolError),
        Case(.rejected(.notFound), 500, "function not found", .targetConnectionError),
        Case(.rejected(.notPermitted), 500, "function may not be invoked", .targetConnectionError),
        Case(
            .rejected(.unavailable(reason: "no\r\nruntime")), 500, "function is unavailable", .targetConnectionError,
            detail: "no??runtime"),
        Case(
            .rejected(.throttled(reason: "ConcurrentInvocationLimitExceeded")), 503, "function is throttled",
            .targetConnectionError, detail: "ConcurrentInvocationLimitExceeded"),
        Case(.rejected(.payloadTooLarge), 413, "request is larger than 6 MB as an event", .clientProtocolError),
    ])
    func whatAFunctionCanDo(test: Case) async throws {
        try await withDataPlane(invoker: ImmediateInvoker { _ in test.outcome }) { running in
            let client = try await running.connect()
            for _ in 1...2 {
                try await client.send("GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n")
                let response = try await client.response()
                #expect(response.status == test.status)
                #expect(response.body == test.text)
                #expect(response["content-type"] == "text/plain; charset=utf-8")
                #expect(response["x-amzn-requestid"].map(isUUID) == true)
                #expect(response["connection"] == nil)
                if let detail = test.detail { #expect(response["x-trellis-reason"] == detail) }
                let entry = try await running.log.next()
                #expect(entry.failureReason == test.reason)
                #expect(entry.responseCode == test.status)
            }
            await client.close()
        }
    }

    @Test func anInvokerThatBreaksItsPromise() async throws {
        struct FailingInvoker: FunctionInvoker {
            struct Broken: Error {}

            func invoke(_ invocation: Invocation, on eventLoop: any EventLoop) -> EventLoopFuture<InvocationOutcome> {
                eventLoop.makeFailedFuture(Broken())
            }
        }
        try await withDataPlane(invoker: FailingInvoker()) { running in
            let response = try await running.get()
            #expect(response.status == 500)
        }
    }

    @Test(arguments: [
        ([RecordChange.putTarget(Site.target("first", group: 1, draining: true))], Site.forward((1, 100))),
        ([.deleteTargetGroup(Site.id(1))], Site.forward((1, 100))),
        ([], Site.forward((1, 0))),
        ([], Site.forward((1, 0), (2, 0))),
        ([], Site.forward((9, 1))),
    ])
    func noTarget(changes: [RecordChange], action: RuleAction) async throws {
        var site = Site(action: action)
        site.apply(changes)
        try await withDataPlane(site) { running in
            let response = try await running.get()
            #expect(response.status == 503)
            #expect(response.body == "no registered target")
            #expect(try await running.log.next().failureReason == .targetConnectionError)
        }
    }

    @Test(arguments: [
        ([], "nowhere", "unknown host"),
        (
            [RecordChange.putService(Site.service(1, name: "shop", status: .deleteInProgress))], Site.host,
            "service not active"
        ),
        ([.deleteServiceAssociation(Site.id(1))], Site.host, "service is in no service network"),
        ([.deleteListener(Site.id(1), service: Site.id(1))], Site.host, "service has no listener on this port"),
    ])
    func notFound(changes: [RecordChange], host: String, reason: String) async throws {
        var site = Site()
        // Keeps the port open whatever becomes of the service.
        site.apply(
            [
                .putService(Site.service(2, name: "other")),
                .putListener(Site.listener(2, of: 2, port: 80, action: .fixedResponse(statusCode: 500))),
            ] + changes)
        try await withDataPlane(site) { running in
            let response = try await running.get(host: host)
            #expect(response.status == 404)
            #expect(response.body == "not found")
            #expect(response["x-trellis-reason"] == reason)
            let entry = try await running.log.next()
            #expect(entry.failureReason == nil)
            #expect(entry.responseCode == 404)
        }
    }

    @Test(arguments: [
        ("127.0.0.0/8", Site.vpc, 200), ("127.0.0.0/8", "vpc-00000009", 404), ("10.0.0.0/8", Site.vpc, 404),
    ])
    func withAMapTheClientsVPCCounts(cidr: String, vpc: String, status: Int) async throws {
        var configuration = DataPlaneConfiguration.onFreePorts
        configuration.sourceVPCs = try SourceVPCMap([(cidr, vpc)])
        try await withDataPlane(configuration: configuration) { running in
            let response = try await running.get()
            #expect(response.status == status)
            let reason = "the client's VPC is not associated with a service network of the service"
            #expect(response["x-trellis-reason"] == (status == 404 ? reason : nil))
        }
    }

    /// Every failure has a status of its class, a text that fits on a line, and no secrets of the function.
    @Test func everyRow() {
        let failures: [Failure] =
            Malformation.allCases.map(Failure.malformed) + NotFoundReason.allCases.map(Failure.notFound) + [
                .misdirected,
                .incomplete, .bodyTooLarge, .eventTooLarge, .noTarget, .protocolMismatch,
                .targetUnreachable(reason: "x"), .targetClosed, .targetProtocolBroken(reason: "x"), .targetTimedOut,
                .targetDeregistered,
                .functionFailed(.reported),
                .functionFailed(.timedOut), .functionFailed(.exited), .functionFailed(.responseTooLarge),
                .malformedResponse(LambdaResponseError(.missingStatusCode, at: 1)), .responseTooLarge,
                .functionNotFound, .notPermitted, .throttled(reason: "x"), .unavailable(reason: "x"), .noAnswerInTime,
                .tooManyConnections, .tooManyBodies, .tooManyRequests,
            ]
        for failure in failures {
            let row = failure.row
            #expect([400, 404, 413, 421, 429, 500, 502, 503, 504].contains(row.status))
            #expect(!row.text.isEmpty && row.text.utf8.allSatisfy { (0x20...0x7E).contains($0) })
            #expect((row.status == 404) == (row.failureReason == nil))
        }
        #expect(Failure.noAnswerInTime.row.status == 504)
        #expect(Failure.noAnswerInTime.row.failureReason == .targetDataTimeout)
        #expect(Failure.targetDeregistered.row.status == 503)
        #expect(Failure.tooManyConnections.row.status == 503)
        #expect(Failure.tooManyBodies.row.status == 503)
        #expect(Failure.tooManyRequests.row.status == 429)
    }
}
