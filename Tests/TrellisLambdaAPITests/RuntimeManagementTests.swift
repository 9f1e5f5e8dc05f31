import Testing
import TrellisAPI

@testable import TrellisLambdaAPI

@Suite struct RuntimeManagementTests {
    private let path = "/2021-07-20/functions/f/runtime-management-config"

    @Test(arguments: [("", "$LATEST"), ("?Qualifier=1", "1"), ("?Qualifier=live", "1")])
    func theVersionsRuntimeIsTheMachines(_ query: String, _ version: String) async throws {
        let server = try LambdaServer()
        try await server.create("f", ["Publish": true])
        _ = await server.send(
            "POST", "/functions/f/aliases", .object(["Name": "live", "FunctionVersion": "1"]))
        let expected = JSONValue.object([
            "UpdateRuntimeOn": "Auto", "FunctionArn": .string("\(LambdaServer.arnPrefix)f:\(version)"),
        ])
        #expect(await server.send("GET", path + query).json == expected)
        #expect(await server.send("PUT", path + query, .object(["UpdateRuntimeOn": "Auto"])).json == expected)
    }

    @Test(arguments: [
        Refusal(
            members: ["UpdateRuntimeOn": "FunctionUpdate"], 400, "InvalidParameterValueException",
            "UpdateRuntimeOn FunctionUpdate is not supported by this Trellis."),
        Refusal(
            members: ["UpdateRuntimeOn": "Manual"], 400, "InvalidParameterValueException",
            "UpdateRuntimeOn Manual is not supported by this Trellis."),
        Refusal(
            members: ["UpdateRuntimeOn": "Never"], 400, "ValidationException",
            "1 validation error detected: Value 'Never' at 'updateRuntimeOn' failed to satisfy constraint: "
                + "Member must satisfy enum value set: [Auto, Manual, FunctionUpdate]"),
        Refusal(
            members: [:], 400, "ValidationException",
            "1 validation error detected: Value null at 'updateRuntimeOn' failed to satisfy constraint: "
                + "Member must not be null"),
        Refusal(
            members: [
                "UpdateRuntimeOn": "Auto", "RuntimeVersionArn": "arn:aws:lambda:us-west-2::runtime:abc",
            ], 400, "InvalidParameterValueException",
            "RuntimeVersionArn can only be given with UpdateRuntimeOn Manual."),
    ])
    func aRuntimeThatStaysIsRefused(_ refusal: Refusal) async throws {
        let server = try LambdaServer()
        try await server.create()
        let answer = await server.send("PUT", path, refusal.body)
        #expect(refusal.matches(answer), "\(answer)")
    }

    @Test func theFunctionMustExist() async throws {
        let server = try LambdaServer()
        for method in ["GET", "PUT"] {
            let body: JSONValue? = method == "PUT" ? .object(["UpdateRuntimeOn": "Auto"]) : nil
            let answer = await server.send(method, path, body)
            #expect(answer.status == 404)
            #expect(answer.message == "Function not found: \(LambdaServer.arnPrefix)f")
        }
    }
}

@Suite struct RecursionConfigTests {
    private let path = "/2024-08-31/functions/f/recursion-config"

    @Test func loopsAreAllowed() async throws {
        let server = try LambdaServer()
        #expect(await server.send("GET", path).status == 404)
        #expect(await server.send("PUT", path, .object(["RecursiveLoop": "Allow"])).status == 404)
        try await server.create()
        #expect(await server.send("GET", path).json == .object(["RecursiveLoop": "Allow"]))
        let put = await server.send("PUT", path, .object(["RecursiveLoop": "Allow"]))
        #expect(put.json == .object(["RecursiveLoop": "Allow"]))
    }

    @Test func endingThemIsRefused() async throws {
        let server = try LambdaServer()
        try await server.create()
        let refused = await server.send("PUT", path, .object(["RecursiveLoop": "Terminate"]))
        #expect(refused.status == 400)
        #expect(refused.message == "RecursiveLoop Terminate is not supported by this Trellis.")
        #expect(await server.send("PUT", path, .object([:])).errorType == "ValidationException")
        #expect(await server.send("PUT", path, .object(["RecursiveLoop": "x"])).errorType == "ValidationException")
    }
}
