import Glibc
import NIOCore
import NIOPosix
import Synchronization
import Testing
import TrellisInvoke
import TrellisModel

@testable import TrellisFunctionHost

/// The tests play the runtime over real sockets, and the caller that takes the response while it is written.
@Suite("Streamed responses", .serialized, .timeLimit(.minutes(5)))
struct ResponseStreamingTests {
    private typealias Plain = RuntimeAPITests

    private static let head =
        "POST \(Plain.path("response")) HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
        + "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
        + "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n"

    private static func chunk(_ text: String) -> String { "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n" }

    /// An invocation whose runtime is the test, and the reader of its response.
    private struct Call {
        var environment: RuntimeAPITests.Environment
        var runtime: RawHTTPClient
        var chunks: ResponseStream.Chunks.AsyncIterator
        var versions: Seen

        func next() async -> String? { await chunks.next().map { String(buffer: $0) } }

        func outcome() async throws -> String { try await environment.outcome() }
    }

    private final class Seen: Sendable {
        private let versions = Mutex<[String]>([])
        var all: [String] { versions.withLock { $0 } }
        func add(_ version: String) { versions.withLock { $0.append(version) } }
    }

    private final class Counter: Sendable {
        private let value = Atomic(0)
        var count: Int { value.load(ordering: .relaxed) }
        func add() { value.add(1, ordering: .relaxed) }
    }

