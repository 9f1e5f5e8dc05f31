import NIOCore
import Testing
import TrellisAPI
import TrellisInvoke
import TrellisModel
import TrellisStore

/// What the API does with `InvocationType: Event`.
@Suite struct EventInvocationTests {
    private static let event = [(name: "X-Amz-Invocation-Type", value: "Event")]
    private static let arn = LambdaServer.arnPrefix + "f"

    private func server(capacity: Int = 10) async throws -> LambdaServer {
        let server = try LambdaServer(store: SQLiteStore.inMemory(), eventCapacity: capacity)
        try await server.create("f", ["Publish": true])
        return server
    }

    @Test(arguments: [("f", ""), ("f:$LATEST", ":$LATEST"), ("f?Qualifier=1", ":1")])
    func anEventIsKeptAndAnsweredAtOnce(_ path: String, _ suffix: String) async throws {
        let server = try await server()
        let parts = path.split(separator: "?")
        let query = parts.count == 2 ? "?\(parts[1])" : ""
        let answer = await server.send(
            "POST", "/functions/\(parts[0])/invocations\(query)", bytes: Array(#"{"a":"é\n"}"#.utf8),
            headers: Self.event)
        #expect(answer.status == 202)
        #expect(answer.body.isEmpty)
        #expect(answer.headers["x-amz-executed-version"] == nil)
        #expect(server.invoker.invocations.isEmpty)
        let kept = try await server.store.records(
            EventInvocationRecord.self, under: .all(.eventInvocation, in: server.scope))
        #expect(kept.map(\.function.description) == [Self.arn + suffix])
        #expect(kept.map(\.payload) == [#"{"a":"é\n"}"#])
        #expect(kept.map(\.requestID) == ["8a1c0000-0000-4000-8000-00000000beef"])
        let due = try await server.store.records(
            EventInvocationDueRecord.self, under: .all(.eventInvocationDue, in: server.scope))
        #expect(due.map(\.dueAt) == kept.map(\.acceptedAt))
        #expect(due.map(\.event) == kept.map(\.key))
    }

    static let refused: [(String, [UInt8], Int, String, String)] = [
        (
            "nope", Array("{}".utf8), 404, "ResourceNotFoundException",
            "Function not found: \(LambdaServer.arnPrefix)nope:$LATEST"
        ),
        ("f:7", Array("{}".utf8), 404, "ResourceNotFoundException", "Function not found: \(arn):7"),
        ("f:live", Array("{}".utf8), 404, "ResourceNotFoundException", "Cannot find alias arn: \(arn):live"),
        (
            "f", Array("{".utf8), 400, "InvalidRequestContentException",
            "Could not parse request body into json: Could not parse payload into json: Expected a member name at offset 1"
        ),
        (
            "f", Array("\"\(String(repeating: "x", count: 1_048_575))\"".utf8), 413, "RequestTooLargeException",
            "Request must be smaller than 1048576 bytes for the InvokeFunction operation"
        ),
    ]

    @Test(arguments: refused)
    func whatCannotRunIsRefused(
        _ row: (path: String, body: [UInt8], status: Int, type: String, message: String)
    ) async throws {
        let server = try await server()
        let answer = await server.send(
            "POST", "/functions/\(row.path)/invocations", bytes: row.body, headers: Self.event)
        #expect(answer.status == row.status)
        #expect(answer.errorType == row.type)
        #expect(answer.message == row.message)
        #expect(try await server.store.count(under: .all(.eventInvocation, in: server.scope)).count == 0)
    }

    @Test func anEventMayHaveOneMegabyte() async throws {
        let server = try await server()
        let largest = Array("\"\(String(repeating: "x", count: 1_048_574))\"".utf8)
        let answer = await server.send("POST", "/functions/f/invocations", bytes: largest, headers: Self.event)
        #expect(answer.status == 202)
    }

    @Test func aFullQueueTakesNothing() async throws {
        let server = try await server(capacity: 0)
        let answer = await server.send("POST", "/functions/f/invocations", headers: Self.event)
        #expect(answer.status == 429)
        #expect(answer.errorType == "TooManyRequestsException")
        #expect(answer.message == "The queue of asynchronous invocations is full: it holds 0 events.")
        #expect(answer["Reason"]?.text == "CallerRateLimitExceeded")
    }

    static let types: [(String, Int)] = [
        ("application/json", 202), ("Application/JSON; charset=utf-8", 202), ("application/octet-stream", 202),
        ("application/cloudevents+json", 202), ("application/x-amz-json-1.1", 202), ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415), ("application/xml", 415),
    ]

    @Test(arguments: types)
    func onlyJSONIsAnEvent(_ type: String, _ status: Int) async throws {
        let server = try await server()
        let answer = await server.send(
            "POST", "/functions/f/invocations", bytes: Array("{}".utf8),
            headers: Self.event + [(name: "content-type", value: type)])
        #expect(answer.status == status)
        if status == 415 {
            #expect(answer.errorType == "UnsupportedMediaTypeException")
            #expect(answer["Type"]?.text == "User")
            #expect(answer.message == "The content type of the Invoke request body is not JSON.")
        }
    }
}
