import NIOCore
import Testing
import TrellisInvoke
import TrellisModel

@testable import TrellisFunctionHost

/// The tests play the runtime over real sockets; the process behind the environment only sleeps.
@Suite("Runtime API", .serialized, .timeLimit(.minutes(5)))
struct RuntimeAPITests {
    static let base = "/2018-06-01/runtime"
    static let next = base + "/invocation/next"
    static let requestID = "11111111-2222-4333-8444-555555555555"
    static let accepted = RawHTTPClient.Answer(
        status: 202, headers: ["content-type": "application/json", "content-length": "16"],
        body: "{\"status\":\"OK\"}\n")

    struct Environment: Sendable {
        var running: RunningHost
        /// Owned by ``withEnvironment(timeout:event:clientContext:_:)``, which waits for its end.
        var invocation: Task<InvocationOutcome, any Error>
        var port: Int

        func connect() async throws -> RawHTTPClient { try await RawHTTPClient(port: port) }

        /// A runtime that has fetched its event.
        func runtimeWithEvent() async throws -> RawHTTPClient {
            let client = try await connect()
            let event = try await client.request("GET", RuntimeAPITests.next)
            try #require(event.status == 200)
            return client
        }

        func outcome() async throws -> String { try await invocation.value.summary }
    }

    static func path(_ end: String, requestID: String = requestID) -> String {
        "\(base)/invocation/\(requestID)/\(end)"
    }

    static func refusal(_ status: Int, _ type: String, _ message: String) -> RawHTTPClient.Answer {
        let body = "{\"errorMessage\":\"\(message)\",\"errorType\":\"\(type)\"}\n"
        return RawHTTPClient.Answer(
            status: status, headers: ["content-type": "application/json", "content-length": "\(body.utf8.count)"],
            body: body)
    }

    static let wrongID = refusal(400, "InvalidRequestID", "Invalid request ID")

    static func transition(_ from: String, _ to: String) -> RawHTTPClient.Answer {
        refusal(
            403, "InvalidStateTransition",
            "State transition from \(from) to \(to) failed for runtime. Error: State transition is not allowed")
    }

