import Testing
import TrellisAPI
import TrellisModel

@testable import TrellisConsole

private func form(_ items: [(String, String)]) -> FormValues { FormValues(items.map { (name: $0.0, value: $0.1) }) }

@Suite struct TagRowsTests {
    @Test func rowsAreAddedAndRemoved() throws {
        var tags = TagRows(form([("tag-key-0", "a"), ("tag-value-0", "1"), ("tag-key-1", "b"), ("tag-value-1", "2")]))
        let isTaken = ["add-tag", "remove-tag-0", "remove-tag-99", "remove-tag-x", "next"].map { tags.apply($0) }
        #expect(isTaken == [true, true, true, true, false])
        #expect(tags.rows == [.init("b", "2"), .init("", "")])
        #expect(try tags.json == json(#"{"b":"2"}"#))
    }

    @Test func keysThatAreThereTwice() {
        #expect(TagRows([.init("a", "1"), .init("a", "2")]).problem != nil)
        #expect(TagRows([.init("a", "1"), .init("", ""), .init("", "")]).problem == nil)
        #expect(TagRows([.init("", "")]).json == nil)
    }

    @Test func rowsAreBounded() {
        var tags = TagRows()
        for _ in 0..<60 { _ = tags.apply("add-tag") }
        #expect(tags.rows.count == 50)
    }
}

