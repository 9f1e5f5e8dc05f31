import Foundation
import Testing
import TrellisAPI
import TrellisModel

@testable import TrellisLambdaAPI

@Suite struct ReservedConcurrencyTests {
    private func reserve(_ number: JSONValue, of name: String = "f", on server: LambdaServer) async -> Answer {
        let body = JSONValue.object(["ReservedConcurrentExecutions": number])
        return await server.send("PUT", "/2017-10-31/functions/\(name)/concurrency", body)
    }

    private func shown(_ name: String = "f", on server: LambdaServer) async -> JSONValue {
        await server.send("GET", "/2019-09-30/functions/\(name)/concurrency").json
    }

    @Test func reservationsArePutShownReplacedAndDeleted() async throws {
        let server = try LambdaServer()
        try await server.create()
        #expect(await shown(on: server) == .object([:]))
        #expect(await server.send("GET", "/functions/f")["Concurrency"] == nil)
        for number: JSONValue in [5, 0, 900] {
            let answer = await reserve(number, on: server)
            #expect(answer.status == 200)
            #expect(answer.json == .object(["ReservedConcurrentExecutions": number]))
            #expect(await shown(on: server) == answer.json)
            #expect(await server.send("GET", "/functions/f")["Concurrency"] == answer.json)
        }
        for _ in 0..<2 {
            #expect(await server.send("DELETE", "/2017-10-31/functions/f/concurrency").status == 204)
            #expect(await shown(on: server) == .object([:]))
        }
    }

    @Test func theReservationIsNoChangeOfTheFunction() async throws {
        let server = try LambdaServer()
        try await server.create()
        let before = await server.send("GET", "/functions/f/configuration")
        _ = await reserve(3, on: server)
        #expect(await server.send("GET", "/functions/f/configuration").json == before.json)
    }

    @Test func oneHundredStayUnreserved() async throws {
        let server = try LambdaServer()
        for name in ["f", "g"] { try await server.create(name) }
        #expect(await reserve(600, on: server).status == 200)
        #expect(await reserve(300, of: "g", on: server).status == 200)
        for (name, number) in [("g", JSONValue.integer(301)), ("f", 601), ("f", 2_147_483_647)] {
            let answer = await reserve(number, of: name, on: server)
            #expect(answer.status == 400)
            #expect(answer.errorType == "InvalidParameterValueException")
            #expect(
                answer.message
                    == "Specified ReservedConcurrentExecutions for function decreases account's "
                    + "UnreservedConcurrentExecution below its minimum value of [100].")
        }
        // A function that goes gives its reservation back.
        #expect(await server.send("DELETE", "/functions/g").status == 204)
        #expect(await reserve(900, on: server).status == 200)
        try await server.create("g")
        #expect(await shown("g", on: server) == .object([:]))
        // Another account has its own.
        let other = try LambdaServer(store: server.store, account: "999999999999")
        try await other.create()
        #expect(await reserve(900, on: other).status == 200)
    }

    @Test func reservationsAtTheSameTimeDoNotTakeMoreThanThereIs() async throws {
        let server = try LambdaServer()
        for number in 0..<12 { try await server.create("f\(number)") }
        let statuses = await withTaskGroup(of: Int.self) { group in
            for number in 0..<12 { group.addTask { await reserve(100, of: "f\(number)", on: server).status } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.count { $0 == 200 } == 9, "\(statuses)")
        #expect(statuses.count { $0 == 400 } == 3)
    }

    @Test(arguments: [
        Refusal(
            members: [:], 400, "ValidationException",
            "1 validation error detected: Value null at 'reservedConcurrentExecutions' failed to satisfy constraint: "
                + "Member must not be null"),
        Refusal(
            members: ["ReservedConcurrentExecutions": -1], 400, "ValidationException",
            "1 validation error detected: Value '-1' at 'reservedConcurrentExecutions' failed to satisfy constraint: "
                + "Member must have value greater than or equal to 0"),
        Refusal(
            members: ["ReservedConcurrentExecutions": "5"], 400, "SerializationException",
            "The value '5' at 'reservedConcurrentExecutions' must be an integer."),
    ])
    func badNumbersAreRefused(_ refusal: Refusal) async throws {
        let server = try LambdaServer()
        try await server.create()
        let answer = await server.send("PUT", "/2017-10-31/functions/f/concurrency", refusal.body)
        #expect(refusal.matches(answer), "\(answer)")
        #expect(await shown(on: server) == .object([:]))
    }

    @Test(arguments: [("PUT", "2017-10-31"), ("GET", "2019-09-30"), ("DELETE", "2017-10-31")])
    func onlyWholeFunctionsThatExist(_ method: String, _ date: String) async throws {
        let server = try LambdaServer()
        try await server.create("f", ["Publish": true])
        let body: JSONValue? = method == "PUT" ? .object(["ReservedConcurrentExecutions": 1]) : nil
        let missing = await server.send(method, "/\(date)/functions/g/concurrency", body)
        #expect(missing.status == 404)
        #expect(missing.message == "Function not found: \(LambdaServer.arnPrefix)g")
        let version = await server.send(method, "/\(date)/functions/f:1/concurrency", body)
        #expect(version.status == 400)
        #expect(version.message?.hasPrefix("This operation is permitted on Lambda functions only.") == true)
    }
}

@Suite struct AccountSettingsTests {
    @Test func countsAreThoseOfTheAccount() async throws {
        let server = try LambdaServer()
        let settings = await server.send("GET", "/2016-08-19/account-settings")
        #expect(settings.status == 200)
        #expect(settings["AccountUsage"] == .object(["TotalCodeSize": 0, "FunctionCount": 0]))
        #expect(
            // The sizes are those of the test's package store.
            settings["AccountLimit"]
                == .object([
                    "TotalCodeSize": 80_530_636_800, "CodeSizeUnzipped": 100_000, "CodeSizeZipped": 8192,
                    "ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000,
                ]))

        try await server.create("f", ["Publish": true])
        try await server.create("g")
        let other = try LambdaServer(store: server.store, account: "999999999999")
        try await other.create("h")
        for (name, number) in [("f", JSONValue.integer(40)), ("g", 2)] {
            let body = JSONValue.object(["ReservedConcurrentExecutions": number])
            #expect(await server.send("PUT", "/2017-10-31/functions/\(name)/concurrency", body).status == 200)
        }
        let size = TestPackages.zip("code").count
        let used = await server.send("GET", "/2016-08-19/account-settings")
        // $LATEST and version 1 of the first, $LATEST of the second.
        #expect(
            used["AccountUsage"] == .object(["TotalCodeSize": .integer(Int64(3 * size)), "FunctionCount": 2]))
        #expect(used["AccountLimit", "UnreservedConcurrentExecutions"] == 958)
        #expect(used["AccountLimit", "ConcurrentExecutions"] == 1000)
    }
}
