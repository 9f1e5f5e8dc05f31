import Testing
import TrellisAPI
import TrellisModel

@Suite struct AliasTests {
    private static let prefix = LambdaServer.arnPrefix

    private func server() async throws -> LambdaServer {
        let server = try LambdaServer()
        try await server.create()
        try await server.publish(code: "a")
        try await server.publish(code: "b")
        return server
    }

    private static func alias(_ name: String, _ version: String, _ more: [String: JSONValue] = [:]) -> JSONValue {
        .object(["Name": .string(name), "FunctionVersion": .string(version)].merging(more) { $1 })
    }

    private static func weights(_ weights: [String: JSONValue]) -> JSONValue {
        .object(["AdditionalVersionWeights": .object(weights)])
    }

    @Test func lives() async throws {
        let server = try await server()
        let created = await server.send(
            "POST", "/functions/f/aliases",
            Self.alias("live", "1", ["Description": "mine", "RoutingConfig": Self.weights(["2": .double(0.2)])]))
        #expect(created.status == 201)
        #expect(created["RevisionId"]?.text?.utf8.count == 36)
        #expect(
            created.json.members?.filter { $0.key != "RevisionId" } == [
                "AliasArn": .string(Self.prefix + "f:live"), "Name": "live", "FunctionVersion": "1",
                "Description": "mine", "RoutingConfig": Self.weights(["2": .double(0.2)]),
            ])
        #expect(await server.send("GET", "/functions/f/aliases/live").json == created.json)

        let moved = await server.send("PUT", "/functions/f/aliases/live", .object(["RoutingConfig": .object([:])]))
        #expect(moved.status == 200)
        #expect(moved["RoutingConfig"] == nil)
        #expect(moved["FunctionVersion"] == "1")
        #expect(moved["Description"] == "mine")
        #expect(moved["RevisionId"] != created["RevisionId"])
        let pointed = await server.send(
            "PUT", "/functions/f/aliases/live", .object(["FunctionVersion": "2", "Description": ""]))
        #expect(pointed["FunctionVersion"] == "2")
        #expect(pointed["Description"] == "")