@Suite struct TargetGroupFormTests {
    @Test func inputs() throws {
        let lambda = TargetGroupForm(form([("type", "LAMBDA"), ("name", "n"), ("version", "V1"), ("port", "80")]))
        #expect(
            try lambda.input == json(#"{"name":"n","type":"LAMBDA","config":{"lambdaEventStructureVersion":"V1"}}"#))
        let ip = TargetGroupForm(
            form([
                ("type", "IP"), ("name", "n"), ("protocol", "TCP"), ("protocol-version", "HTTP1"), ("port", "x"),
                ("vpc", "v"),
            ]))
        #expect(
            try ip.input
                == json(#"{"name":"n","type":"IP","config":{"protocol":"TCP","port":"x","vpcIdentifier":"v"}}"#))
    }

    @Test(arguments: [
        ("my-function", "", "arn:aws:lambda:us-east-1:123456789012:function:my-function"),
        ("my-function", "live", "arn:aws:lambda:us-east-1:123456789012:function:my-function:live"),
        ("arn:aws:lambda:eu-west-1:1:function:f", "2", "arn:aws:lambda:eu-west-1:1:function:f:2"),
    ]) func targets(function: String, qualifier: String, expected: String) throws {
        let scope = Scope(account: try #require(AccountID("123456789012")), region: .usEast1)
        #expect(TargetForm.target(function, qualifier, in: scope) == .object(["id": .string(expected)]))
    }

    @Test func targetsOfOtherTypes() throws {
        #expect(
            try JSONValue.array(TargetForm.targets("10.0.0.1:8080\n\n 10.0.0.2 \n10.0.0.3:x\nfd00::1\n[fd00::2]:80"))
                == json(
                    #"[{"id":"10.0.0.1","port":8080},{"id":"10.0.0.2"},{"id":"10.0.0.3","port":"x"},{"id":"fd00::1"},{"id":"fd00::2","port":80}]"#
                )
        )
    }
}

@Suite struct RuleFormTests {
    @Test(arguments: [
        ([("a", "100")], ["100.0 %"]), ([("a", "300"), ("b", "100")], ["75.0 %", "25.0 %"]),
        ([("a", "1"), ("b", "1"), ("c", "1")], ["33.3 %", "33.3 %", "33.3 %"]),
        ([("a", "0"), ("b", "0")], ["0 %", "0 %"]),
        ([("a", "-5"), ("b", "x"), ("c", "99999999999999")], ["0.0 %", "0.0 %", "100.0 %"]),
        ([("", "500"), ("b", "10")], ["0.0 %", "100.0 %"]),
    ]) func shares(groups: [(String, String)], expected: [String]) {
        var action = ActionForm()
        action.groups = groups.map { .init(identifier: $0.0, weight: $0.1) }
        #expect(action.shares == expected)
    }

    @Test(arguments: [
        #"{"fixedResponse":{"statusCode":500}}"#,
        #"{"forward":{"targetGroups":[{"targetGroupIdentifier":"tg-1","weight":3},{"targetGroupIdentifier":"tg-2","weight":0}]}}"#,
    ]) func actionsGoBothWays(text: String) throws {
        #expect(try ActionForm(json(text)).json == json(text))
    }

    @Test(arguments: [
        (
            #"{"httpMatch":{"method":"GET","pathMatch":{"match":{"exact":"/a"},"caseSensitive":true},"#
                + #""headerMatches":[{"name":"x","match":{"contains":"y"},"caseSensitive":false}]}}"#,
            "GET, path is /a, header x contains y"
        ),
        (#"{"httpMatch":{"method":"PUT"}}"#, "PUT"),
    ]) func matchesGoBothWays(text: String, summary: String) throws {
        #expect(try MatchForm(json(text)).json == json(text))
        #expect(try MatchForm.summary(json(text)) == summary)
    }

    @Test func errorsStandBesideTheRightRow() {
        var rule = RuleForm()
        rule.action.groups = [.init(identifier: "", weight: "1"), .init(identifier: "tg-1", weight: "x")]
        #expect(rule.input(of: "action.forward.targetGroups[0].weight") == "weight-1")
        #expect(rule.input(of: "action.forward.targetGroups[0].targetGroupIdentifier") == "group-1")
        #expect(rule.input(of: "action.forward.targetGroups[7].weight") == "action")
        #expect(rule.input(of: "match.httpMatch.headerMatches[2].name") == "header-2")
        #expect(rule.input(of: "match.httpMatch.pathMatch.match.exact") == "path")
        #expect(rule.input(of: "clientToken") == nil)
    }
}

@Suite struct RuleOrderTests {
    private func order(_ count: Int) -> RuleOrder {
        RuleOrder((0..<count).map { .init(id: "r\($0)", priority: ($0 + 1) * 10) })
    }

    @Test func aRuleMovesPastItsNeighbour() {
        #expect(
            order(3).moves(of: "r2", to: 1) == [[.init(id: "r2", priority: 20), .init(id: "r1", priority: 30)]])
        #expect(order(3).moves(of: "r1", to: 1) == [])
        #expect(order(3).moves(of: "absent", to: 1) == [])
        #expect(order(0).moves(of: "absent", to: 0) == [])
    }

    @Test(arguments: [(0, 99), (99, 0), (5, 40), (40, -7), (3, 1000), (0, 9), (0, 10)])
    func longWaysAreBatchesOfTen(from: Int, to: Int) {
        let before = order(100)
        var priorities = Dictionary(uniqueKeysWithValues: before.entries.map { ($0.id, $0.priority) })
        for batch in before.moves(of: "r\(from)", to: to) {
            #expect(batch.count <= RuleOrder.batchLimit)
            for entry in batch { priorities[entry.id] = entry.priority }
            // In between too, the order is one of the same priorities.
            #expect(Set(priorities.values).count == 100)
        }
        var expected = before.entries.map(\.id)
        let moved = expected.remove(at: from)
        expected.insert(moved, at: min(max(0, to), 99))
        #expect(priorities.sorted { $0.value < $1.value }.map(\.key) == expected)
    }
}

@Suite struct OperationFailureTests {
    @Test func membersOfLambdasSentences() {
        let message =
            "2 validation errors detected: Value 'a; b' at 'functionName' failed to satisfy constraint: Member must x; "
            + "Value null at 'code.zipFile' failed to satisfy constraint: Member must not be null"
        #expect(
            OperationFailure.fields(in: message) == [
                .init(name: "functionName", message: "Member must x"),
                .init(name: "code.zipFile", message: "Member must not be null"),
            ])
        #expect(OperationFailure.fields(in: "Function not found") == [])
    }

    @Test func fieldListsStandBesideInputs() {
        let body =
            #"{"message":"bad","fieldList":[{"name":"name","message":"too short"},{"name":"other","message":"odd"}]}"#
        let failure = OperationFailure(.json(encoded: Array(body.utf8), status: 400))
        let errors = FormErrors(failure) { $0 == "name" ? "name" : nil }
        #expect(errors == FormErrors(fields: ["name": "too short"], general: ["other: odd"]))
        #expect(
            FormErrors(OperationFailure(APIResponse(status: 500))) { _ in nil }.general == ["The operation failed."])
    }
}

private func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: text.utf8) }
