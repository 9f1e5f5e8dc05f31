import Testing
import TrellisAPI

@testable import TrellisLatticeAPI

@Suite struct ListenerTests {
    @Test func createdListenerIsReadBack() async throws {
        let world = try TestWorld()
        let service = try await world.makeService()
        let group = try await world.makeTargetGroup()
        let action = #"{"forward":{"targetGroups":[{"targetGroupIdentifier":"\#(group)"}]}}"#
        let created = await world.send(
            "POST", "/services/\(service)/listeners",
            #"{"name":"my-listener","protocol":"HTTP","defaultAction":\#(action)}"#)
        #expect(created.status == 201)
        #expect(created["port"] == 80)
        // A single group without a weight gets 100.
        #expect(created["defaultAction.forward.targetGroups[0].weight"] == 100)
        #expect(created.text("defaultAction.forward.targetGroups[0].targetGroupIdentifier") == group)
        #expect(created.text("arn") == TestWorld.arn("service/\(service)/listener/\(created.id)"))
        #expect(created.text("serviceArn") == TestWorld.arn("service/\(service)"))

        let read = await world.send("GET", "/services/\(service)/listeners/\(created.id)")
        #expect(read.status == 200)
        for member in created.members { #expect(read[member] == created[member]) }
        #expect(read.members.subtracting(created.members) == ["createdAt", "lastUpdatedAt"])
        #expect(
            await world.send("GET", "/targetgroups/\(group)")["serviceArns"]
                == .array([.string(TestWorld.arn("service/\(service)"))]))
    }

    @Test func nameAndPortAreUniqueInAService() async throws {
        var quotas = LatticeQuotas()
        quotas[.listenersPerService] = 10
        let world = try TestWorld(quotas: quotas)
        let service = try await world.makeService()
        let first = try await world.makeListener(of: service, "first", port: 80)
        for body in [#""name":"first","port":81"#, #""name":"second","port":80"#, #""name":"second""#] {
            let reply = await world.send(
                "POST", "/services/\(service)/listeners",
                #"{\#(body),"protocol":"HTTP","defaultAction":\#(TestWorld.notFoundAction)}"#)
            #expect(reply.status == 409)
            #expect(reply.text("resourceId") == first)
            #expect(reply.text("resourceType") == "LISTENER")
        }
        let other = try await world.makeService("other")
        _ = try await world.makeListener(of: other, "first", port: 80)
        #expect(await world.send("DELETE", "/services/\(service)/listeners/\(first)").status == 204)
        _ = try await world.makeListener(of: service, "first", port: 80)
    }

    @Test func updateReplacesTheDefaultActionAndItsReferences() async throws {
        let world = try TestWorld()
        let service = try await world.makeService()
        let (one, two) = (try await world.makeTargetGroup("one"), try await world.makeTargetGroup("two"))
        let listener = try await world.makeListener(of: service, action: TestWorld.forward(one))
        world.clock.advance(by: .seconds(1))
        let path = "/services/\(service)/listeners/\(listener)"
        let updated = await world.send("PATCH", path, #"{"defaultAction":\#(TestWorld.forward(two))}"#)
        #expect(updated.status == 200)
        #expect(updated.text("defaultAction.forward.targetGroups[0].targetGroupIdentifier") == two)
        #expect(await world.send("GET", path).text("lastUpdatedAt") == "2023-11-14T22:13:21.000Z")
        #expect(await world.send("DELETE", "/targetgroups/\(one)").status == 200)
        #expect(await world.send("DELETE", "/targetgroups/\(two)").status == 409)

        let fixed = await world.send("PATCH", path, #"{"defaultAction":{"fixedResponse":{"statusCode":500}}}"#)
        #expect(fixed["defaultAction"] == .object(["fixedResponse": .object(["statusCode": 500])]))
        #expect(await world.send("DELETE", "/targetgroups/\(two)").status == 200)
    }

    @Test func deletionTakesRulesAndReferencesAlong() async throws {
        let world = try TestWorld()
        let service = try await world.makeService()
        let group = try await world.makeTargetGroup()
        let listener = try await world.makeListener(of: service, action: TestWorld.forward(group))
        _ = try await world.makeRule(of: listener, in: service, action: TestWorld.forward(group))
        let path = "/services/\(service)/listeners/\(listener)"
        let reply = await world.send("DELETE", path)
        #expect(reply.status == 204)
        #expect(reply.bodyLength == 0)
        #expect(await world.send("GET", path).status == 404)
        #expect(await world.send("GET", path + "/rules").status == 404)
        #expect(await world.send("DELETE", path).status == 404)
        let left = try await world.keys().filter { !$0.contains("/service/") && !$0.contains("/target-group/") }
        #expect(left == [])
    }

    @Test func targetGroupMustExistAndServeNoOtherService() async throws {
        let world = try TestWorld()
        let (service, other) = (try await world.makeService(), try await world.makeService("other"))
        let group = try await world.makeTargetGroup()
        _ = try await world.makeListener(of: service, action: TestWorld.forward(group))
        // Several rules of the same service may share it.
        _ = try await world.makeListener(of: service, "second", port: 81, action: TestWorld.forward(group))

        let taken = await world.send(
            "POST", "/services/\(other)/listeners",
            #"{"name":"new","protocol":"HTTP","defaultAction":\#(TestWorld.forward(group))}"#)
        #expect(taken.status == 409)
        #expect(taken.text("resourceId") == group)
        #expect(taken.text("resourceType") == "TARGET_GROUP")
        #expect(taken.text("message").contains(service))

        let missing = await world.send(
            "POST", "/services/\(other)/listeners",
            #"{"name":"new","protocol":"HTTP","defaultAction":\#(TestWorld.forward("tg-0123456789abcdef0"))}"#)
        #expect(missing.status == 404)
        #expect(missing.text("resourceType") == "TARGET_GROUP")
        #expect(await world.send("GET", "/services/\(other)/listeners").elements("items").isEmpty)
    }

    @Test func targetGroupThatIsBeingDeletedIsRefused() async throws {
        let world = try TestWorld()
        let service = try await world.makeService()
        let group = try await world.makeTargetGroup()
        _ = await world.send("DELETE", "/targetgroups/\(group)")
        let reply = await world.send(
            "POST", "/services/\(service)/listeners",
            #"{"name":"new","protocol":"HTTP","defaultAction":\#(TestWorld.forward(group))}"#)
        #expect(reply.status == 409)
        #expect(reply.text("message") == "TargetGroup \(group) is being deleted")
    }

    @Test func moreThanTwoWeightedGroupsAndZeroWeightsAreTaken() async throws {
        let world = try TestWorld()
        let service = try await world.makeService()
        var groups: [String] = []
        for index in 0..<10 { groups.append(try await world.makeTargetGroup("group\(index)")) }
        let list = groups.map { #"{"targetGroupIdentifier":"\#($0)","weight":0}"# }.joined(separator: ",")
        let listener = try await world.makeListener(
            of: service, action: #"{"forward":{"targetGroups":[\#(list)]}}"#)
        let read = await world.send("GET", "/services/\(service)/listeners/\(listener)")
        #expect(read.texts("defaultAction.forward.targetGroups", "targetGroupIdentifier") == groups)
        #expect(read["defaultAction.forward.targetGroups[9].weight"] == 0)
    }

    @Test func listenerOfUnknownServiceIsNotFound() async throws {
        let world = try TestWorld()
        let service = try await world.makeService()
        let listener = try await world.makeListener(of: service)
        let unknown = "svc-0123456789abcdef0"
        for (path, id) in [
            ("/services/\(unknown)/listeners", unknown), ("/services/\(unknown)/listeners/\(listener)", unknown),
            ("/services/\(service)/listeners/listener-0123456789abcdef0", "listener-0123456789abcdef0"),
        ] {
            let reply = await world.send("GET", path)
            #expect(reply.status == 404)
            #expect(reply.text("resourceId") == id)
        }
    }
}