        let deleted = await server.send("DELETE", "/functions/f/aliases/live")
        #expect(deleted.status == 204)
        #expect(deleted.body.isEmpty)
        let gone = await server.send("GET", "/functions/f/aliases/live")
        #expect(gone.status == 404)
        #expect(gone.message == "Cannot find alias arn: \(Self.prefix)f:live")
        #expect(await server.send("DELETE", "/functions/f/aliases/live").status == 204)
    }

    @Test func mayPointToLatest() async throws {
        let server = try await server()
        let created = await server.send(
            "POST", "/functions/f/aliases", Self.alias("newest", "$LATEST", ["RoutingConfig": .object([:])]))
        #expect(created.status == 201)
        #expect(created["FunctionVersion"] == "$LATEST")
        #expect(created["Description"] == "")
        #expect(created["RoutingConfig"] == nil)
    }

    static let aliasPattern = "(?!^[0-9]+$)([a-zA-Z0-9-_]+)"

    static let refusals: [Refusal] = [
        Refusal(
            alias("x", "1", ["RoutingConfig": weights(["1": .double(0.8), "2": .double(0.2)])]), 400,
            "InvalidParameterValueException",
            "Number of items in AdditionalVersionWeights cannot be greater than 1"),
        Refusal(
            alias("x", "1", ["RoutingConfig": weights(["2": 2])]), 400, "ValidationException",
            "1 validation error detected: Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to "
                + "satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal "
                + "to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]"),
        Refusal(
            alias("x", "1", ["RoutingConfig": weights(["2": -1])]), 400, "ValidationException",
            "1 validation error detected: Value '{2=-1.0}' at 'routingConfig.additionalVersionWeights' failed to "
                + "satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal "
                + "to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]"),
        Refusal(
            alias("x", "1", ["RoutingConfig": weights(["$LATEST": .double(0.5)])]), 400, "ValidationException",
            "1 validation error detected: Value '{$LATEST=0.5}' at 'routingConfig.additionalVersionWeights' failed to "
                + "satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal "
                + "to 1024, Member must have length greater than or equal to 1, Member must satisfy regular "
                + "expression pattern: [0-9]+, Member must not be null]"),
        Refusal(
            alias("x", "1", ["RoutingConfig": weights(["1": .double(0.5)])]), 400, "InvalidParameterValueException",
            "Invalid function version 1. Function version 1 is already included in routing configuration."),
        Refusal(
            alias("x", "$LATEST", ["RoutingConfig": weights(["1": .double(0.5)])]), 400,
            "InvalidParameterValueException",
            "$LATEST is not supported for an alias pointing to more than 1 version"),
        Refusal(
            alias("x", "1", ["RoutingConfig": weights(["10": .double(0.5)])]), 404, "ResourceNotFoundException",
            "Function not found: \(prefix)f:10"),
        Refusal(alias("x", "10"), 404, "ResourceNotFoundException", "Function not found: \(prefix)f:10"),
        Refusal(alias("x", "0"), 404, "ResourceNotFoundException", "Function not found: \(prefix)f:0"),
        Refusal(alias("x", "01"), 404, "ResourceNotFoundException", "Function not found: \(prefix)f:01"),
        Refusal(
            alias("x", "$LATEST.PUBLISHED"), 404, "ResourceNotFoundException",
            "Function not found: \(prefix)f:$LATEST.PUBLISHED"),
        Refusal(
            alias("taken", "1"), 409, "ResourceConflictException", "Alias already exists: \(prefix)f:taken"),
        Refusal(
            alias("123", "1"), 400, "ValidationException",
            "1 validation error detected: Value '123' at 'name' failed to satisfy constraint: Member must satisfy "
                + "regular expression pattern: \(aliasPattern)"),
        Refusal(
            alias("a.b", "1"), 400, "ValidationException",
            "1 validation error detected: Value 'a.b' at 'name' failed to satisfy constraint: Member must satisfy "
                + "regular expression pattern: \(aliasPattern)"),
        Refusal(
            alias("x", "live"), 400, "ValidationException",
            "1 validation error detected: Value 'live' at 'functionVersion' failed to satisfy constraint: Member must "
                + #"satisfy regular expression pattern: (\$LATEST(\.PUBLISHED)?|[0-9]+)"#),
        Refusal(
            .object(["Name": "x"]), 400, "ValidationException",
            "1 validation error detected: Value null at 'functionVersion' failed to satisfy constraint: "
                + "Member must not be null"),
        Refusal(
            .object([:]), 400, "ValidationException",
            "2 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must not be null; "
                + "Value null at 'functionVersion' failed to satisfy constraint: Member must not be null"),
    ]

    @Test(arguments: refusals)
    func badAliasesAreRefused(_ refusal: Refusal) async throws {
        let server = try await server()
        _ = await server.send("POST", "/functions/f/aliases", Self.alias("taken", "1"))
        let answer = await server.send("POST", "/functions/f/aliases", refusal.body)
        #expect(refusal.matches(answer), "\(answer)")
        #expect(await server.send("GET", "/functions/f/aliases")["Aliases"]?.elements?.count == 1)
    }

    @Test func aMissingFunctionIsToldWithTheVersion() async throws {
        let server = try await server()
        let answer = await server.send("POST", "/functions/f-unknown/aliases", Self.alias("x", "1"))
        #expect(answer.status == 404)
        #expect(answer.message == "Function not found: \(Self.prefix)f-unknown:1")
    }

    static let updates: [(JSONValue, Int, String)] = [
        (
            .object(["FunctionVersion": "2"]), 400,
            "Invalid function version 2. Function version 2 is already included in routing configuration."
        ),
        (
            .object(["FunctionVersion": "$LATEST"]), 400,
            "$LATEST is not supported for an alias pointing to more than 1 version"
        ),
        (.object(["FunctionVersion": "9"]), 404, "Function not found: \(prefix)f:9"),
        (.object(["RoutingConfig": weights(["9": .double(0.1)])]), 404, "Function not found: \(prefix)f:9"),
        (
            .object(["RevisionId": "00000000-0000-4000-8000-000000000000"]), 412,
            "The Revision Id provided does not match the latest Revision Id. "
                + "Call the GetFunction/GetAlias API to retrieve the latest Revision Id"
        ),
    ]

    @Test(arguments: updates)
    func badUpdatesChangeNothing(_ body: JSONValue, _ status: Int, _ message: String) async throws {
        let server = try await server()
        let created = await server.send(
            "POST", "/functions/f/aliases",
            Self.alias("live", "1", ["RoutingConfig": Self.weights(["2": .double(0.1)])]))
        let answer = await server.send("PUT", "/functions/f/aliases/live", body)
        #expect(answer.status == status)
        #expect(answer.message == message)
        #expect(await server.send("GET", "/functions/f/aliases/live").json == created.json)
    }

    @Test func theRevisionLocks() async throws {
        let server = try await server()
        let created = await server.send("POST", "/functions/f/aliases", Self.alias("live", "1"))
        let body = JSONValue.object(["RevisionId": try #require(created["RevisionId"]), "Description": "b"])
        #expect(await server.send("PUT", "/functions/f/aliases/live", body).status == 200)
        #expect(await server.send("PUT", "/functions/f/aliases/live", body).status == 412)
    }

    @Test func versionsOfAnAliasHaveOneRole() async throws {
        let server = try await server()
        _ = await server.send(
            "PUT", "/functions/f/configuration", .object(["Role": "arn:aws:iam::123456789012:role/other"]))
        _ = await server.send("POST", "/functions/f/versions")
        let answer = await server.send(
            "POST", "/functions/f/aliases", Self.alias("x", "1", ["RoutingConfig": Self.weights(["3": .double(0.1)])]))
        #expect(answer.status == 400)
        #expect(answer.message == "The versions of an alias must have the same execution role.")
    }

    @Test func listsInOrderOfNamesAndByVersion() async throws {
        let server = try await server()
        for name in ["c", "a", "b"] {
            _ = await server.send("POST", "/functions/f/aliases", Self.alias(name, name == "b" ? "2" : "1"))
        }
        _ = await server.send(
            "PUT", "/functions/f/aliases/c", .object(["RoutingConfig": Self.weights(["2": .double(0.5)])]))
        func names(_ query: String) async -> [String?]? {
            await server.send("GET", "/functions/f/aliases\(query)")["Aliases"]?.elements?.map { $0["Name"]?.text }
        }
        #expect(await names("") == ["a", "b", "c"])
        #expect(await names("?FunctionVersion=1") == ["a", "c"])
        #expect(await names("?FunctionVersion=2") == ["b", "c"])
        #expect(await names("?FunctionVersion=$LATEST") == [])
        #expect(await names("?FunctionVersion=x") == nil)
        #expect(await server.send("GET", "/functions/nope/aliases").status == 404)
    }

    @Test func anAliasTakesItsPolicyWithIt() async throws {
        let server = try await server()
        _ = await server.send("POST", "/functions/f/aliases", Self.alias("live", "1"))
        let permission = JSONValue.object(["StatementId": "s", "Action": "lambda:*", "Principal": "*"])
        #expect(await server.send("POST", "/functions/f:live/policy", permission).status == 201)
        _ = await server.send("DELETE", "/functions/f/aliases/live")
        _ = await server.send("POST", "/functions/f/aliases", Self.alias("live", "1"))
        #expect(await server.send("GET", "/functions/f:live/policy").status == 404)
    }

    @Test func aFunctionSeenThroughAnAliasIsTheVersion() async throws {
        let server = try await server()
        _ = await server.send("POST", "/functions/f/aliases", Self.alias("live", "1"))
        let version = await server.send("GET", "/functions/f:1")
        let alias = await server.send("GET", "/functions/f:live")
        #expect(alias["Configuration", "RevisionId"] == version["Configuration", "RevisionId"])
        #expect(alias["Configuration", "CodeSha256"] == version["Configuration", "CodeSha256"])
    }
}
