import Foundation
import NIOCore
import Testing
import TrellisAPI
import TrellisInvoke
import TrellisModel

@Suite struct InvokeTests {
    private static let arn = LambdaServer.arnPrefix + "f"

    private func server() async throws -> LambdaServer {
        let server = try LambdaServer()
        try await server.create("f", ["Publish": true])
        return server
    }

    @Test func handsTheEventToTheFunction() async throws {
        let server = try await server()
        server.invoker.answer(.success(ScriptedInvoker.result(#"{"ok":true}"#, version: "1")))
        let answer = await server.send(
            "POST", "/functions/f/invocations?Qualifier=1", bytes: Array(#" {"a": [1, "é"]} "#.utf8))
        #expect(answer.status == 200)
        #expect(answer.text == #"{"ok":true}"#)
        #expect(answer.headers == ["content-type": "application/json", "x-amz-executed-version": "1"])
        let invocation = try #require(server.invoker.invocations.first)
        #expect(invocation.function.description == "\(Self.arn):1")
        #expect(String(buffer: invocation.payload) == #" {"a": [1, "é"]} "#)
        #expect(invocation.requestID == "8a1c0000-0000-4000-8000-00000000beef")
        #expect(invocation.caller == .authorized)
        #expect(invocation.clientContext == nil)
    }

    @Test func noBodyIsAnEmptyObject() async throws {
        let server = try await server()
        _ = await server.send("POST", "/functions/f/invocations")
        #expect(server.invoker.invocations.map { String(buffer: $0.payload) } == ["{}"])
    }

    @Test(arguments: [FunctionFailure.reported, .timedOut, .exited, .responseTooLarge])
    func aFailingFunctionIsNoError(_ failure: FunctionFailure) async throws {
        let server = try await server()
        let payload = #"{"errorMessage":"boom","errorType":"Error"}"#
        server.invoker.answer(.functionError(ScriptedInvoker.result(payload), failure))
        let answer = await server.send("POST", "/functions/f/invocations")
        #expect(answer.status == 200)
        #expect(answer.text == payload)
        #expect(answer.headers["x-amz-function-error"] == "Unhandled")
        #expect(answer.headers["x-amz-executed-version"] == "$LATEST")
    }

    @Test(arguments: [("Tail", true), ("None", false), (nil, false)])
    func theLogIsGivenIfAskedFor(_ type: String?, _ isGiven: Bool) async throws {
        let server = try await server()
        let log = "START RequestId: x Version: $LATEST\nEND RequestId: x\n"
        server.invoker.answer(.success(ScriptedInvoker.result("null", log: log)))
        let headers = type.map { [(name: "X-Amz-Log-Type", value: $0)] } ?? []
        let answer = await server.send("POST", "/functions/f/invocations", headers: headers)
        #expect(answer.headers["x-amz-log-result"] == (isGiven ? Data(log.utf8).base64EncodedString() : nil))
    }

    static let rejections: [(InvocationRejection, String, Int, String, JSONValue)] = [
        (
            .notFound, "f", 404, "ResourceNotFoundException",
            .object(["Type": "User", "Message": .string("Function not found: \(arn):$LATEST")])
        ),
        (
            .notFound, "f:$LATEST", 404, "ResourceNotFoundException",
            .object(["Type": "User", "Message": .string("Function not found: \(arn):$LATEST")])
        ),
        (
            .notFound, "f:7", 404, "ResourceNotFoundException",
            .object(["Type": "User", "Message": .string("Function not found: \(arn):7")])
        ),
        (
            .notFound, "f:live", 404, "ResourceNotFoundException",
            .object(["Type": "User", "Message": .string("Cannot find alias arn: \(arn):live")])
        ),
        (
            .throttled(reason: "ReservedFunctionConcurrentInvocationLimitExceeded"), "f", 429,
            "TooManyRequestsException",
            .object([
                "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded", "Type": "User",
                "message": "Rate Exceeded.",
            ])
        ),
        (
            .payloadTooLarge, "f", 413, "RequestTooLargeException",
            .object([
                "Type": "User",
                "message": "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
            ])
        ),
        (
            .unavailable(reason: "python3.12 is not installed"), "f", 502, "ResourceNotReadyException",
            .object(["Type": "Service", "message": "python3.12 is not installed"])
        ),
        (
            .notPermitted, "f", 403, "AccessDeniedException",
            .object([
                "Message": .string(
                    "User: arn:aws:iam::123456789012:root is not authorized to perform: lambda:InvokeFunction on "
                        + "resource: \(arn) because no resource-based policy allows the lambda:InvokeFunction action")
            ])
        ),
    ]

    @Test(arguments: rejections)
    func whatNeverReachedTheFunctionIsAnError(
        _ row: (rejection: InvocationRejection, path: String, status: Int, type: String, body: JSONValue)
    ) async throws {
        let server = try await server()
        server.invoker.answer(.rejected(row.rejection))
        let answer = await server.send("POST", "/functions/\(row.path)/invocations")
        #expect(answer.status == row.status)
        #expect(answer.errorType == row.type)
        #expect(answer.json == row.body)
        #expect(answer.headers["retry-after"] == (row.status == 429 ? "1" : nil))
        #expect(server.internalErrors.count == (row.status >= 500 ? 1 : 0))
    }

    @Test(arguments: [
        "null", "true", "false", "0", "-0", "-1.5e+10", "1E9", "\"\"", "\"\\u00e9\\n\\\"\"", "[]", "{}", " [ ] ",
        "[1,[2,{\"a\":{}}],\"x\"]", "{\"a\":1,\"a\":2}", "\t\r\n 1 \n", "\"\u{10FFFF}\"",
    ])
    func everyJSONValueIsAnEvent(_ event: String) async throws {
        let server = try await server()
        let answer = await server.send("POST", "/functions/f/invocations", bytes: Array(event.utf8))
        #expect(answer.status == 200)
        #expect(server.invoker.invocations.map { String(buffer: $0.payload) } == [event])
    }

    static let notJSON: [([UInt8], String)] =
        [
            (" ", "Unexpected end-of-input at offset 1"), ("{", "Expected a member name at offset 1"),
            ("[1", "Unexpected end-of-input at offset 2"), ("[1,]", "Unexpected character (code 93) at offset 3"),
            ("{\"a\":1,}", "Expected a member name at offset 7"), ("{\"a\" 1}", "Expected a colon at offset 5"),
            ("{a:1}", "Expected a member name at offset 1"), ("'a'", "Unexpected character (code 39) at offset 0"),
            ("{} x", "Unexpected content after the value at offset 3"),
            ("1 2", "Unexpected content after the value at offset 2"),
            ("[1 2]", "Unexpected character (code 50): expected a comma or the end at offset 3"),
            ("[1}", "Unexpected character (code 125): expected a comma or the end at offset 2"),
            ("]", "Unexpected character (code 93) at offset 0"),
            ("01", "Unexpected content after the value at offset 1"),
            ("-", "Expected a digit at offset 1"), ("1.", "Expected a digit at offset 2"),
            ("1e", "Expected a digit at offset 2"),
            (".5", "Unexpected character (code 46) at offset 0"), ("+1", "Unexpected character (code 43) at offset 0"),
            ("NaN", "Unexpected character (code 78) at offset 0"),
            ("nul", "Unrecognized token: expected null at offset 3"),
            ("\"a", "Unexpected end-of-input in a string at offset 2"),
            ("\"\\x\"", "Unrecognized character escape at offset 2"),
            ("\"\\u12g4\"", "Expected a hexadecimal digit at offset 5"),
            ("\"\\u12", "Expected a hexadecimal digit at offset 5"),
            ("\"a\nb\"", "Illegal unquoted character (code 10) at offset 2"),
            ("\"\\", "Unrecognized character escape at offset 2"),
            ("hello", "Unexpected character (code 104) at offset 0"),
            ("\u{FEFF}{}", "Unexpected character (code 239) at offset 0"),
        ].map { (Array($0.0.utf8), $0.1) } + [
            ([0x22, 0xFF, 0x22], "Invalid UTF-8 at offset 0"), ([0x22, 0xC0, 0x80, 0x22], "Invalid UTF-8 at offset 0"),
            ([0x22, 0xED, 0xA0, 0x80, 0x22], "Invalid UTF-8 at offset 0"),
            (
                Array(repeating: UInt8(ascii: "["), count: 1001),
                "The value is nested deeper than 1000 levels at offset 1001"
            ),
        ]

    @Test(arguments: notJSON)
    func everyOtherEventIsRefused(_ event: [UInt8], _ reason: String) async throws {
        let server = try await server()
        let answer = await server.send("POST", "/functions/f/invocations", bytes: event)
        #expect(answer.status == 400)
        #expect(answer.errorType == "InvalidRequestContentException")
        #expect(
            answer.message
                == "Could not parse request body into json: Could not parse payload into json: \(reason)")
        #expect(server.invoker.invocations.isEmpty)
    }

    @Test func nestsToTheLimit() async throws {
        let server = try await server()
        let event =
            [UInt8](repeating: UInt8(ascii: "["), count: 1000) + [UInt8](repeating: UInt8(ascii: "]"), count: 1000)
        #expect(await server.send("POST", "/functions/f/invocations", bytes: event).status == 200)
    }

    @Test func anEventMayHaveSixMegabytes() async throws {
        let server = try await server()
        let largest =
            [UInt8(ascii: "\"")] + [UInt8](repeating: UInt8(ascii: "x"), count: 6_291_454) + [UInt8(ascii: "\"")]
        #expect(await server.send("POST", "/functions/f/invocations", bytes: largest).status == 200)
        let answer = await server.send("POST", "/functions/f/invocations", bytes: largest + [0x20])
        #expect(answer.status == 413)
        #expect(answer.errorType == "RequestTooLargeException")
        #expect(server.bodyLimit("POST", "/2015-03-31/functions/f/invocations") == 6_291_456)
    }

    @Test func aDryRunOnlyLooks() async throws {
        let server = try await server()
        let headers = [(name: "X-Amz-Invocation-Type", value: "DryRun")]
        let answer = await server.send("POST", "/functions/f/invocations", headers: headers)
        #expect(answer.status == 204)
        #expect(answer.body.isEmpty)
        #expect(await server.send("POST", "/functions/f:1/invocations", headers: headers).status == 204)
        for (path, message) in [
            ("nope", "Function not found: \(LambdaServer.arnPrefix)nope:$LATEST"),
            ("f:7", "Function not found: \(Self.arn):7"), ("f:nope", "Cannot find alias arn: \(Self.arn):nope"),
        ] {
            let missing = await server.send("POST", "/functions/\(path)/invocations", headers: headers)
            #expect(missing.status == 404)
            #expect(missing.message == message)
        }
        #expect(server.invoker.invocations.isEmpty)
    }

    static let headers: [(String, String, String, String)] = [
        (
            "X-Amz-Invocation-Type", "event", "ValidationException",
            "1 validation error detected: Value 'event' at 'invocationType' failed to satisfy constraint: "
                + "Member must satisfy enum value set: [Event, RequestResponse, DryRun]"
        ),
        (
            "X-Amz-Log-Type", "Head", "ValidationException",
            "1 validation error detected: Value 'Head' at 'logType' failed to satisfy constraint: "
                + "Member must satisfy enum value set: [None, Tail]"
        ),
        (
            "X-Amz-Tenant-Id", "t", "InvalidParameterValueException", "TenantId is not supported by this Trellis."
        ),
        (
            "X-Amz-Durable-Execution-Name", "n", "InvalidParameterValueException",
            "DurableExecutionName is not supported by this Trellis."
        ),
        (
            "X-Amz-Client-Context", "not base64!", "InvalidRequestContentException",
            "Client context must be a valid Base64-encoded JSON object."
        ),
        (
            "X-Amz-Client-Context", Data("[]".utf8).base64EncodedString(), "InvalidRequestContentException",
            "Client context must be a valid Base64-encoded JSON object."
        ),
        (
            "X-Amz-Client-Context", Data("{".utf8).base64EncodedString(), "InvalidRequestContentException",
            "Client context must be a valid Base64-encoded JSON object."
        ),
        (
            "X-Amz-Client-Context", String(repeating: "A", count: 3584), "InvalidRequestContentException",
            "Client context must be no more than 3583 bytes when base64-encoded."
        ),
    ]

    @Test(arguments: headers)
    func badHeadersAreRefused(_ name: String, _ value: String, _ type: String, _ message: String) async throws {
        let server = try await server()
        let answer = await server.send("POST", "/functions/f/invocations", headers: [(name: name, value: value)])
        #expect(answer.status == 400)
        #expect(answer.errorType == type)
        #expect(answer.message == message)
        #expect(server.invoker.invocations.isEmpty)
    }

    @Test func theClientContextIsHandedOnInOneLine() async throws {
        let server = try await server()
        let context = Data("{\"custom\":\r\n\t{\"a\": \"\\n\"}}".utf8).base64EncodedString()
        _ = await server.send(
            "POST", "/functions/f/invocations", headers: [(name: "x-amz-client-context", value: context)])
        #expect(server.invoker.invocations.map(\.clientContext) == ["{\"custom\":   {\"a\": \"\\n\"}}"])
    }

    @Test func theRequestTypesAreExplicitToo() async throws {
        let server = try await server()
        let headers = [(name: "X-Amz-Invocation-Type", value: "RequestResponse")]
        #expect(await server.send("POST", "/functions/f/invocations", headers: headers).status == 200)
    }
}
