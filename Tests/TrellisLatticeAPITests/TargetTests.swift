import Testing
import TrellisAPI
import TrellisModel
import TrellisStore

@testable import TrellisLatticeAPI

@Suite struct TargetTests {
    private let world: TestWorld
    private let group: String

    init() async throws {
        world = try TestWorld()
        group = try await world.makeTargetGroup()
    }

    private func deregister(_ id: String, extra: String = "") async -> Reply {
        await world.send(
            "POST", "/targetgroups/\(group)/deregistertargets", #"{"targets":[{"id":"\#(id)"\#(extra)}]}"#)
    }

    private func list(_ body: String = "") async -> Reply {
        await world.send("POST", "/targetgroups/\(group)/listtargets", body)
    }

    @Test func registeredFunctionIsListedAndMayBeInvoked() async throws {
        let function = try await world.makeFunction()
        let reply = await world.register(function, with: group)
        #expect(reply.status == 200)
        #expect(reply["successful"] == .array([.object(["id": .string(function)])]))
        #expect(reply["unsuccessful"] == .array([]))
        #expect(
            await list().elements("items") == [
                .object(["id": .string(function), "status": "UNUSED", "reasonCode": "TargetGroupNotInUse"])
            ])

        let policy = try #require(try await world.policy(of: "function"))
        #expect(
            policy.statements == [
                FunctionPolicyStatement(
                    sid: "vpc-lattice-\(group)", principal: .service("vpc-lattice.amazonaws.com"),
                    action: "lambda:InvokeFunction", resource: try #require(FunctionARN(function)),
                    conditions: ["ArnLike": ["AWS:SourceArn": TestWorld.arn("targetgroup/\(group)")]])
            ])
        #expect(policy.revisionID.utf8.count == 36)
    }

    @Test func statusFollowsTheUseOfTheGroup() async throws {
        let function = try await world.makeFunction()
        _ = await world.register(function, with: group)
        let service = try await world.makeService()
        let listener = try await world.makeListener(of: service, action: TestWorld.forward(group))
        #expect(await list().texts("items", "status") == ["UNAVAILABLE"])
        #expect(await list().texts("items", "reasonCode") == ["HealthCheckNotSupported"])

        #expect(await deregister(function)["successful"] == .array([.object(["id": .string(function)])]))
        #expect(await list().texts("items", "status") == ["DRAINING"])
        #expect(await list().texts("items", "reasonCode") == ["DeregistrationInProgress"])
        let key = StoreKey.target(
            function, port: 0, of: try #require(TargetGroupID(group)), in: TestWorld.scope)
        #expect(try await world.store.record(TargetRecord.self, at: key)?.isDraining == true)
        try await world.settle()
        #expect(await list().elements("items").isEmpty)

        _ = await world.register(function, with: group)
        _ = await world.send("DELETE", "/services/\(service)/listeners/\(listener)")
        #expect(await list().texts("items", "status") == ["UNUSED"])
    }

    @Test func versionsAndAliasesAreRegisteredWithTheirOwnPolicy() async throws {
        try await world.makeFunction(versions: [3], aliases: ["live"])
        let other = try await world.makeTargetGroup("other")
        #expect(
            await world.register(TestWorld.functionARN("function", "3"), with: group).elements("successful").count == 1)
        #expect(
            await world.register(TestWorld.functionARN("function", "live"), with: other).elements("successful").count
                == 1)
        #expect(try await world.policy(of: "function", .version(3))?.statements.map(\.sid) == ["vpc-lattice-\(group)"])
        #expect(
            try await world.policy(of: "function", .alias("live"))?.statements.first?.resource.description
                == TestWorld.functionARN("function", "live"))
        #expect(try await world.policy(of: "function") == nil)
    }

    /// A target id, and a word of the message that says what is wrong with it.
    @Test(arguments: [
        ("function", "not the ARN"), ("arn:aws:s3:::bucket", "not the ARN"),
        ("arn:aws:lambda:us-west-2:111122223333:function:", "not the ARN"),
        ("arn:aws-cn:lambda:us-west-2:111122223333:function:function", "not the ARN"),
        ("arn:aws:lambda:us-west-2:111122223333:layer:function", "not the ARN"),
        ("arn:aws:lambda:us-west-2:111122223333:function:function:01", "not the ARN"),
        ("arn:aws:lambda:us-west-2:111122223333:function:function:0", "not the ARN"),
        ("arn:aws:lambda:us-west-2:111122223333:function:function:1:2", "not the ARN"),
        ("arn:aws:lambda:us-west-2:111122223333:function:missing", "Function not found"),
        ("arn:aws:lambda:us-west-2:111122223333:function:function:9", "Function not found"),
        ("arn:aws:lambda:us-west-2:111122223333:function:function:dead", "Function not found"),
        ("arn:aws:lambda:us-west-2:111122223333:function:function:$LATEST", "$LATEST"),
        ("arn:aws:lambda:us-west-2:444455556666:function:function", "account"),
        ("arn:aws:lambda:eu-central-1:111122223333:function:function", "Region"),
    ])
    func targetThatIsNoFunctionOfTheAccountIsUnsuccessful(_ id: String, _ word: String) async throws {
        try await world.makeFunction(versions: [3], aliases: ["live"])
        for scope in [
            Scope(account: try #require(TrellisAccount.other), region: TestWorld.region),
            Scope(account: TestWorld.account, region: try #require(TrellisAccount.otherRegion)),
        ] {
            try await world.makeFunction(scope: scope)
        }
        let keys = try await world.keys()
        let reply = await world.register(id, with: group)
        #expect(reply.status == 200)
        #expect(reply.elements("successful").isEmpty)
        #expect(reply.text("unsuccessful[0].id") == id)
        #expect(reply.text("unsuccessful[0].failureCode") == "InvalidTarget")
        #expect(reply.text("unsuccessful[0].failureMessage").contains(word))
        #expect(try await world.keys() == keys)
    }

    @Test func portIsRefusedForAFunction() async throws {
        let function = try await world.makeFunction()
        let reply = await world.send(
            "POST", "/targetgroups/\(group)/registertargets", #"{"targets":[{"id":"\#(function)","port":80}]}"#)
        #expect(reply["unsuccessful[0].port"] == 80)
        #expect(reply.text("unsuccessful[0].failureCode") == "InvalidTarget")
    }

    @Test func groupHoldsOneFunction() async throws {
        let (one, two) = (try await world.makeFunction("one"), try await world.makeFunction("two"))
        let both = await world.send(
            "POST", "/targetgroups/\(group)/registertargets",
            #"{"targets":[{"id":"\#(one)"},{"id":"\#(two)"},{"id":"\#(one)"},{"id":"nonsense"}]}"#)
        #expect(both.texts("successful", "id") == [one, one])
        #expect(both.texts("unsuccessful", "id") == [two, "nonsense"])
        #expect(both.texts("unsuccessful", "failureCode") == ["UnsupportedTarget", "InvalidTarget"])
        #expect(both.text("unsuccessful[0].failureMessage").contains(one))
        #expect(try await world.policy(of: "two") == nil)
        let revision = try await world.policy(of: "one")?.revisionID

        #expect(await world.register(one, with: group).texts("successful", "id") == [one])
        #expect(await world.register(two, with: group).texts("unsuccessful", "failureCode") == ["UnsupportedTarget"])
        #expect(await list().texts("items", "id") == [one])
        #expect(try await world.policy(of: "one")?.revisionID == revision)
        #expect(try await world.policy(of: "one")?.statements.count == 1)
    }

    @Test func drainingTargetMakesRoomAndCanComeBack() async throws {
        let (one, two) = (try await world.makeFunction("one"), try await world.makeFunction("two"))
        _ = await world.register(one, with: group)
        _ = await deregister(one)
        #expect(await world.register(two, with: group).texts("successful", "id") == [two])
        #expect(Set(await list().texts("items", "status")) == ["DRAINING", "UNUSED"])
        #expect(await world.register(one, with: group).texts("unsuccessful", "failureCode") == ["UnsupportedTarget"])
        _ = await deregister(two)
        #expect(await world.register(one, with: group).texts("successful", "id") == [one])
        try await world.settle()
        #expect(await list().texts("items", "id") == [one])
        #expect(await list().texts("items", "status") == ["UNUSED"])
    }

    @Test func deregisteringAnUnknownTargetIsUnsuccessful() async throws {
        let function = try await world.makeFunction()
        let unknown = await deregister(function)
        #expect(unknown.status == 200)
        #expect(unknown.text("unsuccessful[0].failureCode") == "InvalidTarget")
        _ = await world.register(function, with: group)
        // With a port it is another target.
        #expect(await deregister(function, extra: #","port":80"#).elements("unsuccessful").count == 1)
        #expect(await deregister(function).elements("successful").count == 1)
        #expect(await deregister(function).elements("successful").count == 1)
    }

    @Test func listIsFilteredByIdAndPort() async throws {
        let function = try await world.makeFunction()
        _ = await world.register(function, with: group)
        for (targets, count) in [
            ("[]", 1), (#"[{"id":"\#(function)"}]"#, 1), (#"[{"id":"other"},{"id":"\#(function)"}]"#, 1),
            (#"[{"id":"other"}]"#, 0), (#"[{"id":"\#(function)","port":80}]"#, 0),
        ] {
            #expect(await list(#"{"targets":\#(targets)}"#).elements("items").count == count, "\(targets)")
        }
    }

    @Test(arguments: ["registertargets", "deregistertargets", "listtargets"])
    func unknownGroupIsNotFound(_ operation: String) async throws {
        let reply = await world.send(
            "POST", "/targetgroups/tg-0123456789abcdef0/\(operation)", #"{"targets":[{"id":"x"}]}"#)
        #expect(reply.status == 404)
        #expect(reply.text("resourceType") == "TARGET_GROUP")
    }
}
