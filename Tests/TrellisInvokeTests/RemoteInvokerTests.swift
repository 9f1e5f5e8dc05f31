import NIOCore
import Testing
import TrellisModel
import TrellisSignature

@testable import TrellisInvoke

@Suite struct RemoteInvokerTests {
    /// Starts a server and an invoker that calls it.
    static func with<Result>(
        credentials: CredentialSelection = .unsigned,
        issued: IssuedCredentials? = IssuedCredentials(credentials: RemoteWorld.credentials), loops: Int = 1,
        change: (inout RemoteEndpoint) -> Void = { _ in },
        answering react: @escaping @Sendable (ScriptedServer.Request) -> ScriptedServer.Reaction,
        _ body: (RemoteWorld, ScriptedServer) async throws -> Result
    ) async throws -> Result {
        let server = try await ScriptedServer(react)
        let world = await RemoteWorld(
            port: server.port, loops: loops, credentials: credentials, issued: issued, change: change)
        let result = try await body(world, server)
        try await world.stop()
        await server.stop()
        return result
    }

    @Test(arguments: [
        ("200 OK", ["X-Amz-Executed-Version: 7"], "{\"a\":1}", "success 7 {\"a\":1}"),
        ("200 OK", [], "null", "success $LATEST null"),
        ("200 OK", ["x-amz-function-error: Unhandled"], "{}", "reported {}"),
        (
            "200 OK", ["x-amz-function-error: Unhandled"], #"{"errorType":"Sandbox.Timedout","errorMessage":"x"}"#,
            #"timedOut {"errorType":"Sandbox.Timedout","errorMessage":"x"}"#
        ),
        (
            "200 OK", ["x-amz-function-error: Unhandled"],
            #"{"errorMessage":"2024-01-01T00:00:00Z 1 Task timed out after 1.00 seconds"}"#,
            #"timedOut {"errorMessage":"2024-01-01T00:00:00Z 1 Task timed out after 1.00 seconds"}"#
        ),
        (
            "200 OK", ["x-amz-function-error: Unhandled"], #"{"errorType": "Runtime.ExitError"}"#,
            #"exited {"errorType": "Runtime.ExitError"}"#
        ),
        (
            "200 OK", ["x-amz-function-error: Unhandled"], #"{"errorType":"Function.ResponseSizeTooLarge"}"#,
            #"responseTooLarge {"errorType":"Function.ResponseSizeTooLarge"}"#
        ),
        // A Runtime Interface Emulator whose process ended.
        (
            "502 Bad Gateway", [], #"{"errorType":"Runtime.ExitError","errorMessage":"x"}"#,
            #"exited {"errorType":"Runtime.ExitError","errorMessage":"x"}"#
        ),
        (
            "404 Not Found", ["x-amzn-ErrorType: ResourceNotFoundException"], #"{"Message":"Function not found"}"#,
            "notFound"
        ),
        ("403 Forbidden", ["x-amzn-errortype: AccessDeniedException:http://x"], "{}", "notPermitted"),
        ("413 Too Large", ["x-amzn-errortype: RequestTooLargeException"], "{}", "payloadTooLarge"),
        (
            "429 Too Many Requests", ["x-amzn-errortype: TooManyRequestsException", "retry-after: 3"],
            #"{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}"#,
            #"throttled(reason: "ReservedFunctionConcurrentInvocationLimitExceeded")"#
        ),
        (
            "403 Forbidden", ["x-amzn-errortype: InvalidSignatureException"], #"{"message":"no"}"#,
            #"unavailable(reason: "the endpoint answered 403 InvalidSignatureException: no")"#
        ),
        (
            "500 Internal Server Error", ["x-amzn-errortype: ServiceException"], #"{"Type":"Service","Message":"oh"}"#,
            #"unavailable(reason: "the endpoint answered 500 ServiceException: oh")"#
        ),
        ("404 Not Found", [], "404 page not found", #"unavailable(reason: "the endpoint answered 404 ")"#),
    ])
    func answersAreOutcomes(_ status: String, _ headers: [String], _ body: String, _ outcome: String) async throws {
        let summary = try await Self.with(answering: { _ in
            .answer(ScriptedServer.answer(status, headers, body))
        }) { (world, _) async throws in
            try await world.invoke().summary
        }
        #expect(summary == outcome)
    }

    @Test func theRequestIsInvokeAndItsConnectionIsUsedAgain() async throws {
        try await Self.with(answering: { _ in .answer(ScriptedServer.answer()) }) { (world, server) async throws in
            _ = try await world.invoke("f:live", #"{"n":1}"#)
            _ = try await world.invoke("f2:$LATEST", "")
            _ = try await world.invoke("f2", "")
            let requests = server.requests
            #expect(requests.map(\.connection) == [0, 0, 0])
            #expect(requests.map(\.body) == [#"{"n":1}"#, "", ""])
            let base = "POST /2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3A"
            #expect(
                requests.map { $0.head.split(separator: "\r\n").first.map(String.init) ?? "" } == [
                    "\(base)f/invocations?Qualifier=live HTTP/1.1",
                    "\(base)f2/invocations?Qualifier=%24LATEST HTTP/1.1", "\(base)f2/invocations HTTP/1.1",
                ])
            #expect(requests[0].header("host") == "127.0.0.1:\(server.port)")
            #expect(requests[0].header("content-type") == "application/json")
            #expect(requests[0].header("authorization") == nil)
        }
    }

    @Test func anEndpointMayHaveItsOwnNames() async throws {
        let scope = try #require(Scope("999999999999", "eu-west-1"))
        try await Self.with(
            change: {
                $0.region = scope.region
                $0.account = scope.account
                $0.origin.basePath = "/base"
            }, answering: { _ in .answer(ScriptedServer.answer()) }
        ) { (world, server) async throws in
            _ = try await world.invoke("f:3")
            #expect(
                server.requests[0].head.hasPrefix(
                    "POST /base/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A999999999999%3Afunction%3Af"
                        + "/invocations?Qualifier=3 HTTP/1.1\r\n"))
        }
        try await Self.with(
            change: { $0.functionName = "function" },
            answering: { _ in
                .answer(ScriptedServer.answer())
            }
        ) { (world, server) async throws in
            _ = try await world.invoke("f:3")
            #expect(server.requests[0].head.hasPrefix("POST /2015-03-31/functions/function/invocations HTTP/1.1\r\n"))
        }
    }