    /// Invokes the function, and gives `body` the environment that is started for it.
    func withEnvironment(
        timeout: Int = 30, event: String = #"{"n":1}"#, clientContext: String? = nil,
        _ body: (Environment) async throws -> Void
    ) async throws {
        try await RunningHost.run { configuration in
            configuration.drainTimeout = .milliseconds(10)
            configuration.admitsRuntimeAPIPeer = { _, _ in true }
        } _: { (running) async throws in
            try await running.shell("exec sleep 600", timeout: timeout)
            let invocation = Task {
                try await running.invoke("f", event, requestID: Self.requestID, clientContext: clientContext)
            }
            var port: Int?
            let isUp = try await running.eventually {
                port = try await running.host.environments().first { $0.process != nil }?.port
                return port != nil
            }
            try #require(isUp)
            try await body(Environment(running: running, invocation: invocation, port: try #require(port)))
            await running.host.shutdown()
            _ = await invocation.result
        }
    }

    @Test("the answer to next has the headers that clients need, and the event unchanged")
    func nextAnswer() async throws {
        let event = "{ \"n\" : 1,\n\"ü\":[] }"
        try await withEnvironment(event: event, clientContext: "{\"a\":1}\r\nEvil: yes") { (environment) async throws in
            let before = SystemClock().now().millisecondsSinceEpoch
            let client = try await environment.connect()
            let answer = try await client.request("GET", Self.next)
            #expect(answer.status == 200)
            #expect(answer.body == event)
            let deadline = try #require(answer.headers["lambda-runtime-deadline-ms"].flatMap { Int64($0) })
            #expect((before...(before + 60_000)).contains(deadline))
            var headers = answer.headers
            headers["lambda-runtime-deadline-ms"] = nil
            let trace = try #require(headers["lambda-runtime-trace-id"])
            headers["lambda-runtime-trace-id"] = nil
            #expect(trace.hasPrefix("Root=1-") && trace.hasSuffix(";Sampled=0"))
            #expect(
                headers == [
                    "content-type": "application/json", "content-length": "\(event.utf8.count)",
                    "lambda-runtime-aws-request-id": Self.requestID,
                    "lambda-runtime-invoked-function-arn": "arn:aws:lambda:us-east-1:123456789012:function:f",
                    // A line break must not begin a header of its own.
                    "lambda-runtime-client-context": "{\"a\":1}  Evil: yes",
                ])
        }
    }

    @Test("a large event goes out unchanged too")
    func largeEvent() async throws {
        let event = "\"" + String(repeating: "e", count: 3_000_000) + "\""
        try await withEnvironment(event: event) { (environment) async throws in
            let client = try await environment.connect()
            #expect(try await client.request("GET", Self.next).body == event)
        }
    }

    @Test("response, error, and what is refused before and after")
    func states() async throws {
        try await withEnvironment { (environment) async throws in
            let client = try await environment.connect()
            // Started
            #expect(try await client.request("POST", Self.path("response"), "1") == Self.wrongID)
            #expect(try await client.request("POST", Self.path("error"), "1") == Self.wrongID)
            #expect(try await client.request("GET", Self.next).status == 200)
            // Running
            #expect(try await client.request("POST", Self.path("response", requestID: "other"), "1") == Self.wrongID)
            #expect(
                try await client.request("POST", Self.base + "/init/error", "{}")
                    == Self.transition("Running", "InitError"))
            #expect(try await client.request("GET", Self.next).body == #"{"n":1}"#, "next again: the same event")
            #expect(try await client.request("POST", Self.path("response"), #"{"done":true}"#) == Self.accepted)
            #expect(try await environment.outcome() == #"200 {"done":true}"#)
            // ResponseSent
            #expect(
                try await client.request("POST", Self.path("response"), "2")
                    == Self.transition("RuntimeResponseSentState", "InvocationResponse"))
            #expect(
                try await client.request("POST", Self.path("error"), "2")
                    == Self.transition("RuntimeResponseSentState", "InvocationErrorResponse"))
            // Ready
            try await client.send("GET \(Self.next) HTTP/1.1\r\n\r\n")
            let second = try await environment.connect()
            let isIdle = try await environment.running.eventually {
                try await environment.running.host.environments().first?.state == "idle"
            }
            #expect(isIdle)
            #expect(try await second.request("POST", Self.path("response"), "2") == Self.wrongID)
            // The next event goes to the request that waits.
            async let outcome = environment.running.invoke("f", "2", requestID: "r-2")
            let answer = try await client.answer()
            #expect(answer.headers["lambda-runtime-aws-request-id"] == "r-2")
            #expect(try await second.request("POST", Self.path("response"), "3") == Self.wrongID)
            #expect(
                try await second.request("POST", Self.path("error", requestID: "r-2"), #"{"errorType":"E"}"#)
                    == Self.accepted)
            #expect(try await outcome.summary == #"error reported {"errorType":"E"}"#)
        }
    }

    @Test("the environment is not free before next, and the caller does not wait for that")
    func notFreeBeforeNext() async throws {
        try await withEnvironment { (environment) async throws in
            let client = try await environment.runtimeWithEvent()
            #expect(try await client.request("POST", Self.path("response"), "1") == Self.accepted)
            #expect(try await environment.outcome() == "200 1")
            #expect(try await environment.running.host.environments().map(\.state) == ["finishing"])
        }
    }

    @Test("an initialisation error is repeated for the invocation, and then its result")
    func initError() async throws {
        try await withEnvironment { (environment) async throws in
            let firstProcess = environment.running.processes()
            let client = try await environment.connect()
            #expect(try await client.request("POST", Self.base + "/init/error", #"{"errorType":"A"}"#) == Self.accepted)
            // The process is ended and started again, behind the same port.
            #expect(try await client.isClosed())
            let isUp = try await environment.running.eventually {
                let processes = environment.running.processes()
                return processes.count == 1 && processes != firstProcess
            }
            #expect(isUp)
            let again = try await environment.connect()
            #expect(try await again.request("POST", Self.base + "/init/error", #"{"errorType":"B"}"#) == Self.accepted)
            #expect(try await environment.outcome() == #"error reported {"errorType":"B"}"#)
        }
    }

    @Test("chunked bodies, trailers, and a body in many pieces")
    func chunked() async throws {
        try await withEnvironment { (environment) async throws in
            let client = try await environment.runtimeWithEvent()
            try await client.send(
                "POST \(Self.path("response")) HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
                    + "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
                    + "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n")
            for piece in ["3\r\n{\"a", "\r\n", "4\r\n\":1}", "\r\n0\r\n", "\r\n"] { try await client.send(piece) }
            #expect(try await client.answer() == Self.accepted)
            #expect(try await environment.outcome() == #"200 {"a":1}"#)
        }
    }

    @Test("a stream that fails half-way says so in its trailers")
    func errorTrailers() async throws {
        try await withEnvironment { (environment) async throws in
            let client = try await environment.runtimeWithEvent()
            // base64 of {"errorType":"Late"}
            try await client.send(
                "POST \(Self.path("response")) HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
                    + "Lambda-Runtime-Function-Response-Mode: streaming\r\n\r\n4\r\nhalf\r\n0\r\n"
                    + "Lambda-Runtime-Function-Error-Type: Runtime.Late\r\n"
                    + "Lambda-Runtime-Function-Error-Body: eyJlcnJvclR5cGUiOiJMYXRlIn0=\r\n\r\n")
            #expect(try await client.answer() == Self.accepted)
            #expect(try await environment.outcome() == #"error reported {"errorType":"Late"}"#)
        }
    }

    @Test("a response that is too large, with a length and chunked", arguments: [false, true])
    func tooLarge(chunked: Bool) async throws {
        try await withEnvironment { (environment) async throws in
            let client = try await environment.runtimeWithEvent()
            let size = 6_291_557
            let body = [UInt8](repeating: UInt8(ascii: "x"), count: size)
            let framing = chunked ? "Transfer-Encoding: chunked" : "Content-Length: \(size)"
            try await client.send("POST \(Self.path("response")) HTTP/1.1\r\n\(framing)\r\n\r\n")
            if chunked { try await client.send(String(size, radix: 16) + "\r\n") }
            try await client.send(body)
            if chunked { try await client.send("\r\n0\r\n\r\n") }
            #expect(
                try await client.answer()
                    == Self.refusal(
                        413, "RequestEntityTooLarge", "Exceeded maximum allowed payload size (6291556 bytes)."))
            #expect(try await environment.outcome().hasPrefix("error responseTooLarge "))
            #expect(
                try await client.request("POST", Self.path("response"), "1")
                    == Self.transition("RuntimeResponseSentState", "InvocationResponse"))
        }
    }

    @Test("a body that ends early is refused and ends nothing")
    func truncated() async throws {
        try await withEnvironment { (environment) async throws in
            let client = try await environment.runtimeWithEvent()
            try await client.send("POST \(Self.path("response")) HTTP/1.1\r\nContent-Length: 100\r\n\r\nshort")
            client.closeSending()
            #expect(
                try await client.answer()
                    == Self.refusal(400, "TruncatedHTTPRequest", "HTTP request detected as truncated"))
            let again = try await environment.connect()
            #expect(try await again.request("POST", Self.path("response"), "1") == Self.accepted)
            #expect(try await environment.outcome() == "200 1")
        }
    }

    @Test("an unknown response mode")
    func responseMode() async throws {
        try await withEnvironment { (environment) async throws in
            let client = try await environment.runtimeWithEvent()
            let answer = try await client.request(
                "POST", Self.path("response"), "1", headers: ["Lambda-Runtime-Function-Response-Mode: buffered"])
            #expect(
                answer == Self.refusal(400, "InvalidFunctionResponseMode", "Invalid function response mode"))
            #expect(try await client.request("POST", Self.path("response"), "1") == Self.accepted)
        }
    }

    @Test("Expect: 100-continue, as curl sends for large bodies")
    func expectContinue() async throws {
        try await withEnvironment { (environment) async throws in
            let client = try await environment.runtimeWithEvent()
            try await client.send(
                "POST \(Self.path("response")) HTTP/1.1\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await client.answer().status == 100)
            try await client.send("1")
            #expect(try await client.answer() == Self.accepted)
        }
    }

    @Test(
        "other paths and methods",
        arguments: [
            ("GET", "/2018-06-01/ping", 200), ("GET", "/ping", 404), ("GET", "/", 404),
            ("GET", "/2018-06-01/runtime/invocation/next/", 404), ("GET", "/2018-06-01/runtime/restore/next", 404),
            ("POST", "/2020-01-01/extension/register", 404), ("PUT", "/2022-07-01/telemetry", 404),
            ("POST", "/2018-06-01/runtime/invocation//response", 404),
            ("POST", "/2018-06-01/runtime/invocation/a/b/response", 404),
            ("POST", "/2018-06-01/runtime/invocation/a/other", 404), ("GET", "/2018-06-01/runtime/init/error", 405),
            ("DELETE", "/2018-06-01/runtime/invocation/next", 405),
            ("POST", "/2018-06-01/runtime/invocation/next", 405),
            ("GET", "/2018-06-01/runtime/invocation/a/response", 405), ("GET", "/2018-06-01/ping?x=1", 200),
        ] as [(String, String, Int)])
    func routes(method: String, path: String, status: Int) {
        let found =
            switch RuntimeAPIRoute.parse(method: method, uri: path) {
            case .success: 200
            case .failure(let error): Int(error.status.prefix(3))
            }
        #expect(found == status)
    }

    @Test("clients that are no runtime: nothing they send ends more than their own connection")
    func strangers() async throws {
        try await withEnvironment { (environment) async throws in
            let garbage: [[UInt8]] = [
                Array("not http at all\r\n\r\n".utf8), [0, 1, 2, 255, 254, 13, 10, 13, 10],
                Array("GET / HTTP/9.9\r\n\r\n".utf8),
                Array("POST \(Self.path("response")) HTTP/1.1\r\nContent-Length: -1\r\n\r\n".utf8),
                Array("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n".utf8),
                Array("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n".utf8),
                Array("GET / HTTP/1.1\r\nA: \(String(repeating: "a", count: 3_000_000))\r\n\r\n".utf8),
                // Another request before the answer to the first: the waiting one is given up too.
                Array("GET \(Self.next)X HTTP/1.1\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\n\r\n".utf8),
            ]
            for bytes in garbage {
                let client = try await environment.connect()
                // The peer may close before everything is sent.
                try? await client.send(bytes)
                client.closeSending()
                while (try? await client.answer()) != nil {}
                #expect(try await client.isClosed())
            }
            let silent = try await environment.connect()
            let client = try await environment.runtimeWithEvent()
            #expect(try await client.request("GET", "/2018-06-01/ping").body == "pong")
            #expect(try await client.request("GET", "/nowhere").status == 404)
            #expect(try await client.request("POST", Self.path("response"), "1") == Self.accepted)
            #expect(try await environment.outcome() == "200 1")
            silent.closeSending()
        }
    }

    @Test("more connections than any runtime opens are cut off")
    func connectionLimit() async throws {
        try await withEnvironment { (environment) async throws in
            var clients: [RawHTTPClient] = []
            for _ in 0..<16 {
                let client = try await environment.connect()
                #expect(try await client.request("GET", "/2018-06-01/ping").status == 200)
                clients.append(client)
            }
            let surplus = try await environment.connect()
            #expect(try await surplus.isClosed())
            #expect(try await clients[0].request("GET", Self.next).status == 200)
        }
    }

    @Test("a second waiting request takes the place of the first")
    func nextTwice() async throws {
        try await withEnvironment { (environment) async throws in
            let first = try await environment.runtimeWithEvent()
            #expect(try await first.request("POST", Self.path("response"), "1") == Self.accepted)
            try await first.send("GET \(Self.next) HTTP/1.1\r\n\r\n")
            let isIdle = try await environment.running.eventually {
                try await environment.running.host.environments().first?.state == "idle"
            }
            #expect(isIdle)
            let second = try await environment.connect()
            try await second.send("GET \(Self.next) HTTP/1.1\r\n\r\n")
            #expect(try await first.isClosed())
            async let outcome = environment.running.invoke("f", "2", requestID: "r-2")
            #expect(try await second.answer().body == "2")
            #expect(try await second.request("POST", Self.path("response", requestID: "r-2"), "2") == Self.accepted)
            #expect(try await outcome.summary == "200 2")
        }
    }

    @Test("a response and the request for the next event may come in one piece")
    func responseAndNextTogether() async throws {
        try await withEnvironment { (environment) async throws in
            let client = try await environment.runtimeWithEvent()
            try await client.send(
                "POST \(Self.path("response")) HTTP/1.1\r\nContent-Length: 1\r\n\r\n1GET \(Self.next) HTTP/1.1\r\n\r\n")
            #expect(try await client.answer() == Self.accepted)
            #expect(try await environment.outcome() == "200 1")
            async let outcome = environment.running.invoke("f", "2", requestID: "r-2")
            #expect(try await client.answer().body == "2")
            // Refused, and the next event comes all the same.
            try await client.send(
                "POST \(Self.path("response")) HTTP/1.1\r\nContent-Length: 1\r\n\r\n1GET \(Self.next) HTTP/1.1\r\n\r\n")
            #expect(try await client.answer() == Self.wrongID)
            #expect(try await client.answer().body == "2")
            #expect(try await client.request("POST", Self.path("response", requestID: "r-2"), "2") == Self.accepted)
            #expect(try await outcome.summary == "200 2")
        }
    }

    @Test("a runtime that lost its connection gets the event with its next one")
    func lostConnection() async throws {
        try await withEnvironment { (environment) async throws in
            do {
                let first = try await environment.runtimeWithEvent()
                first.closeSending()
                #expect(try await first.isClosed())
            }
            let second = try await environment.runtimeWithEvent()
            #expect(try await second.request("POST", Self.path("response"), "1") == Self.accepted)
            #expect(try await environment.outcome() == "200 1")
        }
    }

    @Test("no next within the function's time after the answer: the process is ended, the caller has its answer")
    func neverNext() async throws {
        try await withEnvironment(timeout: 1) { (environment) async throws in
            let client = try await environment.runtimeWithEvent()
            #expect(try await client.request("POST", Self.path("response"), "1") == Self.accepted)
            #expect(try await environment.outcome() == "200 1")
            #expect(try await client.isClosed())
            let isCold = try await environment.running.eventually {
                try await environment.running.host.environments().map(\.state) == ["cold"]
            }
            #expect(isCold)
            #expect(environment.running.processes().isEmpty)
        }
    }
}
