import Testing
import TrellisAPI
import TrellisModel

@Suite struct ListFunctionsTests {
    private func pages(_ server: LambdaServer, _ query: String) async -> [[String?]] {
        var pages: [[String?]] = []
        var marker = ""
        while pages.count < 100 {
            let answer = await server.send("GET", "/functions?\(query)\(marker)")
            pages.append(answer["Functions"]?.elements?.map { $0["FunctionArn"]?.text } ?? [])
            guard let next = answer["NextMarker"]?.text else { return pages }
            marker = "&Marker=\(next)"
        }
        return pages
    }

    @Test func isEmptyAtFirst() async throws {
        let server = try LambdaServer()
        #expect(await server.send("GET", "/functions").json == .object(["Functions": .array([])]))
        // Older SDKs send a slash at the end.
        #expect(await server.send("GET", "/functions/").json == .object(["Functions": .array([])]))
    }

    @Test func entriesHaveNoStates() async throws {
        let server = try LambdaServer()
        let created = try await server.create()
        let entry = try #require(await server.send("GET", "/functions")["Functions"]?.elements?.first)
        let hidden: Set = ["State", "StateReason", "StateReasonCode", "RuntimeVersionConfig"]
        #expect(entry.memberNames == created.json.memberNames.subtracting(hidden))
    }

    @Test func pagesThroughNamesInOrder() async throws {
        let server = try LambdaServer()
        for name in ["b", "a-b", "a", "a_b", "B", "a1"] { try await server.create(name) }
        let all = await pages(server, "")
        #expect(all.count == 1)
        #expect(all[0] == ["B", "a", "a-b", "a1", "a_b", "b"].map { LambdaServer.arnPrefix + $0 })
        let byTwo = await pages(server, "MaxItems=2")
        #expect(byTwo.map(\.count) == [2, 2, 2])
        #expect(byTwo.flatMap(\.self) == all[0])
    }

    @Test func withAllVersionsEveryARNIsQualified() async throws {
        let server = try LambdaServer()
        for name in ["a", "a-b"] {
            try await server.create(name)
            try await server.publish(name, code: "1")
        }
        try await server.publish("a", code: "2")
        let expected = ["a:$LATEST", "a:1", "a:2", "a-b:$LATEST", "a-b:1"].map { LambdaServer.arnPrefix + $0 }
        #expect(await pages(server, "FunctionVersion=ALL").flatMap(\.self) == expected)
        #expect(await pages(server, "FunctionVersion=ALL&MaxItems=1").flatMap(\.self) == expected)
    }

    @Test func oneAnswerHoldsFiftyAtMost() async throws {
        let server = try LambdaServer()
        for number in 0..<51 { try await server.create("f\(number)") }
        #expect(await pages(server, "MaxItems=10000").map(\.count) == [50, 1])
        #expect(await pages(server, "").map(\.count) == [50, 1])
        for number in 0..<50 { try await server.publish("f0", code: "\(number)") }
        let versions = await server.send("GET", "/functions/f0/versions?MaxItems=10000")
        #expect(versions["Versions"]?.elements?.count == 50)
        let marker = try #require(versions["NextMarker"]?.text)
        let rest = await server.send("GET", "/functions/f0/versions?Marker=\(marker)")
        #expect(rest["Versions"]?.elements?.map { $0["Version"]?.text } == ["50"])
        #expect(rest["NextMarker"] == nil)
    }

    @Test(arguments: [
        ("MaxItems=0", "ValidationException"), ("MaxItems=10001", "ValidationException"),
        ("MaxItems=many", "SerializationException"), ("FunctionVersion=1", "ValidationException"),
        ("Marker=xyz", "InvalidParameterValueException"), ("MasterRegion=ALL", "InvalidParameterValueException"),
    ])
    func badQueriesAreRefused(_ query: String, _ type: String) async throws {
        let server = try LambdaServer()
        let answer = await server.send("GET", "/functions?\(query)")
        #expect(answer.status == 400)
        #expect(answer.errorType == type)
    }

    @Test(arguments: ["versions", "aliases"])
    func badMarkersAreRefusedInEveryList(_ list: String) async throws {
        let server = try LambdaServer()
        try await server.create()
        let answer = await server.send("GET", "/functions/f/\(list)?Marker=zz")
        #expect(answer.status == 400)
        #expect(answer.message == "The provided marker is not valid.")
    }
}
