import Testing
import TrellisAPI

@testable import TrellisLatticeAPI

@Suite struct BatchUpdateRuleTests {
    private let world: TestWorld
    private let service: String
    private let listener: String
    private let rules: String
    /// Rules of priorities 1, 2 and 3.
    private let ids: [String]

    init() async throws {
        var quotas = LatticeQuotas()
        quotas[.targetGroupsPerService] = 2
        world = try TestWorld(quotas: quotas)
        service = try await world.makeService()
        listener = try await world.makeListener(of: service)
        rules = "/services/\(service)/listeners/\(listener)/rules"
        var ids: [String] = []
        for priority in 1...3 {
            ids.append(try await world.makeRule(of: listener, in: service, "rule\(priority)", priority: priority))
        }
        self.ids = ids
    }

    private func update(_ elements: String...) async -> Reply {
        await world.send("PATCH", rules, #"{"rules":[\#(elements.joined(separator: ","))]}"#)
    }

    private func move(_ rule: Int, to priority: Int) -> String {
        #"{"ruleIdentifier":"\#(ids[rule - 1])","priority":\#(priority)}"#
    }

    private func forward(_ rule: Int, to group: String) -> String {
        #"{"ruleIdentifier":"\#(ids[rule - 1])","action":\#(TestWorld.forward(group))}"#
    }

    private func priorities() async -> [JSONValue?] {
        var priorities: [JSONValue?] = []
        for id in ids { priorities.append(await world.send("GET", "\(rules)/\(id)")["priority"]) }
        return priorities
    }

    @Test func prioritiesAreSwapped() async throws {
        let swapped = await update(move(1, to: 2), move(2, to: 1))
        #expect(swapped.status == 200)
        #expect(swapped.texts("successful", "id") == [ids[0], ids[1]])
        #expect(swapped.elements("unsuccessful").isEmpty)
        #expect(
            try #require(swapped.elements("successful").first).memberNames
                == ["arn", "id", "name", "isDefault", "match", "priority", "action"])
        #expect(await priorities() == [2, 1, 3])
        // Around in a circle, and the priorities are taken by their new owners.
        #expect(await update(move(1, to: 3), move(2, to: 2), move(3, to: 1)).elements("successful").count == 3)
        #expect(await priorities() == [3, 2, 1])
        for priority in 1...3 {
            let body =
                #"{"name":"new","priority":\#(priority),"match":\#(TestWorld.getMatch),"#
                + #""action":\#(TestWorld.notFoundAction)}"#
            #expect(await world.send("POST", rules, body).status == 409)
        }
        #expect(await update(move(1, to: 9)).elements("successful").count == 1)
        _ = try await world.makeRule(of: listener, in: service, "new", priority: 3)
    }

    @Test func whatCannotBeMadeDoesNotKeepTheRest() async throws {
        let unknown = "rule-0123456789abcdef0"
        let reply = await update(
            move(1, to: 7), #"{"ruleIdentifier":"\#(unknown)","priority":8}"#, move(2, to: 3),
            forward(3, to: "tg-0123456789abcdef0"))
        #expect(reply.status == 200)
        #expect(reply.texts("successful", "id") == [ids[0]])
        #expect(reply.texts("unsuccessful", "ruleIdentifier") == [unknown, ids[1], ids[2]])
        #expect(
            reply.texts("unsuccessful", "failureCode")
                == ["ResourceNotFoundException", "ConflictException", "ResourceNotFoundException"])
        #expect(reply.text("unsuccessful[1].failureMessage").contains("priority 3"))
        #expect(await priorities() == [7, 2, 3])
    }

    @Test func changeThatReliedOnAFailedOneFailsToo() async throws {
        let action = TestWorld.forward("tg-0123456789abcdef0")
        let failing = #"{"ruleIdentifier":"\#(ids[1])","priority":9,"action":\#(action)}"#
        let reply = await update(move(1, to: 2), failing, move(3, to: 1))
        #expect(reply.elements("successful").isEmpty)
        #expect(
            reply.texts("unsuccessful", "failureCode")
                == ["ConflictException", "ResourceNotFoundException", "ConflictException"])
        #expect(await priorities() == [1, 2, 3])
    }

    @Test func ofTwoThatWantOnePriorityTheFirstGetsIt() async throws {
        let reply = await update(move(2, to: 50), move(1, to: 50))
        #expect(reply.texts("successful", "id") == [ids[1]])
        #expect(reply.texts("unsuccessful", "ruleIdentifier") == [ids[0]])
        #expect(await priorities() == [1, 50, 3])
    }

    @Test func quotaOfTargetGroupsIsJudgedByTheWholeSet() async throws {
        var groups: [String] = []
        for name in ["one", "two", "three", "four"] { groups.append(try await world.makeTargetGroup(name)) }
        _ = await update(forward(1, to: groups[0]), forward(2, to: groups[1]))
        // Both quotas are used up; each change brings in one group and takes one away.
        let exchanged = await update(forward(1, to: groups[2]), forward(2, to: groups[3]))
        #expect(exchanged.elements("successful").count == 2)
        let tooMany = await update(forward(3, to: groups[0]), move(1, to: 70))
        #expect(tooMany.texts("successful", "id") == [ids[0]])
        #expect(tooMany.texts("unsuccessful", "failureCode") == ["ServiceQuotaExceededException"])
        #expect(await world.send("DELETE", "/targetgroups/\(groups[0])").status == 200)
        #expect(await world.send("DELETE", "/targetgroups/\(groups[2])").status == 409)
    }

    @Test func groupOfAnotherServiceIsRefused() async throws {
        let group = try await world.makeTargetGroup()
        let other = try await world.makeService("other")
        _ = try await world.makeListener(of: other, action: TestWorld.forward(group))
        let reply = await update(forward(1, to: group))
        #expect(reply.texts("unsuccessful", "failureCode") == ["ConflictException"])
    }

    @Test func defaultRuleCannotBeChanged() async throws {
        let items = await world.send("GET", rules).elements("items")
        let id = try #require(items.first { $0["isDefault"] == true }?["id"]?.text)
        let reply = await update(#"{"ruleIdentifier":"\#(id)","priority":9}"#, move(1, to: 8))
        #expect(reply.texts("unsuccessful", "failureCode") == ["ValidationException"])
        #expect(reply.texts("successful", "id") == [ids[0]])
    }

    @Test func ruleCannotBeNamedTwice() async throws {
        let arn = TestWorld.arn("service/\(service)/listener/\(listener)/rule/\(ids[0])")
        let reply = await update(move(1, to: 9), #"{"ruleIdentifier":"\#(arn)","priority":8}"#)
        #expect(reply.status == 400)
        #expect(reply.fields == ["rules[1].ruleIdentifier"])
        #expect(await priorities() == [1, 2, 3])
    }

    @Test func unknownListenerIsNotFound() async throws {
        let reply = await world.send(
            "PATCH", "/services/\(service)/listeners/listener-0123456789abcdef0/rules",
            #"{"rules":[\#(move(1, to: 2))]}"#)
        #expect(reply.status == 404)
        #expect(reply.text("resourceType") == "LISTENER")
    }
}
