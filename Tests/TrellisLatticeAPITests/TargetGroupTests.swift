import Testing
import TrellisAPI

@testable import TrellisLatticeAPI

@Suite struct TargetGroupTests {
    @Test(arguments: [("", "V1"), (#","config":{}"#, "V1"), (#","config":{"lambdaEventStructureVersion":"V2"}"#, "V2")])
    func lambdaGroupShowsItsEventStructureVersionAndNothingElse(_ config: String, _ version: String) async throws {
        let world = try TestWorld()
        let created = await world.send("POST", "/targetgroups", #"{"name":"my-group","type":"LAMBDA"\#(config)}"#)
        let shown = JSONValue.object(["lambdaEventStructureVersion": .string(version)])
        #expect(created.status == 201)
        #expect(created.members == ["id", "arn", "name", "type", "config", "status"])
        #expect(created.text("status") == "CREATE_IN_PROGRESS")
        #expect(created["config"] == shown)
        try await world.settle()
        let read = await world.send("GET", "/targetgroups/\(created.id)")
        #expect(read.text("status") == "ACTIVE")
        #expect(read["config"] == shown)
        #expect(read["serviceArns"] == .array([]))
        let listed = await world.send("GET", "/targetgroups")
        #expect(listed.text("items[0].lambdaEventStructureVersion") == version)
        #expect(
            listed.elements("items")[0].memberNames == [
                "id", "arn", "name", "type", "createdAt", "lastUpdatedAt", "status", "serviceArns",
                "lambdaEventStructureVersion",
            ])
    }

    @Test func eventStructureVersionCanBeChanged() async throws {
        let world = try TestWorld()
        let group = try await world.makeTargetGroup()
        world.clock.advance(by: .seconds(1))
        let updated = await world.send(
            "PATCH", "/targetgroups/\(group)", #"{"config":{"lambdaEventStructureVersion":"V2"}}"#)
        #expect(updated.status == 200)
        #expect(updated.text("config.lambdaEventStructureVersion") == "V2")
        #expect(updated.text("status") == "ACTIVE")
        let read = await world.send("GET", "/targetgroups/\(group)")
        #expect(read.text("config.lambdaEventStructureVersion") == "V2")
        #expect(read.text("lastUpdatedAt") == "2023-11-14T22:13:21.000Z")
    }

    @Test func nameIsTakenUntilTheGroupIsGone() async throws {
        let world = try TestWorld()
        let first = try await world.makeTargetGroup("same")
        let second = await world.send("POST", "/targetgroups", #"{"name":"same","type":"LAMBDA"}"#)
        #expect(second.status == 409)
        #expect(second.text("resourceId") == first)
        #expect(await world.send("DELETE", "/targetgroups/\(first)").status == 200)
        #expect(await world.send("POST", "/targetgroups", #"{"name":"same","type":"LAMBDA"}"#).status == 409)
        try await world.settle()
        #expect(await world.send("POST", "/targetgroups", #"{"name":"same","type":"LAMBDA"}"#).status == 201)
    }

    @Test func listIsFilteredByTypeAndVpc() async throws {
        let world = try TestWorld()
        _ = try await world.makeTargetGroup("lambda")
        _ = try await world.makeTargetGroup("address", type: "IP")
        _ = try await world.makeTargetGroup("instance", type: "INSTANCE", config: #""protocol":"TCP","port":7"#)
        _ = try await world.makeTargetGroup("other", type: "IP", vpc: "vpc-89abcdef")
        for (query, names) in [
            ("targetGroupType=LAMBDA", ["lambda"]), ("targetGroupType=IP", ["address", "other"]),
            ("targetGroupType=ALB", []), ("vpcIdentifier=vpc-01234567", ["address", "instance"]),
            ("vpcIdentifier=vpc-01234567&targetGroupType=INSTANCE", ["instance"]),
            ("vpcIdentifier=vpc-01234567&targetGroupType=LAMBDA", []), ("vpcIdentifier=vpc-00000000", []),
        ] {
            let listed = await world.send("GET", "/targetgroups?\(query)")
            #expect(Set(listed.texts("items", "name")) == Set(names), "\(query)")
        }
    }

    @Test func deletionIsRefusedWhileCreationIsInProgress() async throws {
        let world = try TestWorld()
        let group = await world.send("POST", "/targetgroups", #"{"name":"new","type":"LAMBDA"}"#).id
        let refused = await world.send("DELETE", "/targetgroups/\(group)")
        #expect(refused.status == 409)
        #expect(refused.text("resourceType") == "TARGET_GROUP")
        try await world.settle()
        let deleted = await world.send("DELETE", "/targetgroups/\(group)")
        #expect(deleted.status == 200)
        #expect(deleted.members == ["id", "arn", "status"])
        #expect(deleted.text("status") == "DELETE_IN_PROGRESS")
        #expect(await world.send("DELETE", "/targetgroups/\(group)").text("status") == "DELETE_IN_PROGRESS")
        try await world.settle()
        #expect(await world.send("GET", "/targetgroups/\(group)").status == 404)
    }

    @Test func deletionIsRefusedWhileARuleRefersToTheGroup() async throws {
        let world = try TestWorld()
        let service = try await world.makeService()
        let group = try await world.makeTargetGroup()
        let listener = try await world.makeListener(of: service)
        let rule = try await world.makeRule(of: listener, in: service, action: TestWorld.forward(group))
        let refused = await world.send("DELETE", "/targetgroups/\(group)")
        #expect(refused.status == 409)
        #expect(refused.text("message").contains(rule))
        _ = await world.send("DELETE", "/services/\(service)/listeners/\(listener)/rules/\(rule)")
        #expect(await world.send("DELETE", "/targetgroups/\(group)").status == 200)
    }

    @Test func deletionTakesTargetsAlongAndWaitsForDrainingOnes() async throws {
        let world = try TestWorld()
        let group = try await world.makeTargetGroup()
        let function = try await world.makeFunction()
        _ = await world.register(function, with: group)
        _ = await world.send(
            "POST", "/targetgroups/\(group)/deregistertargets", #"{"targets":[{"id":"\#(function)"}]}"#)
        let refused = await world.send("DELETE", "/targetgroups/\(group)")
        #expect(refused.status == 409)
        #expect(refused.text("message").contains("draining"))
        _ = await world.register(function, with: group)
        #expect(await world.send("DELETE", "/targetgroups/\(group)").status == 200)
        try await world.settle()
        // The function and its permission stay.
        let left = try await world.keys()
        #expect(left.allSatisfy { $0.contains("/function/") || $0.contains("/function-policy/") })
        #expect(left.count == 2)
    }

    @Test func groupThatIsBeingDeletedTakesNothingNew() async throws {
        let world = try TestWorld()
        let group = try await world.makeTargetGroup()
        let function = try await world.makeFunction()
        _ = await world.send("DELETE", "/targetgroups/\(group)")
        #expect(await world.register(function, with: group).status == 409)
        let update = #"{"config":{"lambdaEventStructureVersion":"V2"}}"#
        #expect(await world.send("PATCH", "/targetgroups/\(group)", update).status == 409)
        let deregister = #"{"targets":[{"id":"\#(function)"}]}"#
        #expect(await world.send("POST", "/targetgroups/\(group)/deregistertargets", deregister).status == 409)
    }
}
