import Testing
import TrellisAPI
import TrellisModel
import TrellisStore

@Suite struct VersionTests {
    private func server() async throws -> LambdaServer {
        let server = try LambdaServer()
        try await server.create()
        return server
    }

    @Test func aVersionIsACopyThatStays() async throws {
        let server = try await server()
        let first = await server.send("POST", "/functions/f/versions", .object(["Description": "the first"]))
        #expect(first.status == 201)
        #expect(first["Version"] == "1")
        #expect(first["FunctionArn"] == .string(LambdaServer.arnPrefix + "f:1"))
        #expect(first["State"] == "Active")
        #expect(first["LastUpdateStatus"] == "Successful")
        #expect(first["Description"] == "the first")
        let before = await server.send("GET", "/functions/f?Qualifier=1")
        _ = await server.send("PUT", "/functions/f/configuration", .object(["Timeout": 99, "Description": "changed"]))
        _ = await server.send("PUT", "/functions/f/code", .object(["ZipFile": LambdaServer.zip("newer")]))
        let after = await server.send("GET", "/functions/f?Qualifier=1")
        #expect(after.json == before.json)
        #expect(after["Configuration", "Timeout"] == 3)
    }

    @Test func publishingWithoutAChangeGivesTheLastVersionAgain() async throws {
        let server = try await server()
        let first = await server.send("POST", "/functions/f/versions", .object(["Description": "mine"]))
        let again = await server.send("POST", "/functions/f/versions", .object(["Description": "other words"]))
        #expect(again.status == 201)
        #expect(again.json == first.json)
        #expect(again["Description"] == "mine")
        // The same values once more are no change either.
        _ = await server.send("PUT", "/functions/f/configuration", .object(["Timeout": 3]))
        #expect(await server.send("POST", "/functions/f/versions").json == first.json)
        _ = await server.send("PUT", "/functions/f/configuration", .object(["Description": "changed"]))
        let second = await server.send("POST", "/functions/f/versions")
        #expect(second["Version"] == "2")
        #expect(second["Description"] == "changed")
    }

    @Test func publishingGivesTheFunctionANewRevisionOnlyIfThereIsANewVersion() async throws {
        let server = try await server()
        let before = await server.send("GET", "/functions/f/configuration")["RevisionId"]
        _ = await server.send("POST", "/functions/f/versions")
        let published = await server.send("GET", "/functions/f/configuration")["RevisionId"]
        #expect(published != before)
        _ = await server.send("POST", "/functions/f/versions")
        #expect(await server.send("GET", "/functions/f/configuration")["RevisionId"] == published)
    }

    @Test func numbersAreNeverUsedAgain() async throws {
        let server = try await server()
        #expect(try await server.publish(code: "a")["Version"] == "1")
        #expect(try await server.publish(code: "b")["Version"] == "2")
        #expect(await server.send("DELETE", "/functions/f?Qualifier=2").status == 204)
        #expect(await server.send("GET", "/functions/f?Qualifier=2").status == 404)
        // The version made from this code is gone, so that there is something to publish.
        #expect(await server.send("POST", "/functions/f/versions")["Version"] == "3")
    }

    @Test func theCodeIsCheckedIfADigestIsGiven() async throws {
        let server = try await server()
        let digest = try #require(await server.send("GET", "/functions/f/configuration")["CodeSha256"]?.text)
        let wrong = await server.send("POST", "/functions/f/versions", .object(["CodeSha256": "somenonexistentsha256"]))
        #expect(wrong.status == 400)
        #expect(
            wrong.json
                == .object([
                    "Type": "User",
                    "message": .string(
                        "CodeSHA256 (somenonexistentsha256) is different from current CodeSHA256 in $LATEST (\(digest)). "
                            + "Please try again with the CodeSHA256 in $LATEST."),
                ]))
        #expect(
            await server.send("POST", "/functions/f/versions", .object(["CodeSha256": .string(digest)])).status == 201)
        #expect(await server.send("POST", "/functions/f/versions", .object(["CodeSha256": ""])).status == 201)
    }

    @Test(arguments: [
        (JSONValue.object(["PublishTo": "LATEST_PUBLISHED"]), "PublishTo is not supported by this Trellis."),
        (
            .object(["Description": .string(String(repeating: "d", count: 257))]),
            "1 validation error detected: Value '\(String(repeating: "d", count: 257))' at 'description' failed to "
                + "satisfy constraint: Member must have length less than or equal to 256"
        ),
    ])
    func refusesBadInput(_ body: JSONValue, _ message: String) async throws {
        let server = try await server()
        let answer = await server.send("POST", "/functions/f/versions", body)
        #expect(answer.status == 400)
        #expect(answer.message == message)
        #expect(await server.send("GET", "/functions/f/versions")["Versions"]?.elements?.count == 1)
    }

    @Test func publishingAMissingFunctionIsNotFound() async throws {
        let server = try LambdaServer()
        let answer = await server.send("POST", "/functions/f/versions")
        #expect(answer.message == "Function not found: \(LambdaServer.arnPrefix)f")
    }

    @Test func theListBeginsWithLatestAndHasQualifiedARNs() async throws {
        let server = try await server()
        for number in 1...11 { try await server.publish(code: "code \(number)") }
        let list = await server.send("GET", "/functions/f/versions")
        let versions = try #require(list["Versions"]?.elements)
        let numbers = ["$LATEST"] + (1...11).map(String.init)
        #expect(versions.map { $0["Version"]?.text } == numbers)
        #expect(versions.map { $0["FunctionArn"]?.text } == numbers.map { "\(LambdaServer.arnPrefix)f:\($0)" })
        #expect(list["NextMarker"] == nil)
        for version in versions {
            let hidden: Set = [
                "State", "StateReason", "StateReasonCode", "LastUpdateStatus", "LastUpdateStatusReason",
                "LastUpdateStatusReasonCode", "RuntimeVersionConfig",
            ]
            #expect(version.memberNames.isDisjoint(with: hidden))
        }
    }
}

