import Testing
import TrellisAPI

/// A function, and callers of another account.
@Suite struct InvokePermissionTests {
    private static let other = "210987654321"
    private static let third = "111122223333"

    private struct World {
        var owner: LambdaServer
        var other: LambdaServer
        var third: LambdaServer
    }

    private func world() async throws -> World {
        let owner = try LambdaServer()
        try await owner.create("f", ["Publish": true])
        _ = await owner.send(
            "POST", "/functions/f/aliases", .object(["Name": "live", "FunctionVersion": "1"]))
        return World(
            owner: owner, other: try LambdaServer(store: owner.store, account: Self.other),
            third: try LambdaServer(store: owner.store, account: Self.third))
    }

    private func grant(_ world: World, _ qualifier: String?, to principal: String, action: String) async throws {
        let answer = await world.owner.send(
            "POST", "/functions/f/policy" + (qualifier.map { "?Qualifier=\($0)" } ?? ""),
            .object(["StatementId": "s", "Action": .string(action), "Principal": .string(principal)]))
        try #require(answer.status == 201, "\(answer)")
    }

    private func path(_ qualifier: String?, _ name: String = "f") -> String {
        let arn = "\(LambdaServer.arnPrefix)\(name)".replacing(":", with: "%3A")
        return "/functions/\(arn)/invocations" + (qualifier.map { "?Qualifier=\($0)" } ?? "")
    }

    @Test(arguments: ["RequestResponse", "Event", "DryRun"])
    func anotherAccountNeedsTheResourcePolicy(_ type: String) async throws {
        let world = try await world()
        let headers = [(name: "X-Amz-Invocation-Type", value: type)]
        let refused = await world.other.send("POST", path(nil), headers: headers)
        #expect(refused.status == 403)
        #expect(refused.errorType == "AccessDeniedException")
        #expect(refused.message == "", "no word about the function")
        try await grant(world, nil, to: Self.other, action: "lambda:InvokeFunction")
        let allowed = await world.other.send("POST", path(nil), headers: headers)
        #expect(allowed.status == ["RequestResponse": 200, "Event": 202, "DryRun": 204][type])
        #expect(await world.third.send("POST", path(nil), headers: headers).status == 403)
        // The test's request id is always the same, and an event is accepted once.
        guard type != "Event" else { return }
        #expect(await world.owner.send("POST", path(nil), headers: headers).status == allowed.status)
    }

    @Test(
        arguments: [
            (nil, nil, 200), (nil, "live", 403), (nil, "1", 403), (nil, "$LATEST", 403),
            ("live", "live", 200), ("live", nil, 403), ("live", "1", 403), ("1", "1", 200), ("1", "live", 403),
        ] as [(String?, String?, Int)])
    func thePolicyOfTheVeryQualifierDecides(_ granted: String?, _ called: String?, _ status: Int) async throws {
        let world = try await world()
        try await grant(world, granted, to: "arn:aws:iam::\(Self.other):root", action: "lambda:InvokeFunction")
        #expect(await world.other.send("POST", path(called)).status == status)
        let streaming = path(called).replacing("/functions/", with: "/2021-11-15/functions/")
            .replacing("/invocations", with: "/response-streaming-invocations")
        #expect(await world.other.send("POST", streaming).status == status)
    }

    @Test(arguments: [("lambda:*", 200), ("*", 200), ("lambda:InvokeFunctionUrl", 403), ("lambda:GetFunction", 403)])
    func theActionIsThatOfInvoke(_ action: String, _ status: Int) async throws {
        let world = try await world()
        try await grant(world, nil, to: "*", action: action)
        #expect(await world.other.send("POST", path(nil)).status == status)
    }

    @Test func otherAccountsDoNotLearnWhatExists() async throws {
        let world = try await world()
        let missing = await world.other.send("POST", path(nil, "missing"))
        let there = await world.other.send("POST", path(nil))
        #expect(missing.status == 403)
        #expect(missing.body == there.body)
    }
}