    @Test func callsAreSignedAndTheSignatureHolds() async throws {
        let issued = IssuedCredentials(
            credentials: ClientCredentials(
                accessKeyID: "AKIDEXAMPLE", secretAccessKey: SecretAccessKey("secret"),
                sessionToken: SessionToken("token")))
        try await Self.with(
            credentials: .standardChain, issued: issued,
            answering: { _ in
                .answer(ScriptedServer.answer())
            }
        ) { (world, server) async throws in
            for payload in [#"{"n":1}"#, "{}"] {
                _ = try await world.invoke("f:live", payload)
                let request = try #require(server.requests.last)
                let lines = request.head.split(separator: "\r\n")
                let target = String(lines[0].split(separator: " ")[1])
                #expect(request.header("x-amz-security-token") == "token")
                var keys = SigningKeyCache(capacity: 0)
                let expected = try RequestSigner(
                    credentials: issued.credentials, region: "us-east-1", service: "lambda"
                ).sign(
                    SignableRequest(
                        method: "POST", target: target,
                        headers: [
                            ("host", "127.0.0.1:\(server.port)"), ("content-type", "application/json"),
                        ]), payload: .signed(PayloadHash(of: payload.utf8), isSent: false),
                    at: SigningTime(secondsSinceEpoch: 1_700_000_000), keys: &keys)
                #expect(request.header("authorization") == expected.headers.last?.value)
            }
        }
    }

    @Test func withoutCredentialsNothingIsSent() async throws {
        try await Self.with(
            credentials: .standardChain, issued: nil,
            answering: { _ in
                .answer(ScriptedServer.answer())
            }
        ) { (world, server) async throws in
            #expect(try await world.invoke().summary == #"unavailable(reason: "none here")"#)
            #expect(server.requests.isEmpty)
        }
    }

    /// Whether the function ran is not known, so the request must not be sent a second time.
    @Test func aLostConnectionIsNotTriedAgain() async throws {
        try await Self.with(answering: { $0.body == "2" ? .close : .answer(ScriptedServer.answer()) }) {
            (world, server) async throws in
            #expect(try await world.invoke("f", "1").summary == "success $LATEST ")
            let lost = try await world.invoke("f", "2").summary
            #expect(lost.contains("closed the connection before it had answered"))
            #expect(server.requests.map(\.body) == ["1", "2"])
            #expect(try await world.invoke("f", "3").summary == "success $LATEST ")
            #expect(server.requests.map(\.connection) == [0, 0, 1])
        }
    }

    @Test func aConnectionThatTheServerEndedIsReplacedBeforeAnythingIsSent() async throws {
        try await Self.with(answering: { _ in
            .answerAndClose(ScriptedServer.answer())
        }) { (world, server) async throws in
            for _ in 0..<3 {
                #expect(try await world.invoke().summary == "success $LATEST ")
                // The end of the connection has been seen when the loop has nothing to read any more.
                while await world.invoker.connectionCount() > 0 { await Task.yield() }
            }
            #expect(server.requests.map(\.connection) == [0, 1, 2])
        }
    }