@Suite struct DeleteFunctionTests {
    @Test func takesEverythingOfTheFunctionWithIt() async throws {
        let server = try LambdaServer()
        try await server.create("f", ["Publish": true])
        try await server.create("f2")
        _ = await server.send("POST", "/functions/f/aliases", .object(["Name": "live", "FunctionVersion": "1"]))
        let permission = JSONValue.object([
            "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "vpc-lattice.amazonaws.com",
        ])
        for qualifier in ["", "?Qualifier=1", "?Qualifier=live"] {
            #expect(await server.send("POST", "/functions/f/policy\(qualifier)", permission).status == 201)
        }
        let answer = await server.send("DELETE", "/functions/f")
        #expect(answer.status == 204)
        #expect(answer.body.isEmpty)
        let left = try await server.store.range(under: .root).entries.map(\.key.path)
        #expect(left == ["/123456789012/us-west-2/function/f2"])
        let again = await server.send("DELETE", "/functions/f")
        #expect(again.status == 404)
        #expect(again.message == "Function not found: \(LambdaServer.arnPrefix)f")
    }

    @Test func aNewFunctionOfTheNameBeginsAnew() async throws {
        let server = try LambdaServer()
        try await server.create("f", ["Publish": true, "Tags": .object(["a": "b"])])
        _ = await server.send("DELETE", "/functions/f")
        try await server.create("f")
        #expect(await server.send("GET", "/functions/f")["Tags"] == nil)
        #expect(await server.send("GET", "/functions/f:1").status == 404)
    }

    @Test(arguments: [
        ("f?Qualifier=$LATEST", 400, "$LATEST version cannot be deleted without deleting the function."),
        ("f:live", 400, "Deletion of aliases is not currently supported."),
        ("f:1", 409, "Unable to delete version because the following aliases reference it: [also, live]"),
        ("f:2", 409, "Unable to delete version because the following aliases reference it: [also]"),
        ("nope:1", 404, "Function not found: arn:aws:lambda:us-west-2:123456789012:function:nope"),
    ])
    func guardsWhatIsStillNeeded(_ path: String, _ status: Int, _ message: String) async throws {
        let server = try LambdaServer()
        try await server.create()
        try await server.publish(code: "a")
        try await server.publish(code: "b")
        let routing = JSONValue.object(["AdditionalVersionWeights": .object(["2": .double(0.5)])])
        _ = await server.send("POST", "/functions/f/aliases", .object(["Name": "live", "FunctionVersion": "1"]))
        _ = await server.send(
            "POST", "/functions/f/aliases",
            .object(["Name": "also", "FunctionVersion": "1", "RoutingConfig": routing]))
        let answer = await server.send("DELETE", "/functions/\(path)")
        #expect(answer.status == status)
        #expect(answer.message == message)
        #expect(await server.send("GET", "/functions/f/versions")["Versions"]?.elements?.count == 3)
    }

    @Test func aVersionThatIsNotThereIsAsGoodAsDeleted() async throws {
        let server = try LambdaServer()
        try await server.create()
        #expect(await server.send("DELETE", "/functions/f?Qualifier=1233").status == 204)
        #expect(await server.send("GET", "/functions/f").status == 200)
    }

    @Test func aVersionTakesItsPolicyWithIt() async throws {
        let server = try LambdaServer()
        try await server.create("f", ["Publish": true])
        let permission = JSONValue.object([
            "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "*",
        ])
        _ = await server.send("POST", "/functions/f/policy?Qualifier=1", permission)
        #expect(await server.send("DELETE", "/functions/f:1").status == 204)
        let left = try await server.store.range(under: .root).entries.map(\.key.path)
        #expect(left == ["/123456789012/us-west-2/function/f"])
    }
}