    private func withCall(
        timeout: Int = 30, limit: Int? = nil, _ body: (inout Call) async throws -> Void
    ) async throws {
        try await RunningHost.run { configuration in
            configuration.drainTimeout = .milliseconds(10)
            configuration.admitsRuntimeAPIPeer = { _, _ in true }
            if let limit { configuration.maximumStreamedResponseSize = limit }
        } _: { (running) async throws in
            try await running.shell("exec sleep 600", timeout: timeout)
            let seen = Seen()
            let stream = ResponseStream { seen.add($0) }
            let call = Invocation(
                function: try running.arn(), payload: ByteBuffer(string: "{}"), requestID: Plain.requestID,
                caller: .authorized, responseStream: stream.writer)
            // Owned by this function, which waits for its end.
            let invocation = Task { [writer = stream.writer] in
                let loop = running.eventLoopGroup.next()
                let outcome = try await loop.flatSubmit { running.host.invoke(call, on: loop) }.get()
                writer.finish()
                return outcome
            }
            var port: Int?
            let isUp = try await running.eventually {
                port = try await running.host.environments().first { $0.process != nil }?.port
                return port != nil
            }
            try #require(isUp)
            let environment = Plain.Environment(
                running: running, invocation: invocation, port: try #require(port))
            var streaming = Call(
                environment: environment, runtime: try await environment.runtimeWithEvent(),
                chunks: stream.chunks.makeAsyncIterator(), versions: seen)
            try await body(&streaming)
            await running.host.shutdown()
            _ = await invocation.result
        }
    }

    @Test("the caller has the beginning before the function is done")
    func beginning() async throws {
        try await withCall { (call: inout Call) async throws in
            try await call.runtime.send(Self.head + Self.chunk("first"))
            #expect(await call.next() == "first")
            #expect(call.versions.all == ["$LATEST"])
            try await call.runtime.send("4\r\nsec")
            #expect(await call.next() == "sec", "in the middle of a chunk")
            try await call.runtime.send("o\r\n2\r\nnd\r\n0\r\n\r\n")
            var rest = ""
            while let more = await call.next() { rest += more }
            #expect(rest == "ond")
            #expect(try await call.runtime.answer() == Plain.accepted)
            #expect(try await call.outcome() == "200 ")
            // The same connection goes on.
            try await call.runtime.send("GET \(Plain.next) HTTP/1.1\r\n\r\n")
            let running = call.environment.running
            #expect(try await running.eventually { try await running.host.environments().first?.state == "idle" })
        }
    }

    @Test("a response that is not streamed comes with the outcome")
    func buffered() async throws {
        try await withCall { (call: inout Call) async throws in
            #expect(try await call.runtime.request("POST", Plain.path("response"), "1") == Plain.accepted)
            #expect(await call.next() == nil)
            #expect(try await call.outcome() == "200 1")
            #expect(call.versions.all == [])
        }
    }

    @Test("an error before the response is no stream")
    func errorFirst() async throws {
        try await withCall { (call: inout Call) async throws in
            #expect(try await call.runtime.request("POST", Plain.path("error"), #"{"a":1}"#) == Plain.accepted)
            #expect(await call.next() == nil)
            #expect(try await call.outcome() == #"error reported {"a":1}"#)
        }
    }

    /// base64 of `{"errorType":"Late"}`; without a body the type is all there is.
    @Test(
        "an error in the trailers",
        arguments: [
            (
                "Lambda-Runtime-Function-Error-Type: Runtime.Late\r\n"
                    + "Lambda-Runtime-Function-Error-Body: eyJlcnJvclR5cGUiOiJMYXRlIn0=\r\n",
                #"error reported {"errorType":"Late"}"#
            ),
            (
                "lambda-runtime-function-error-type: Runtime.Late\r\n",
                #"error reported {"errorType":"Runtime.Late","errorMessage":""}"#
            ),
            ("Lambda-Runtime-Function-Error-Type:\r\n", "200 "), ("X-Other: 1\r\n", "200 "), ("", "200 "),
        ] as [(String, String)])
    func trailers(trailers: String, outcome: String) async throws {
        try await withCall { (call: inout Call) async throws in
            try await call.runtime.send(Self.head + Self.chunk("half") + "0\r\n\(trailers)\r\n")
            #expect(await call.next() == "half")
            #expect(await call.next() == nil)
            #expect(try await call.runtime.answer() == Plain.accepted)
            #expect(try await call.outcome() == outcome)
        }
    }

    @Test("while it responds, the runtime may do nothing else")
    func refusals() async throws {
        try await withCall { (call: inout Call) async throws in
            try await call.runtime.send(Self.head + Self.chunk("a"))
            #expect(await call.next() == "a")
            let second = try await call.environment.connect()
            #expect(
                try await second.request("POST", Plain.path("response"), "2")
                    == Plain.transition("InvocationResponse", "InvocationResponse"))
            #expect(
                try await second.request("POST", Plain.path("error"), "{}")
                    == Plain.transition("InvocationResponse", "InvocationErrorResponse"))
            #expect(
                try await second.request("GET", Plain.next) == Plain.transition("InvocationResponse", "Ready"))
            try await second.send(Self.head)
            try await second.send("0\r\n\r\n")
            #expect(try await second.answer() == Plain.transition("InvocationResponse", "InvocationResponse"))
            try await call.runtime.send("0\r\n\r\n")
            #expect(try await call.runtime.answer() == Plain.accepted)
            #expect(try await call.outcome() == "200 ")
        }
    }

    @Test("a response that is cut off fails when the runtime goes on")
    func cutOff() async throws {
        try await withCall { (call: inout Call) async throws in
            try await call.runtime.send(Self.head + Self.chunk("half"))
            #expect(await call.next() == "half")
            call.runtime.closeSending()
            #expect(
                try await call.runtime.answer()
                    == Plain.refusal(400, "TruncatedHTTPRequest", "HTTP request detected as truncated"))
            let again = try await call.environment.connect()
            try await again.send("GET \(Plain.next) HTTP/1.1\r\n\r\n")
            #expect(
                try await call.outcome()
                    == #"error exited {"errorType":"Runtime.TruncatedResponse","errorMessage":"RequestId: \#(Plain.requestID) Error: Response stream was cut off"}"#
            )
            #expect(await call.next() == nil)
        }
    }

    @Test("a response that is cut off because the process ended says that")
    func crash() async throws {
        try await withCall { (call: inout Call) async throws in
            try await call.runtime.send(Self.head + Self.chunk("half"))
            #expect(await call.next() == "half")
            call.runtime.closeSending()
            _ = try await call.runtime.answer()
            let running = call.environment.running
            let areKilled = try await running.eventually {
                let processes = running.processes()
                for process in processes { kill(process, SIGKILL) }
                return !processes.isEmpty
            }
            #expect(areKilled)
            #expect(try await call.outcome().contains("Runtime exited with error: signal: killed"))
        }
    }

    @Test("the function's time limit holds in the middle of a response")
    func timeout() async throws {
        try await withCall(timeout: 1) { (call: inout Call) async throws in
            try await call.runtime.send(Self.head + Self.chunk("half"))
            #expect(await call.next() == "half")
            #expect(try await call.outcome().contains("Task timed out after 1.00 seconds"))
            #expect(await call.next() == nil)
        }
    }

    @Test("a response may have as many bytes as are allowed, and not one more", arguments: [10, 11])
    func tooLarge(size: Int) async throws {
        try await withCall(limit: 10) { (call: inout Call) async throws in
            try await call.runtime.send(Self.head + Self.chunk("12345678"))
            #expect(await call.next() == "12345678")
            try await call.runtime.send(Self.chunk(String(repeating: "x", count: size - 8)) + "0\r\n\r\n")
            let answer = try await call.runtime.answer()
            guard size > 10 else {
                #expect(answer == Plain.accepted)
                #expect(try await call.outcome() == "200 ")
                return
            }
            #expect(
                answer
                    == Plain.refusal(413, "RequestEntityTooLarge", "Exceeded maximum allowed payload size (10 bytes)."))
            #expect(
                try await call.outcome()
                    == #"error responseTooLarge {"errorMessage":"Response payload size exceeded maximum allowed payload size (10 bytes).","errorType":"Function.ResponseSizeTooLarge"}"#
            )
            #expect(await call.next() == nil)
        }
    }

    @Test("a caller that does not read holds the function back; everything arrives once it reads")
    func backPressure() async throws {
        try await withCall { (call: inout Call) async throws in
            let piece = String(repeating: "x", count: 1 << 20)
            let pieces = 64
            let sent = Counter()
            let runtime = call.runtime
            try await withThrowingTaskGroup { tasks in
                tasks.addTask {
                    try await runtime.send(Self.head)
                    for _ in 0..<pieces {
                        try await runtime.send(Self.chunk(piece))
                        sent.add()
                    }
                    try await runtime.send("0\r\n\r\n")
                }
                let running = call.environment.running
                #expect(try await running.eventually { sent.count > 0 })
                // The host is at work meanwhile; sockets hold a few megabytes.
                for _ in 0..<500 { _ = try await running.host.environments() }
                #expect(sent.count < pieces / 2)
                var size = 0
                while let chunk = await call.chunks.next() {
                    size += chunk.readableBytes
                    if size == pieces << 20 { break }
                }
                #expect(size == pieces << 20)
                try await tasks.waitForAll()
            }
            #expect(try await call.runtime.answer() == Plain.accepted)
            #expect(try await call.outcome() == "200 ")
        }
    }

    @Test("a caller that is gone does not hold the function back")
    func readerGone() async throws {
        try await withCall { (call: inout Call) async throws in
            try await call.runtime.send(Self.head + Self.chunk("a"))
            #expect(await call.next() == "a")
            call.chunks = ResponseStream { _ in }.chunks.makeAsyncIterator()
            let piece = String(repeating: "x", count: 1 << 20)
            for _ in 0..<32 { try await call.runtime.send(Self.chunk(piece)) }
            try await call.runtime.send("0\r\n\r\n")
            #expect(try await call.runtime.answer() == Plain.accepted)
            #expect(try await call.outcome() == "200 ")
        }
    }
}
