import Testing
import TrellisAPI

@testable import TrellisLatticeAPI

@Suite struct RuleTests {
    private let world: TestWorld
    private let service: String
    private let listener: String
    private let rules: String

    init() async throws {
        var quotas = LatticeQuotas()
        quotas[.rulesPerListener] = 100
        world = try TestWorld(quotas: quotas)
        service = try await world.makeService()
        listener = try await world.makeListener(of: service)
        rules = "/services/\(service)/listeners/\(listener)/rules"
    }

    private func create(
        _ name: String, priority: Int = 1, match: String = TestWorld.getMatch,
        action: String = TestWorld.notFoundAction
    ) async -> Reply {
        await world.send(
            "POST", rules, #"{"name":"\#(name)","priority":\#(priority),"match":\#(match),"action":\#(action)}"#)
    }

    @Test func createdRuleIsReadBack() async throws {
        let match = #"""
            {"httpMatch":{"method":"PATCH","pathMatch":{"match":{"prefix":"/a?b"},"caseSensitive":true},
            "headerMatches":[{"name":"X-A","match":{"exact":"1"}},{"name":"X-B","match":{"prefix":"2"},
            "caseSensitive":true},{"name":"X-C","match":{"contains":"3"},"caseSensitive":false}]}}
            """#
        let created = await create("my-rule", priority: 2000, match: match)
        #expect(created.status == 201)
        #expect(created.members == ["arn", "id", "name", "match", "priority", "action"])
        #expect(created.text("arn") == TestWorld.arn("service/\(service)/listener/\(listener)/rule/\(created.id)"))
        func header(_ name: String, _ comparison: String, _ text: String, _ isCaseSensitive: Bool) -> JSONValue {
            .object([
                "name": .string(name), "match": .object([comparison: .string(text)]),
                "caseSensitive": .boolean(isCaseSensitive),
            ])
        }
        #expect(
            created["match"]
                == .object([
                    "httpMatch": .object([
                        "method": "PATCH",
                        "pathMatch": .object(["match": .object(["prefix": "/a?b"]), "caseSensitive": true]),
                        "headerMatches": .array([
                            header("X-A", "exact", "1", false), header("X-B", "prefix", "2", true),
                            header("X-C", "contains", "3", false),
                        ]),
                    ])
                ]))
        let read = await world.send("GET", "\(rules)/\(created.id)")
        #expect(read["isDefault"] == false)
        #expect(read["priority"] == 2000)
        #expect(read["match"] == created["match"])
    }

    @Test func nameAndPriorityAreUniqueInAListener() async throws {
        let first = await create("first", priority: 1)
        for reply in [await create("first", priority: 2), await create("second", priority: 1)] {
            #expect(reply.status == 409)
            #expect(reply.text("resourceId") == first.id)
            #expect(reply.text("resourceType") == "RULE")
        }
        #expect(await world.send("DELETE", "\(rules)/\(first.id)").status == 204)
        #expect(await create("first", priority: 1).status == 201)
        let other = try await world.makeListener(of: service, "other", port: 81)
        _ = try await world.makeRule(of: other, in: service, "first", priority: 1)
    }

    @Test func updateChangesWhatIsGiven() async throws {
        let (one, two) = (try await world.makeTargetGroup("one"), try await world.makeTargetGroup("two"))
        let rule = await create("rule", priority: 5, action: TestWorld.forward(one)).id
        let path = "\(rules)/\(rule)"
        world.clock.advance(by: .seconds(2))

        let moved = await world.send("PATCH", path, #"{"priority":6}"#)
        #expect(moved.members == ["arn", "id", "name", "isDefault", "match", "priority", "action"])
        #expect(moved["priority"] == 6)
        #expect(await create("other", priority: 5).status == 201)
        #expect(await world.send("PATCH", path, #"{"priority":5}"#).status == 409)
        #expect(await world.send("PATCH", path, #"{"priority":6}"#).status == 200)

        let matched = await world.send("PATCH", path, #"{"match":{"httpMatch":{"method":"PUT"}}}"#)
        #expect(matched.text("match.httpMatch.method") == "PUT")
        #expect(matched["priority"] == 6)

        let acted = await world.send("PATCH", path, #"{"action":\#(TestWorld.forward(two))}"#)
        #expect(acted.text("action.forward.targetGroups[0].targetGroupIdentifier") == two)
        #expect(await world.send("DELETE", "/targetgroups/\(one)").status == 200)
        #expect(await world.send("DELETE", "/targetgroups/\(two)").status == 409)
        let read = await world.send("GET", path)
        #expect(read.text("lastUpdatedAt") == "2023-11-14T22:13:22.000Z")
        #expect(read.text("match.httpMatch.method") == "PUT")

        #expect(await world.send("DELETE", path).status == 204)
        #expect(await world.send("DELETE", path).status == 404)
        #expect(await world.send("DELETE", "/targetgroups/\(two)").status == 200)
    }

    @Test func updateThatFailsChangesNothing() async throws {
        let group = try await world.makeTargetGroup()
        let rule = await create("rule", priority: 5, action: TestWorld.forward(group)).id
        let before = await world.send("GET", "\(rules)/\(rule)")
        let keys = try await world.keys()
        let reply = await world.send(
            "PATCH", "\(rules)/\(rule)",
            #"{"priority":9,"action":\#(TestWorld.forward("tg-0123456789abcdef0"))}"#)
        #expect(reply.status == 404)
        #expect(await world.send("GET", "\(rules)/\(rule)").json == before.json)
        #expect(try await world.keys() == keys)
    }

    @Test func defaultRuleShowsTheDefaultAction() async throws {
        let listed = await world.send("GET", rules)
        #expect(listed.elements("items").count == 1)
        #expect(listed["items[0].isDefault"] == true)
        #expect(listed.text("items[0].name") == "default")
        #expect(listed["items[0].priority"] == nil)
        let id = listed.text("items[0].id")
        #expect(id.hasPrefix("rule-"))

        let read = await world.send("GET", "\(rules)/\(id)")
        #expect(read.status == 200)
        #expect(
            read.members == ["arn", "id", "name", "isDefault", "action", "createdAt", "lastUpdatedAt"])
        #expect(read["action.fixedResponse.statusCode"] == 404)
        _ = await world.send(
            "PATCH", "/services/\(service)/listeners/\(listener)",
            #"{"defaultAction":{"fixedResponse":{"statusCode":500}}}"#)
        #expect(await world.send("GET", "\(rules)/\(id)")["action.fixedResponse.statusCode"] == 500)
    }

    @Test(arguments: [("DELETE", ""), ("PATCH", #"{"priority":3}"#), ("PATCH", "{}")])
    func defaultRuleCannotBeChangedAsARule(_ method: String, _ body: String) async throws {
        let id = await world.send("GET", rules).text("items[0].id")
        let reply = await world.send(method, "\(rules)/\(id)", body)
        #expect(reply.status == 400)
        #expect(reply.errorType == "ValidationException")
        #expect(reply.fields == ["ruleIdentifier"])
        #expect(await world.send("GET", "\(rules)/\(id)").status == 200)
    }

    @Test func ruleIsFoundUnderItsListenerOnly() async throws {
        let rule = await create("rule").id
        let other = try await world.makeListener(of: service, "other", port: 81)
        let otherRules = "/services/\(service)/listeners/\(other)/rules"
        #expect(await world.send("GET", "\(otherRules)/\(rule)").status == 404)
        #expect(await world.send("DELETE", "\(otherRules)/\(rule)").status == 404)
        #expect(await world.send("PATCH", "\(otherRules)/\(rule)", "{}").status == 404)
        #expect(await world.send("GET", "\(rules)/\(rule)").status == 200)
        #expect(await world.send("GET", "\(rules)/rule-0123456789abcdef0").text("resourceType") == "RULE")
    }

    @Test func summaryHasNeitherMatchNorAction() async throws {
        _ = await create("rule", priority: 3)
        world.clock.advance(by: .milliseconds(1))
        let listed = await world.send("GET", rules)
        let item = try #require(listed.elements("items").first { $0["name"]?.text == "rule" })
        #expect(item.memberNames == ["arn", "id", "name", "isDefault", "priority", "createdAt", "lastUpdatedAt"])
    }
}