    @Test func noAnswerInTimeIsNoOutcomeOfTheFunction() async throws {
        try await Self.with(change: { $0.limits.timeout = .milliseconds(50) }, answering: { _ in .silence }) {
            (world, server) async throws in
            let summary = try await world.invoke().summary
            #expect(summary.contains("did not answer within"))
            #expect(server.requests.count == 1)
        }
    }

    @Test func anAnswerOverTheLimitIsTheFunctionsFailure() async throws {
        let summary = try await Self.with(answering: { _ in
            .answer("HTTP/1.1 200 OK\r\ncontent-length: 6291557\r\n\r\n")
        }) { (world, _) async throws in try await world.invoke().summary }
        #expect(summary.hasPrefix("responseTooLarge"))
        #expect(summary.contains("Function.ResponseSizeTooLarge"))
    }

    @Test func anEventOverTheLimitIsNotSent() async throws {
        try await Self.with(answering: { _ in .answer(ScriptedServer.answer()) }) { (world, server) async throws in
            let payload = String(repeating: "x", count: 6_291_457)
            #expect(try await world.invoke("f", payload).summary == "payloadTooLarge")
            #expect(server.requests.isEmpty)
        }
    }

    @Test func nobodyThereIsUnavailable() async throws {
        let server = try await ScriptedServer { _ in .close }
        await server.stop()
        let world = await RemoteWorld(port: server.port)
        #expect(try await world.invoke().summary.contains("cannot connect to http://127.0.0.1:\(server.port)"))
        try await world.stop()
    }

    @Test func functionsOfNoMappingAreNotFound() async throws {
        try await Self.with(answering: { _ in .answer(ScriptedServer.answer()) }) { (world, _) async throws in
            #expect(try await world.invoke("other").summary == "notFound")
            #expect(await world.invoker.find(try world.requireARN("other")) == nil)
        }
    }

    /// For a Runtime Interface Emulator, which dies of two requests at once.
    @Test func oneConnectionCarriesOneRequestAfterTheOtherFromAllLoops() async throws {
        try await Self.with(
            loops: 2, change: { $0.limits.maximumConnections = 1 },
            answering: { _ in
                .answer(ScriptedServer.answer())
            }
        ) { (world, server) async throws in
            let outcomes = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<20 { group.addTask { try await world.invoke(loop: number).summary } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes == Array(repeating: "success $LATEST ", count: 20))
            #expect(Set(server.requests.map(\.connection)) == [0])
        }
    }

    @Test func whoWaitsTooLongForAConnectionIsThrottled() async throws {
        let throttled = #"throttled(reason: "ConcurrentInvocationLimitExceeded")"#
        try await Self.with(
            change: {
                $0.limits.maximumConnections = 1
                $0.limits.maximumWaiting = 1
                $0.limits.queueTimeout = .milliseconds(30)
                $0.limits.timeout = .milliseconds(400)
            }, answering: { _ in .silence }
        ) { (world, _) async throws in
            let outcomes = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<3 { group.addTask { try await world.invoke().summary } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.filter { $0 == throttled }.count == 2)
            #expect(outcomes.contains { $0.contains("did not answer within") })
        }
    }

    @Test(arguments: [
        ("200 OK", [String](), "exists"), ("404 Not Found", ["x-amzn-errortype: ResourceNotFoundException"], "missing"),
        ("404 Not Found", [], "notToldByEndpoint"),
        ("403 Forbidden", ["x-amzn-errortype: AccessDeniedException"], "notToldByEndpoint"),
        (
            "403 Forbidden", ["x-amzn-errortype: UnrecognizedClientException"],
            #"unknown(reason: "the answer is 403 UnrecognizedClientException")"#
        ),
        ("500 Oh", [], #"unknown(reason: "the answer is 500 ")"#),
    ])
    func theEndpointIsAskedForAFunction(_ status: String, _ headers: [String], _ expected: String) async throws {
        try await Self.with(answering: { _ in
            .answer(ScriptedServer.answer(status, headers))
        }) { (world, server) async throws in
            let found = await world.invoker.find(try world.requireARN("f:live"))
            #expect(found.map { "\($0)" } == expected)
            #expect(
                server.requests[0].head.hasPrefix(
                    "GET /2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af"
                        + "?Qualifier=live HTTP/1.1\r\n"))
        }
    }
}

extension Scope {
    fileprivate init?(_ account: String, _ region: String) {
        guard let account = AccountID(account), let region = Region(region) else { return nil }
        self.init(account: account, region: region)
    }
}
