import Testing
import TrellisAPI
import TrellisLambdaAPI
import TrellisModel
import TrellisStore

@Suite struct ProtocolTests {
    @Test(arguments: [
        ("GET", "/2015-03-31/nothing"), ("PATCH", "/2015-03-31/functions/f"), ("GET", "/"), ("POST", "/functions/f"),
    ])
    func whatIsNoOperationIsToldAsJSON(_ method: String, _ path: String) async throws {
        let server = try LambdaServer()
        let answer = await server.send(method, path)
        #expect(answer.status == 404)
        #expect(answer.errorType == "UnknownOperationException")
        #expect(answer.json.memberNames == ["message"])
    }

    static let limits: [(Int, String, String)] = [
        (
            70_167_211, "RequestEntityTooLargeException",
            "Request must be smaller than 70167211 bytes for the CreateFunction operation"
        ),
        (
            70_167_212, "RequestEntityTooLargeException",
            "Request must be smaller than 70167212 bytes for the UpdateFunctionCode operation"
        ),
        (
            6_291_456, "RequestTooLargeException",
            "Request must be smaller than 6291456 bytes for the InvokeFunction operation"
        ),
        (
            1_048_576, "RequestEntityTooLargeException",
            "Request must be smaller than 1048576 bytes for this operation"
        ),
    ]

    @Test(arguments: limits)
    func bodiesThatAreTooLargeAreRefused(_ limit: Int, _ type: String, _ message: String) throws {
        let answer = try LambdaServer().refuse(.bodyTooLarge(limit: limit))
        #expect(answer.status == 413)
        #expect(answer.errorType == type)
        #expect(answer.message == message)
    }

    @Test func eachOperationHasItsBodyLimit() throws {
        let server = try LambdaServer()
        #expect(server.bodyLimit("POST", "/2015-03-31/functions") == 70_167_211)
        #expect(server.bodyLimit("PUT", "/2015-03-31/functions/f/code") == 70_167_212)
        #expect(server.bodyLimit("POST", "/2015-03-31/functions/f/invocations") == 6_291_456)
        #expect(server.bodyLimit("PUT", "/2015-03-31/functions/f/configuration") == 1_048_576)
    }

    @Test func brokenPercentEncodingIsRefused() async throws {
        let server = try LambdaServer()
        let answer = await server.send("GET", "/functions?Marker=%zz")
        #expect(answer.status == 400)
        #expect(answer.errorType == "SerializationException")
    }

    @Test func contentionIsToBeTriedAgain() {
        let error = LambdaErrorTable().wireError(for: StoreError.contended(attempts: 32))
        #expect(error.type == "TooManyRequestsException")
        #expect(error.status == 429)
        #expect(error.headers.map(\.name) == ["retry-after"])
    }

    @Test func aRecordThatCannotBeReadIsAnInternalError() async throws {
        let server = try LambdaServer()
        let key = StoreKey.function(try #require(FunctionName("f")), in: server.scope)
        _ = try await server.store.commit(StoreTransaction(mutations: [.put(key, Array("{}".utf8))]))
        let answer = await server.send("GET", "/functions/f")
        #expect(answer.status == 500)
        #expect(answer.errorType == "ServiceException")
        #expect(answer.message == "An error occurred and the request cannot be processed.")
        #expect(server.internalErrors.count == 1)
    }
}
