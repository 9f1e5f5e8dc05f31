import Foundation
import Testing
import TrellisAPI
import TrellisModel

@Suite struct TagTests {
    private static let arn = LambdaServer.arnPrefix + "f"
    private static let path = "/2017-03-31/tags/\(arn)"

    private static func tags(_ tags: [String: JSONValue]) -> JSONValue { .object(["Tags": .object(tags)]) }

    @Test(arguments: [false, true])
    func live(encoded: Bool) async throws {
        let server = try LambdaServer()
        try await server.create()
        let path = encoded ? Self.path.replacingOccurrences(of: ":", with: "%3A") : Self.path
        #expect(await server.send("GET", path).json == Self.tags([:]))
        let tagged = await server.send("POST", path, Self.tags(["A": "a", "B": "b", "C": ""]))
        #expect(tagged.status == 204)
        #expect(tagged.body.isEmpty)
        _ = await server.send("POST", path, Self.tags(["C": "c", "D": "d"]))
        #expect(await server.send("GET", path).json == Self.tags(["A": "a", "B": "b", "C": "c", "D": "d"]))
        #expect(await server.send("GET", "/functions/f")["Tags"] == .object(["A": "a", "B": "b", "C": "c", "D": "d"]))
        #expect(await server.send("DELETE", "\(path)?tagKeys=A&tagKeys=B&tagKeys=absent").status == 204)
        #expect(await server.send("GET", path).json == Self.tags(["C": "c", "D": "d"]))
        #expect(await server.send("DELETE", "\(path)?tagKeys=C&tagKeys=D").status == 204)
        #expect(await server.send("GET", "/functions/f")["Tags"] == nil)
    }

    @Test func areNoChangeOfTheFunction() async throws {
        let server = try LambdaServer()
        let created = try await server.create()
        _ = await server.send("POST", Self.path, Self.tags(["A": "a"]))
        #expect(await server.send("GET", "/functions/f/configuration")["RevisionId"] == created["RevisionId"])
    }

    @Test(arguments: ["GET", "POST", "DELETE"])
    func needAFunction(_ method: String) async throws {
        let server = try LambdaServer()
        let path = method == "DELETE" ? "\(Self.path)?tagKeys=A" : Self.path
        let answer = await server.send(method, path, method == "POST" ? Self.tags(["A": "a"]) : nil)
        #expect(answer.status == 404)
        #expect(answer.json == .object(["Type": "User", "Message": .string("Function not found: \(Self.arn)")]))
    }

    static let resources: [(String, Int, String)] = [
        ("\(arn):1", 400, "Tags on function aliases and versions are not supported. Please specify a function ARN."),
        (
            "\(arn):$LATEST", 400,
            "Tags on function aliases and versions are not supported. Please specify a function ARN."
        ),
        (
            "arn:aws:lambda:eu-west-1:123456789012:function:f", 404,
            "Functions from 'eu-west-1' are not reachable in this region ('us-west-2')"
        ),
        ("arn:aws:lambda:us-west-2:210987654321:function:f", 403, ""),
        (
            "arn:aws:lambda:us-west-2:123456789012:code-signing-config:csc-0123456789abcdef0", 404,
            "The resource you requested does not exist."
        ),
        (
            "arn:aws:lambda:us-west-2:123456789012:event-source-mapping:01234567-89ab-cdef-0123-456789abcdef", 404,
            "The resource you requested does not exist."
        ),
        (
            "arn:aws:lambda:us-west-2:123456789012:capacity-provider:c", 404,
            "The resource you requested does not exist."
        ),
    ]

    @Test(arguments: resources)
    func belongToFunctionsOnly(_ resource: String, _ status: Int, _ message: String) async throws {
        let server = try LambdaServer()
        try await server.create("f", ["Publish": true])
        let answer = await server.send("POST", "/2017-03-31/tags/\(resource)", Self.tags(["A": "a"]))
        #expect(answer.status == status)
        #expect(answer.message == message)
    }

    @Test(arguments: [
        "f", "arn:aws:lambda:us-west-2:123456789012:layer:l:1", "arn:aws:s3:us-west-2:123456789012:function:f",
        "arn:aws:lambda:us-west-2:123456789012:event-source-mapping:x",
        "arn:aws:lambda:us-west-2:123456789012:code-signing-config:csc-x",
    ])
    func needAnARNOfTheModelsForm(_ resource: String) async throws {
        let server = try LambdaServer()
        let answer = await server.send("GET", "/2017-03-31/tags/\(resource)")
        #expect(answer.status == 400)
        #expect(answer.errorType == "ValidationException")
        let start = "1 validation error detected: Value '\(resource)' at 'resource' failed to satisfy constraint: "
        #expect(answer.message?.hasPrefix(start) == true)
    }

    static let refusals: [Refusal] = [
        Refusal(
            .object([:]), 400, "ValidationException",
            "1 validation error detected: Value null at 'tags' failed to satisfy constraint: Member must not be null"),
        Refusal(
            tags([:]), 400, "InvalidParameterValueException",
            "An error occurred and the request cannot be processed."),
        Refusal(
            tags(["": "a"]), 400, "ValidationException",
            "1 validation error detected: Value '' at 'tags' failed to satisfy constraint: "
                + "Member must have length greater than or equal to 1"),
        Refusal(
            tags(["A": .string(String(repeating: "v", count: 257))]), 400, "ValidationException",
            "1 validation error detected: Value '\(String(repeating: "v", count: 257))' at 'tags.A' failed to satisfy "
                + "constraint: Member must have length less than or equal to 256"),
        Refusal(tags(["A": 1]), 400, "SerializationException", "The value '1' at 'tags.A' must be a string."),
    ]

    @Test(arguments: refusals)
    func badTagsAreRefused(_ refusal: Refusal) async throws {
        let server = try LambdaServer()
        try await server.create()
        let answer = await server.send("POST", Self.path, refusal.body)
        #expect(refusal.matches(answer), "\(answer)")
        #expect(await server.send("GET", Self.path).json == Self.tags([:]))
    }

    @Test func areFiftyAtMost() async throws {
        let server = try LambdaServer()
        try await server.create()
        let fifty = Dictionary(uniqueKeysWithValues: (0..<50).map { ("k\($0)", JSONValue.string("v")) })
        #expect(await server.send("POST", Self.path, Self.tags(fifty)).status == 204)
        #expect(await server.send("POST", Self.path, Self.tags(["k0": "other"])).status == 204)
        let answer = await server.send("POST", Self.path, Self.tags(["one": "more"]))
        #expect(answer.status == 400)
        #expect(
            answer.message == "1 validation error detected: Value at 'tags' failed to satisfy constraint: "
                + "Member must have length less than or equal to 50")
    }

    @Test func removingNeedsKeys() async throws {
        let server = try LambdaServer()
        try await server.create()
        let answer = await server.send("DELETE", Self.path)
        #expect(answer.status == 400)
        #expect(
            answer.message == "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: "
                + "Member must not be null")
    }
}
